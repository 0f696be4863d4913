// What the team's server has is what installations have made, each once, whoever is killed and whatever the network does. Few
// kills unless told: TEAM_KILLS=20.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { afterAll, expect, test } from 'vitest';
import { openDatabase } from '../../src/team/store/database.ts';
import { recount } from '../../src/team/usage/recount.ts';
import { type BadNetwork, startBadNetwork, type Trouble } from '../host/badNetwork.ts';
import { bundledProgram } from '../host/bundledProgram.ts';
import { firstLine } from '../host/firstLine.ts';
import { freePort } from '../host/freePort.ts';
import { startPostgres } from '../host/postgres.ts';
import { agreeTo, declarePolicy } from '../host/syncSamples.ts';

const kills = Number(process.env['TEAM_KILLS'] ?? 3);
const sender = new URL('../host/syncProcess.ts', import.meta.url).pathname;
/** More than one of them gets to make while it is there. */
const perSender = 4_000;
/** A start, with what a killed database has to write out first. */
const PATIENCE_MS = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'team-kills-'));
const place = mkdtempSync(join(realpathSync(tmpdir()), 'team-'));
const running = new Set<ChildProcess>();
const program = await bundledProgram('test/host/teamProcess.ts');
let network: BadNetwork | undefined;
// A PostgreSQL that is given is not ours to kill; without one, whether this machine can run ours is found out by running it.
const given = await startPostgres();
const isGiven = (process.env['TEST_DATABASE_URL'] ?? '') !== '';
const givenUrl = given?.address.kind === 'url' ? given.address.url : undefined;
if (!isGiven) await given?.stop();

afterAll(async () => {
  for (const child of running) {
    ending.add(child);
    child.kill('SIGTERM');
  }
  await Promise.all([...running].map((child) => once(child, 'exit')));
  await network?.stop();
  await program.remove();
  if (isGiven) await given?.stop();
  for (const one of [folder, place]) rmSync(one, { recursive: true, force: true });
});

/** What each wrote to its standard error, the end of it. */
const said = new WeakMap<ChildProcess, string>();
/** Those that the test itself ends. */
const ending = new WeakSet<ChildProcess>();
/** Rejects when one has ended that the test did not end: nothing else that it waits for comes any more. */
let sayEnded: (why: Error) => void = () => undefined;
const endedByItself = new Promise<never>((_, reject) => {
  sayEnded = reject;
});
endedByItself.catch(() => undefined); // whoever waits meanwhile is told

function started(program: string, ...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stderr?.on('data', (chunk: Buffer) => said.set(child, `${said.get(child) ?? ''}${chunk}`.slice(-8_000)));
  running.add(child);
  child.once('exit', (code, signal) => {
    running.delete(child);
    if (code === 0 || ending.has(child)) return;
    sayEnded(new Error(`${basename(program)} has ended by itself (${signal ?? code}), and said:\n${said.get(child)}`));
  });
  return child;
}

function unlessEnded<Result>(work: Promise<Result>): Promise<Result> {
  return Promise.race([work, endedByItself]);
}

