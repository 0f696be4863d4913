import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { buildTeamProgram, canRunTeamProgram as canRun, type RunningServer, until } from '../host/teamProgram.ts';

// Whole processes on a busy machine.

const program = await buildTeamProgram();
const { command, start, at, fresh } = program;

afterAll(() => program.remove());

/** A data folder's PostgreSQL. */
const postmasterOf = (name: string): number =>
  Number.parseInt(readFileSync(join(at(name), 'postgresql/postmaster.pid'), 'utf8'), 10);
const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};
/** Whether it looks tokens up, for which it needs its database. */
/** It has asked its database. */
const answers = async ({ address }: RunningServer): Promise<boolean> => {
  const answer = await fetch(`${address}/v1/policies/none`).catch(() => undefined); // not up again
  return answer?.status === 404;
};

describe.skipIf(!canRun)('a data folder', () => {
  test('is one server’s at a time', async () => {
    const server = await start(fresh('single'));
    const second = await command(fresh('single'));
    expect([second.code, second.stderr]).toEqual([
      2,
      expect.stringContaining(`in use by the server with process id ${server.pid}`),
    ]);
    expect(second.ms).toBeLessThan(15_000);
    expect(await answers(server)).toBe(true);
    await server.stop();
  });

  test('of four servers at once, one has it', async () => {
    const results = await Promise.allSettled(Array.from({ length: 4 }, () => start(fresh('race'))));
    const up = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(up).toHaveLength(1);
    expect(await Promise.all(up.map(answers))).toEqual([true]);
    await up[0]?.stop();
  });

  test('of a killed server is taken over, with its database, which ends by itself', async () => {
    const killed = await start(fresh('killed'));
    const postmaster = postmasterOf('killed');
    await killed.stop('SIGKILL');
    expect(await until(() => !isThere(postmaster))).toBe(true);
    const next = await start(fresh('killed'));
    expect(next.token).toBeUndefined();
    expect((await command(['token', 'list', '--data', at('killed')])).stdout).toContain('ingest');
    await next.stop();
  });

  test.skipIf(process.platform !== 'linux')(
    'whose database outlived all that watched it is taken over as well',
    // Whoever watches may be quicker than this test is to end them.
    { retry: 3 },
    async () => {
      const killed = await start(fresh('orphan'));
      const postmaster = postmasterOf('orphan');
      const watchers = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
        .split('\n')
        .filter((line) => line.includes(`${at('orphan')}/`) && line.includes('/bin/sh'))
        .map((line) => Number.parseInt(line, 10));
      expect(watchers).toHaveLength(2);
      for (const pid of watchers) process.kill(pid, 'SIGKILL');
      await killed.stop('SIGKILL');
      await sleep(300);
      expect(isThere(postmaster)).toBe(true);
      const next = await start(fresh('orphan'));
      expect(isThere(postmaster)).toBe(false);
      expect(postmasterOf('orphan')).not.toBe(postmaster);
      expect(await answers(next)).toBe(true);
      await next.stop();
    },
  );

  test('whose lock names a process that came later is free', async () => {
    mkdirSync(at('stale'));
    writeFileSync(
      join(at('stale'), 'server.lock'),
      JSON.stringify({
        pid: process.pid,
        started: 'another time',
        host: hostname(),
      }),
    );
    const server = await start(fresh('stale'));
    await server.stop();
    for (const half of ['', '{"pid":', '[]']) {
      writeFileSync(join(at('stale'), 'server.lock'), half);
      await (await start(fresh('stale'))).stop();
    }
  });

  test('gets its database back when that is killed', async () => {
    const server = await start(fresh('again'));
    for (let times = 0; times < 3; times += 1) {
      const postmaster = postmasterOf('again');
      process.kill(postmaster, 'SIGKILL');
      expect(
        await until(
          async () =>
            existsSync(join(at('again'), 'postgresql/postmaster.pid')) &&
            postmasterOf('again') !== postmaster &&
            (await answers(server)),
        ),
      ).toBe(true);
    }
    expect(server.log()).toContain('The database ended and is started again.');
    expect(await server.stop()).toBe(0);
  });
});
