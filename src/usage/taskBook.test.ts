import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Attempt } from './attempt.ts';
import type { Ledger } from './ledger.ts';
import { openLedger } from './ledgerFile.ts';
import { FOLLOW_UP_MS, IDLE_MS, KEPT_AT_MS } from './task.ts';
import type { TaskQuestion } from './taskBook.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
let folder: string;
let ledger: Ledger;
const open: Ledger[] = [];

async function opened(): Promise<Ledger> {
  const result = await openLedger(folder, now);
  if (result.kind !== 'open') throw new Error(result.reason);
  open.push(result.ledger);
  return result.ledger;
}
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tasks-'));
  ledger = await opened();
});
afterEach(() => {
  for (const one of open.splice(0)) one.close();
  rmSync(folder, { recursive: true, force: true });
});

let made = 0;
function attempt(more: Partial<Attempt> = {}): Attempt {
  made += 1;
  return {
    id: `id-${made}`,
    requestId: `request-${made}`,
    at: now,
    surface: 'agent',
    kind: 'agent',
    class: 'tests',
    rule: 'tests',
    policyHash: 'hash',
    provider: 'anthropic',
    model: 'small',
    place: 0,
    outcome: 'served',
    repoKey: 'here',
    conversation: 'one',
    taskId: 'task',
    ...more,
  };
}
function record(more: Partial<Attempt> = {}, files: readonly string[] = []): string {
  const one = attempt(more);
  expect(ledger.record(one, ['tests'], [], files)).toEqual({ kind: 'written' });
  return one.id;
}
const question = (more: Partial<TaskQuestion> = {}): TaskQuestion => ({
  conversation: 'one',
  repoKey: 'here',
  fileKeys: [],
  at: now,
  inToolLoop: false,
  ...more,
});

describe('a task', () => {
  it('is opened by its first attempt, and costs what all its attempts cost, whatever became of them', () => {
    record({ outcome: 'failed', inputTokens: 100, latencyMs: 50 });
    record({
      at: now + 1,
      place: 1,
      provider: 'openai',
      model: 'other',
      costNanoUsd: 5,
      billedNanoUsd: 4,
      inputTokens: 10,
    });
    record({ at: now + 2, outcome: 'cancelled', costNanoUsd: 2, simulated: true, inputTokens: 1, cacheReadTokens: 7 });
    expect(ledger.tasks.read('task')).toEqual({
      id: 'task',
      openedAt: now,
      lastAt: now + 50,
      surface: 'agent',
      kind: 'agent',
      class: 'tests',
      // What it was first routed to, although that failed.
      provider: 'anthropic',
      model: 'small',
      outcome: 'delivered',
      repoKey: 'here',
    });
    expect(ledger.tasks.cost('task')).toEqual({ costNanoUsd: 7, simulatedNanoUsd: 2, unpriced: 1 });
    expect(ledger.tasks.cost('nobody knows it')).toEqual({ costNanoUsd: 0, simulatedNanoUsd: 0, unpriced: 0 });
  });

  it('is billed what all its real attempts ask for, and was delivered when the first of them delivered', () => {
    record({ costNanoUsd: 9, billedNanoUsd: 8, latencyMs: 20 });
    record({ at: now + 1, costNanoUsd: 5, billedNanoUsd: 4, latencyMs: 500 });
    record({ at: now + 2, costNanoUsd: 7, billedNanoUsd: 7, simulated: true, outcome: 'failed' });
    const database = new DatabaseSync(join(folder, 'ledger.sqlite'), { readOnly: true });
    const row = database.prepare('SELECT billed_nano_usd AS billed, delivered_at AS at FROM tasks').get();
    database.close();
    expect(row).toEqual({ billed: 12, at: now + 20 });
  });

  it('counts an attempt that is recorded twice once', () => {
    const one = attempt({ costNanoUsd: 3 });
    ledger.record(one);
    ledger.record(one);
    expect(ledger.tasks.cost('task').costNanoUsd).toBe(3);
  });

  it('is open, then failed, where nothing usable came', () => {
    record({ outcome: 'failed' });
    expect(ledger.tasks.read('task')?.outcome).toBe('open');
    expect(ledger.tasks.closeIdle(now + IDLE_MS)).toBe(1);
    expect(ledger.tasks.read('task')).toMatchObject({ outcome: 'failed', closedAt: now + IDLE_MS });
  });
});