async function killed(child: ChildProcess): Promise<void> {
  ending.add(child);
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** One in two requests ends well. */
function troubles(): () => Trouble {
  const all: readonly Trouble[] = ['none', 'cut-after', 'twice', 'none', 'cut-before', 'cut-after', 'slow', 'none'];
  let next = 0;
  return () => all[next++ % all.length] ?? 'none';
}

/** Resolves when so many more requests have come through, or nothing comes any more. */
async function carried(on: BadNetwork, count: number): Promise<void> {
  const before = on.counts.requests;
  for (let waited = 0; on.counts.requests < before + count && waited < 8_000; waited += 20) await sleep(20);
}

function killPostgres(): void {
  process.kill(Number.parseInt(readFileSync(join(place, 'postgresql', 'postmaster.pid'), 'utf8'), 10), 'SIGKILL');
}

async function sums(pool: Pool): Promise<unknown> {
  const { rows } = await pool.query(`
    SELECT count(*)::int AS events, count(*) FILTER (WHERE event = 'attempt')::int AS attempts,
      sum(cost_nano_usd)::float8 AS cost, sum(input_tokens)::float8 AS input,
      count(*) FILTER (WHERE event = 'outcome' AND outcome = 'kept' AND revision = 0)::int AS outcomes,
      (SELECT sum(attempts)::int FROM attempt_rollups) AS counted, (SELECT sum(cost_nano_usd)::float8 FROM attempt_rollups) AS added,
      (SELECT sum(tasks)::int FROM task_rollups WHERE outcome = 'kept') AS kept
    FROM usage_events`);
  return rows[0];
}

test.runIf(given !== undefined)('what is there is what was made, exactly once', { timeout: 600_000 }, async () => {
  const port = await freePort();
  const where = givenUrl ?? place;
  let team = started(program.path, where, String(port));
  const token = await unlessEnded(firstLine(team, PATIENCE_MS));
  network = await startBadNetwork(`http://127.0.0.1:${port}`);
  network.trouble = troubles();
  await agreeTo(folder, network.url, token);
  const made = new DatabaseSync(join(folder, 'ledger.sqlite'), { timeout: 5_000 });
  declarePolicy(made);
  let number = 1;
  const senders = [1, 2].map(() => started(sender, folder, String(number++), String(perSender), '5000'));
  for (let kill = 0; kill < kills; kill += 1) {
    // Somewhere between two requests, or in the middle of one.
    await unlessEnded(carried(network, 4));
    await sleep((kill * 37) % 90);
    if (kill % 2 === 1 && !isGiven) killPostgres();
    else {
      await killed(team);
      team = started(program.path, where, String(port));
      await unlessEnded(firstLine(team, PATIENCE_MS));
    }
    if (kill % 4 === 3) {
      const [oldest] = senders.splice(0, 1, started(sender, folder, String(number++), String(perSender), '5000'));
      if (oldest !== undefined) await killed(oldest);
      await network.replay(3);
    }
  }
  for (const one of senders) await killed(one);
  network.trouble = () => 'none';
  const last = started(sender, folder, '0', '0', '5000');
  await unlessEnded(once(last, 'exit', { signal: AbortSignal.timeout(2 * PATIENCE_MS) })).catch((error: unknown) => {
    throw new Error(`not all was sent; the server said:\n${said.get(team)}`, { cause: error });
  });
  expect(last.exitCode).toBe(0);
  await network.replay(1);

  const [attempts] = made
    .prepare('SELECT COUNT(*) AS count, SUM(cost_nano_usd) AS cost, SUM(input_tokens) AS input FROM attempts')
    .all();
  const closed = made
    .prepare('SELECT id FROM tasks WHERE closed_at IS NOT NULL AND id IN (SELECT task_id FROM attempts)')
    .all();
  made.close();
  const count = Number(attempts?.['count']);
  expect(count).toBeGreaterThan(100);
  const { pool, close } = openDatabase(
    given !== undefined && isGiven
      ? given.address
      : { kind: 'socket', folder: join(place, 'run'), user: 'routing_policy', name: 'postgres' },
  );
  try {
    expect(await sums(pool)).toEqual({
      events: count + closed.length,
      attempts: count,
      cost: attempts?.['cost'],
      input: attempts?.['input'],
      outcomes: closed.length,
      counted: count,
      added: attempts?.['cost'],
      kept: closed.length,
    });
    const counted = await recount(pool, 1);
    expect(counted.filter(({ differences }) => differences > 0)).toEqual([]);
    expect(counted.every(({ table, rows }) => rows > 0 || table === 'route_rollups')).toBe(true);
  } finally {
    await close();
  }
  const { requests, replayed, unanswered, ...rest } = network.counts;
  process.stdout.write(
    `${kills} kills, ${requests} requests (${rest['cut-before']} cut before, ${rest['cut-after']} after, ${rest.twice} twice, ${unanswered} unanswered), ${replayed} sent again later, ${count} attempts, ${closed.length} outcomes\n`,
  );
});
