// What arrives at a team's server is what was made, each once, whatever dies and whatever the network does.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import type { UsageEvent } from '../../src/usage/sync/event.ts';
import { startPostgres } from '../host/postgres.ts';
import { agreeTo, declarePolicy } from '../host/syncSamples.ts';
import { postgresEvents, sqliteEvents } from '../simulated/eventStore.ts';
import { type Mishap, startTeamServer, TOKEN } from '../simulated/teamServer.ts';

const program = new URL('../host/syncProcess.ts', import.meta.url).pathname;
const kills = 16;
/** More than one of them gets to make before it is killed. */
const perProcess = 2_000;

const folder = mkdtempSync(join(tmpdir(), 'sync-'));
const received = mkdtempSync(join(tmpdir(), 'sync-server-'));
const postgres = await startPostgres();
const events = postgres === undefined ? sqliteEvents(received) : await postgresEvents(postgres.pool);
const team = await startTeamServer(events);
const running = new Set<ChildProcess>();

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await team.stop();
  await events.close();
  await postgres?.stop();
  for (const one of [folder, received]) rmSync(one, { recursive: true, force: true });
});

function started(number: number, count: number): ChildProcess {
  const child = spawn(process.execPath, [program, folder, String(number), String(count)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Resolves when so many more requests have come. */
async function sent(count: number): Promise<void> {
  const before = team.requests.length;
  for (let waited = 0; team.requests.length < before + count && waited < 6_000; waited += 20) await sleep(20);
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** One in three requests ends well. */
function mishaps(): () => Mishap {
  const all: readonly Mishap[] = [
    { kind: 'none' },
    { kind: 'cut-before' },
    { kind: 'cut-after' },
    { kind: 'none' },
    { kind: 'status', status: 429, retryAfter: '0' },
    { kind: 'status', status: 500 },
    { kind: 'none' },
    { kind: 'status', status: 503 },
    { kind: 'slow', ms: 400 },
    { kind: 'cut-after' },
    { kind: 'status', status: 500 },
  ];
  let next = 0;
  return () => all[next++ % all.length] ?? { kind: 'none' };
}

test('what arrives is what was made, exactly once', { timeout: 120_000 }, async () => {
  await agreeTo(folder, team.url, TOKEN);
  const database = new DatabaseSync(join(folder, 'ledger.sqlite'), { timeout: 5_000 });
  declarePolicy(database);
  team.mishap = mishaps();
  let number = 1;
  const processes = [started(number++, perProcess), started(number++, perProcess), started(number++, perProcess)];
  for (let killed = 0; killed < kills; killed += 1) {
    // Somewhere between two requests, or in the middle of one.
    await sent(2);
    await sleep((killed * 37) % 90);
    const oldest = processes.shift();
    if (oldest === undefined) throw new Error('There is nobody to kill.');
    await kill(oldest);
    if (killed % 4 === 3) await team.replay();
    processes.push(started(number++, perProcess));
  }
  for (const child of processes) await kill(child);
  team.mishap = () => ({ kind: 'none' });
  const last = started(0, 0);
  await once(last, 'exit');
  expect(last.exitCode).toBe(0);
  await team.replay();

  const arrived = await events.all();
  const attempts = arrived.filter((event) => event.event === 'attempt');
  const made = database.prepare('SELECT input_tokens, cost_nano_usd FROM attempts ORDER BY input_tokens').all();
  const closed = database
    .prepare('SELECT id FROM tasks WHERE closed_at IS NOT NULL AND id IN (SELECT task_id FROM attempts)')
    .all();
  database.close();
  expect(made.length).toBeGreaterThan(300);
  expect(team.requests.length).toBeGreaterThanOrEqual(2 * kills);
  expect(attempts.map(({ inputTokens }) => inputTokens ?? 0).sort((a, b) => a - b)).toEqual(
    made.map((row) => Number(row['input_tokens'])),
  );
  expect(attempts.reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0), 0)).toBe(
    made.reduce((sum, row) => sum + Number(row['cost_nano_usd']), 0),
  );
  const outcomes = arrived.filter(
    (event): event is Extract<UsageEvent, { event: 'outcome' }> => event.event === 'outcome',
  );
  expect(outcomes).toHaveLength(closed.length);
  const names = new Set(attempts.map(({ task }) => task));
  expect(new Set(outcomes.map(({ task }) => task)).size).toBe(outcomes.length);
  expect(outcomes.every(({ task }) => names.has(task))).toBe(true);
  expect(outcomes.every(({ outcome, revision }) => outcome === 'kept' && revision === 0)).toBe(true);
  const answered = new Set(team.requests.map(({ body }) => body)).size;
  process.stdout.write(
    `${postgres === undefined ? 'SQLite' : 'PostgreSQL'}: ${kills + processes.length} kills, ${team.requests.length} requests (${answered} different), ${made.length} attempts, ${outcomes.length} outcomes\n`,
  );
});
