import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { membershipFromLink } from '../../src/usage/sync/membership.ts';
import { type Postgres, startPostgres } from '../host/postgres.ts';
import { buildTeamProgram, canRunTeamProgram as canRun, until } from '../host/teamProgram.ts';
import { Visitor } from '../host/visitor.ts';

// Whole processes on a busy machine.

const program = await buildTeamProgram();
const { command, start, at, fresh } = program;

afterAll(() => program.remove());

describe.skipIf(!canRun)('one command in an empty folder', () => {
  test('leads to a server, a token, a link to join and a way in, and to nothing of that a second time', async () => {
    const first = await start(fresh('one'));
    expect(first.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(first.token).toMatch(/^rpt_[\w-]{43}$/);
    expect(membershipFromLink(first.enrol ?? '')).toEqual({
      endpoint: first.address,
      token: first.token,
      lease: expect.stringMatching(/^rpt_[\w-]{43}$/),
      salt: expect.stringMatching(/^[\w-]{32}$/),
      name: 'Team',
    });
    const visitor = new Visitor();
    expect((await visitor.submit(first.adminLink ?? '', {})).status).toBe(303);
    expect((await visitor.visit(`${first.address}/tokens`)).text).toContain('ingest');
    const mode = statSync(at('one')).mode & 0o777;
    expect(mode & 0o066).toBe(0);
    expect(readFileSync(join(at('one'), 'postgresql.log'), 'utf8')).not.toMatch(/rpt_|0\.0\.0\.0/);
    expect(await first.stop()).toBe(0);
    expect(readdirSync(at('one'))).not.toContain('server.lock');
    expect(existsSync(join(at('one'), 'postgresql/postmaster.pid'))).toBe(false);
    // The salt is nowhere: neither in a file nor in the database.
    const { salt } = membershipFromLink(first.enrol ?? '');
    expect(spawnSync('grep', ['-rl', salt, at('one')], { encoding: 'utf8' }).stdout).toBe('');

    const second = await start(fresh('one'));
    expect([second.token, second.enrol]).toEqual([undefined, undefined]);
    expect(second.adminLink).toMatch(/\/enter\/[\w-]{43}$/);
    expect((await visitor.visit(`${second.address}/tokens`)).text).toContain('ingest');
    await second.stop();
  });

  test('says it in words', async () => {
    const child = program.command(['--port', '0', '--data', at('words')], { env: { ROUTING_POLICY_TEST: '1' } });
    expect(await until(() => existsSync(join(at('words'), 'server.lock')))).toBe(true);
    const { pid } = JSON.parse(readFileSync(join(at('words'), 'server.lock'), 'utf8')) as { pid: number };
    expect(
      await until(async () => (await command(['token', 'list', '--data', at('words')])).stdout.includes('ingest')),
    ).toBe(true);
    process.kill(pid, 'SIGINT');
    // A second one while it ends changes nothing.
    process.kill(pid, 'SIGINT');
    const { code, stdout } = await child;
    expect(code).toBe(130);
    expect(stdout).toMatch(
      /The team’s server is at http:\/\/127[\s\S]*rpt_[\s\S]*vscode:\/\/[\s\S]*\/enter\/[\s\S]*Ctrl-C ends it/,
    );
    expect(existsSync(join(at('words'), 'postgresql/postmaster.pid'))).toBe(false);
  });
});

describe.skipIf(!canRun)('beside a server, and without one', () => {
  test('teams, tokens and links are made, and what is made is noted', async () => {
    const server = await start(fresh('beside'));
    const data = ['--data', at('beside')];
    const made = await command(['token', 'new', '--scope', 'lease', '--expires', '90d', ...data]);
    expect(made.stdout).toMatch(/^rpt_[\w-]{43}\n$/);
    const id = /Its id is (\S+)\./.exec(made.stderr)?.[1] ?? '';
    expect((await command(['add', 'Core', ...data])).code).toBe(0);
    expect((await command(['add', 'Core', ...data])).stderr).toMatch(/There is a team "Core" already/);
    expect((await command(['token', 'new', ...data])).stderr).toMatch(
      /Which team\? --team names one of "Core", "Team"/,
    );
    expect((await command(['enrol', '--team', 'Core', ...data])).stderr).toMatch(
      /--link FILE takes it from an earlier link/,
    );
    const link = (await command(['enrol', '--team', 'Core', '--link', '-', ...data], { stdin: `${server.enrol}\n` }))
      .stdout;
    expect(membershipFromLink(link).salt).toBe(membershipFromLink(server.enrol ?? '').salt);
    expect(membershipFromLink(link).token).not.toBe(server.token);
    const other = (await command(['enrol', '--team', 'Core', '--new-salt', ...data])).stdout;
    expect(membershipFromLink(other).salt).not.toBe(membershipFromLink(link).salt);
    expect((await command(['enrol', '--team', 'Core', '--link', '-', ...data], { stdin: 'hello' })).stderr).toMatch(
      /no link to join/,
    );

    await server.stop();
    expect((await command(['token', 'revoke', id, ...data])).stdout).toMatch(/^Revoked/);
    expect((await command(['token', 'revoke', id, ...data])).stderr).toMatch(/No token with the id/);
    expect((await command(['token', 'list', ...data])).stdout).toMatch(
      new RegExp(`${id}\\s+Team\\s+lease\\s+made \\S+\\s+revoked`),
    );
    const admin = (await command(['admin-link', ...data])).stdout.trim();
    expect(admin.startsWith(server.address)).toBe(true);
    expect((await command(['forget', 'nobody', ...data])).stderr).toMatch(/16 hexadecimal digits/);
    expect((await command(['forget', 'ab'.repeat(8), ...data])).stdout).toMatch(/^Deleted 0 events and 0 tasks/);

    const port = new URL(server.address).port;
    const again = await start(['--port', port, ...data]);
    const visitor = new Visitor();
    expect((await visitor.submit(admin, {})).status).toBe(303);
    const entries = (await visitor.visit(`${again.address}/audit.ndjson`)).text;
    for (const what of [
      'made a token',
      'added a team',
      'made a link to join',
      'revoked a token',
      'made an admin link',
      'had a person forgotten',
    ]) {
      expect(entries).toContain(`"who":"command line","what":"${what}"`);
    }
    await again.stop();
  });

  test('a backup is written while it runs, and restored into a folder of its own', async () => {
    const server = await start(fresh('from'));
    const written = await command(['backup', 'team.backup', '--data', at('from')]);
    expect(written.stdout).toMatch(/^Wrote .*team\.backup: \d+ rows/);
    expect(statSync(at('team.backup')).mode & 0o777).toBe(0o600);
    await server.stop();
    expect((await command(['restore', 'team.backup', '--data', at('to')])).stdout).toMatch(/^Restored/);
    expect((await command(['restore', 'team.backup', '--data', at('to')])).stderr).toMatch(
      /tables in this database already/,
    );
    expect((await command(['restore', 'none', '--data', at('to2')])).stderr).toMatch(/none/);
    expect(existsSync(at('to2'))).toBe(false);
    const restored = await start(fresh('to'));
    expect(restored.token).toBeUndefined();
    const ingest = await fetch(`${restored.address}/v1/people/${'ab'.repeat(8)}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${server.token}` },
    });
    expect([ingest.status, await ingest.json()]).toEqual([200, { events: 0, tasks: 0 }]);
    await restored.stop();
  });

  test('a restore that fails takes away what it has made, and nothing that was there', async () => {
    const server = await start(fresh('whole'));
    expect((await command(['backup', 'whole.backup', '--data', at('whole')])).code).toBe(0);
    await server.stop();
    const bytes = readFileSync(at('whole.backup'));
    writeFileSync(at('cut.backup'), bytes.subarray(0, bytes.length - 40));
    const restore = async (file: string, folder: string) => {
      const { code, stderr } = await command(['restore', file, '--data', at(folder)]);
      return [code, stderr];
    };
    const isDamaged = [2, expect.stringMatching(/damaged/)];
    // Root's PostgreSQL runs as a user who may not enter folders within one that is made here.
    expect(await restore('cut.backup', process.getuid?.() === 0 ? 'new' : 'new/within/others')).toEqual(isDamaged);
    expect(existsSync(at('new'))).toBe(false);

    mkdirSync(at('mine/inner'), { recursive: true });
    writeFileSync(at('mine/policy-signing.pem'), 'a key');
    expect(await restore('cut.backup', 'mine')).toEqual(isDamaged);
    expect(readdirSync(at('mine')).toSorted()).toEqual(['inner', 'policy-signing.pem']);

    // A database that was there, of a server whose data this is.
    const before = readdirSync(at('whole')).toSorted();
    for (const file of ['cut.backup', 'whole.backup']) expect((await restore(file, 'whole'))[0]).toBe(2);
    expect(readdirSync(at('whole')).toSorted()).toEqual(before);
    const again = await start(fresh('whole'));
    expect(again.token).toBeUndefined();
    await again.stop();
  });
});

describe.skipIf(!canRun)('a PostgreSQL of somebody’s own', () => {
  test('has what a folder would have', async () => {
    const postgres = (await startPostgres()) as Postgres;
    try {
      const url =
        postgres.address.kind === 'url'
          ? postgres.address.url
          : postgres.address.kind === 'socket'
            ? `postgres://${postgres.address.user}@localhost/${postgres.address.name}?host=${encodeURIComponent(postgres.address.folder)}`
            : '';
      const server = await start(['--port', '0'], { DATABASE_URL: url });
      expect(server.token).toMatch(/^rpt_/);
      expect((await command(['token', 'list', '--database', url])).stdout).toContain('ingest');
      expect((await command(['backup', 'url.backup', '--database', url])).code).toBe(0);
      expect(await server.stop()).toBe(0);
      expect(existsSync(at('state'))).toBe(false);
    } finally {
      await postgres.stop();
    }
  });
});