describe('a request', () => {
  it('goes on with the task of its conversation until half an hour has passed', () => {
    expect(ledger.tasks.find(question())).toEqual({ kind: 'none' });
    record();
    expect(ledger.tasks.find(question({ at: now + IDLE_MS - 1 }))).toEqual({ kind: 'open', id: 'task' });
    expect(ledger.tasks.find(question({ at: now + IDLE_MS }))).toEqual({ kind: 'closed', id: 'task' });
    ledger.tasks.closeIdle(now + IDLE_MS);
    expect(ledger.tasks.find(question({ at: now + IDLE_MS }))).toEqual({ kind: 'closed', id: 'task' });
  });

  it('does not go on with one that a clock has put far ahead or far behind', () => {
    record({ at: now + 366 * 86_400_000 });
    expect(ledger.tasks.find(question())).toEqual({ kind: 'closed', id: 'task' });
    expect(ledger.tasks.closeIdle(now)).toBe(1);
    expect(ledger.tasks.read('task')?.outcome).toBe('unknown');
  });

  it.each<[string, Partial<TaskQuestion>, object]>([
    ['on one of its files joins it', {}, { kind: 'joined', id: 'task' }],
    ['on other files does not', { fileKeys: ['c'] }, { kind: 'none' }],
    ['on no files does not', { fileKeys: [] }, { kind: 'none' }],
    ['in another repository does not', { repoKey: 'there' }, { kind: 'none' }],
    ['in no repository does not', { repoKey: undefined }, { kind: 'none' }],
    ['within ten minutes joins it', { at: now + FOLLOW_UP_MS }, { kind: 'joined', id: 'task' }],
    ['later does not', { at: now + FOLLOW_UP_MS + 1 }, { kind: 'none' }],
  ])('of a new conversation %s', (_, more, found) => {
    record({}, ['a', 'b']);
    expect(ledger.tasks.find(question({ conversation: 'two', fileKeys: ['b', 'x'], ...more }))).toEqual(found);
  });

  it('joins the task that was gone on with last, none that is closed, no completion and none of its own making', () => {
    record({ taskId: 'first', conversation: 'first' }, ['a']);
    record({ taskId: 'second', conversation: 'second', at: now + 1 }, ['a']);
    record({ taskId: 'ghost', conversation: undefined as never, surface: 'completion', at: now + 2 }, ['a']);
    const joined = (): unknown => ledger.tasks.find(question({ conversation: 'new', fileKeys: ['a'] }));
    expect(joined()).toEqual({ kind: 'joined', id: 'second' });
    expect(ledger.tasks.closeByCommit('here', 'all', { at: now + 3 })).toEqual(['first', 'second']);
    expect(joined()).toEqual({ kind: 'none' });
  });

  it('stays with the task that its conversation has joined', () => {
    record({}, ['a']);
    record({ conversation: 'two', at: now + FOLLOW_UP_MS }, ['a']);
    const later = now + FOLLOW_UP_MS + IDLE_MS - 1;
    expect(ledger.tasks.find(question({ conversation: 'two', at: later }))).toEqual({ kind: 'open', id: 'task' });
    expect(ledger.tasks.find(question({ at: later }))).toEqual({ kind: 'open', id: 'task' });
  });

  it('with what its tools gave stays with a task that they have committed', () => {
    record();
    ledger.tasks.closeByCommit('here', 'all', { at: now + 1 });
    expect(ledger.tasks.find(question({ at: now + 2 }))).toEqual({ kind: 'closed', id: 'task' });
    expect(ledger.tasks.find(question({ at: now + 2, inToolLoop: true }))).toEqual({ kind: 'open', id: 'task' });
  });

  it('in another window finds the same', async () => {
    record({}, ['a']);
    const other = await opened();
    expect(other.tasks.find(question())).toEqual({ kind: 'open', id: 'task' });
  });
});

describe('a commit', () => {
  it('closes the tasks that it is about, once, and says which', () => {
    record({ taskId: 'first', conversation: 'first' }, ['a']);
    record({ taskId: 'second', conversation: 'second' }, ['b']);
    record({ taskId: 'elsewhere', conversation: 'third', repoKey: 'there' }, ['a']);
    expect(ledger.tasks.closeByCommit('here', ['a', 'x'], { at: now + 5 })).toEqual(['first']);
    expect(ledger.tasks.closeByCommit('here', ['a', 'x'], { at: now + 9 })).toEqual([]);
    expect(ledger.tasks.read('first')?.closedAt).toBe(now + 5);
  });

  it('closes none that began after it, though it was found out later', () => {
    record({ taskId: 'first', conversation: 'first' }, ['a']);
    record({ taskId: 'next', conversation: 'next', at: now + 3 }, ['a']);
    expect(ledger.tasks.closeByCommit('here', ['a'], { at: now + 9, by: now + 2 })).toEqual(['first']);
    expect(ledger.tasks.read('next')?.closedAt).toBeUndefined();
  });
});

describe('what was seen', () => {
  it('of an attempt is told of its task, once, and only raises it', () => {
    const id = record({
      surface: 'completion',
      kind: 'completion',
      conversation: undefined as never,
      outcome: 'shown',
    });
    expect(ledger.tasks.read('task')?.outcome).toBe('unseen');
    ledger.tasks.signal({ attemptId: id, at: now + 800, signal: 'shown', source: 'editor', ageMs: 800 });
    expect(ledger.tasks.read('task')?.outcome).toBe('delivered');
    for (let time = 0; time < 2; time++) {
      ledger.tasks.signal({ attemptId: id, at: now + 900, signal: 'accepted', source: 'editor' });
      ledger.tasks.signal({
        taskId: 'task',
        at: now + KEPT_AT_MS,
        signal: 'sample',
        source: 'sampler',
        ageMs: KEPT_AT_MS,
        survival: 0.9,
      });
    }
    expect(ledger.tasks.signals('task').map(({ signal }) => signal)).toEqual(['shown', 'accepted', 'sample']);
    expect(ledger.tasks.read('task')).toMatchObject({ outcome: 'kept', outcomeAt: now + KEPT_AT_MS, survival: 0.9 });
    ledger.tasks.closeIdle(now + IDLE_MS);
    ledger.tasks.signal({ taskId: 'task', at: now + 2 * IDLE_MS, signal: 'committed', source: 'git' });
    expect(ledger.tasks.read('task')).toMatchObject({ outcome: 'committed', outcomeAt: now + 2 * IDLE_MS });
  });

  it('of what nobody knows is nothing', () => {
    expect(ledger.tasks.signal({ attemptId: 'nobody', at: now, signal: 'accepted', source: 'editor' })).toEqual({
      kind: 'written',
    });
    expect(ledger.tasks.signals('nobody')).toEqual([]);
  });

  it('makes good a task that was taken for lost', () => {
    record();
    ledger.tasks.closeIdle(now + IDLE_MS);
    expect(ledger.tasks.read('task')?.outcome).toBe('unknown');
    ledger.tasks.signal({ taskId: 'task', at: now + 2 * IDLE_MS, signal: 'committed', source: 'git' });
    expect(ledger.tasks.read('task')?.outcome).toBe('committed');
  });

  it('in a commit closes the task', () => {
    record();
    ledger.tasks.signal({ taskId: 'task', at: now + 5, signal: 'committed', source: 'git' });
    expect(ledger.tasks.read('task')).toMatchObject({ outcome: 'committed', closedAt: now + 5 });
    expect(ledger.tasks.find(question({ at: now + 6 }))).toEqual({ kind: 'closed', id: 'task' });
  });
});

it('idle tasks are closed some at a time, and each once', () => {
  for (let n = 0; n < 120; n++) record({ taskId: `task-${n}`, conversation: `conversation-${n}` });
  const counts = [1, 2, 3, 4].map(() => ledger.tasks.closeIdle(now + IDLE_MS));
  expect(counts).toEqual([50, 50, 20, 0]);
});

it('a completion that failed on one model and was shown by another is one that was not seen yet', () => {
  const ghost = { surface: 'completion', kind: 'completion', conversation: undefined as never } as const;
  record({ ...ghost, outcome: 'failed' });
  expect(ledger.tasks.read('task')?.outcome).toBe('failed');
  record({ ...ghost, outcome: 'shown' });
  expect(ledger.tasks.read('task')?.outcome).toBe('unseen');
});

describe('a task that is about ever more files', () => {
  it('has each of them written down once, also when not all of them are remembered any more', () => {
    const keys = (from: number): string[] => Array.from({ length: 64 }, (_, n) => `file ${from + n}`);
    const turns = 40;
    for (let turn = 0; turn < turns; turn += 1) record({}, keys(turn * 64));
    record({}, keys(0));
    ledger.close();
    const database = new DatabaseSync(join(folder, 'ledger.sqlite'), { readOnly: true });
    const row = database.prepare('SELECT COUNT(*) AS all_, COUNT(DISTINCT file_key) AS keys FROM task_files').get();
    database.close();
    expect(row).toEqual({ all_: turns * 64, keys: turns * 64 });
  });
});
