import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ledger } from '../usage/ledger.ts';
import { openLedger } from '../usage/ledgerFile.ts';
import { repoKey } from '../usage/repoKey.ts';
import { IDLE_MS } from '../usage/task.ts';
import { type TaskAsked, type TaskInHand, type TaskRequest, Tasks } from './tasks.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const key = Buffer.alloc(32, 7);
const root = '/repository';
let folder: string;
let ledger: Ledger;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tasks-'));
  const result = await openLedger(folder, now);
  if (result.kind !== 'open') throw new Error(result.reason);
  ledger = result.ledger;
});
afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

const asked = (more: Partial<TaskAsked> = {}): TaskAsked => ({
  conversation: 'one',
  root,
  files: ['src/a.ts'],
  at: now,
  commit: 'c1',
  inToolLoop: false,
  ...more,
});

let made = 0;
/** As the router does it: the attempt is recorded, and its task is told. */
function answer(tasks: Tasks, task: TaskInHand, at: number, costNanoUsd = 1): void {
  made += 1;
  const names = { surface: 'agent', kind: 'agent', class: 'c', rule: 'c', policyHash: 'h', outcome: 'served' } as const;
  const conversation = task.conversation ?? '';
  const attempt = {
    id: `${made}`,
    requestId: `${made}`,
    at,
    place: 0,
    ...names,
    taskId: task.id,
    conversation,
    costNanoUsd,
  };
  ledger.record({ ...attempt, repoKey: repoKey(key, root) }, ['c'], [], task.fileKeys);
  tasks.add(task, costNanoUsd, at);
}

describe('a conversation', () => {
  it('has the same name after a restart, and tells nothing of itself', () => {
    const request = {
      surface: 'gateway' as const,
      conversationId: 'claude 1',
      client: 'claude',
      roots: ['file:///a'],
      conversation: { system: [], messages: [], tools: [] },
    };
    const name = new Tasks(key, ledger).conversation(request);
    expect(name).toMatch(/^[0-9a-f]{32}$/);
    expect(new Tasks(key, undefined).conversation(request)).toBe(name);
    expect(new Tasks(Buffer.alloc(32, 8), undefined).conversation(request)).not.toBe(name);
    expect(new Tasks(key, undefined).conversation({ ...request, conversationId: 'claude 2' })).not.toBe(name);
  });

  it.each([{ conversationId: 'claude 1' }, {}])('of a client in one folder is none of another folder: %j', (named) => {
    const [a, b] = ['file:///a', 'file:///b'];
    const conversation = { system: [], messages: [], tools: [] };
    const nameIn = (surface: 'gateway' | 'chat', roots: readonly string[]): string =>
      new Tasks(key, ledger).conversation({ surface, client: 'claude', roots, conversation, ...named });
    expect(nameIn('gateway', [a, b])).not.toBe(nameIn('gateway', [b, a]));
    // Whatever else somebody opens meanwhile.
    expect(nameIn('gateway', [a, b])).toBe(nameIn('gateway', [a]));
    expect(nameIn('chat', [a, b])).toBe(nameIn('chat', [b, a]));
  });

  it('goes on with its task in every window, and begins another after half an hour', () => {
    const [here, there] = [new Tasks(key, ledger), new Tasks(key, ledger)];
    const first = here.of(asked());
    answer(here, first, now, 5);
    expect(there.of(asked({ at: now + 60_000, files: ['other.ts'] })).id).toBe(first.id);
    expect(there.spent(first.id)).toBe(5);
    const later = here.of(asked({ at: now + IDLE_MS }));
    expect(later.id).not.toBe(first.id);
    // Two windows that begin it at once begin the same one.
    expect(there.of(asked({ at: now + IDLE_MS })).id).toBe(later.id);
    expect(here.spent(later.id)).toBe(0);
  });

  it('is of one task from its first request on, although nothing is written yet', () => {
    const tasks = new Tasks(key, ledger);
    expect(tasks.of(asked({ at: now + 1 })).id).toBe(tasks.of(asked()).id);
  });
});

describe('what begins like another', () => {
  const opening = (text: string): TaskRequest => ({
    surface: 'chat',
    client: 'script',
    roots: ['file:///a'],
    conversation: { system: [], messages: [{ role: 'user', parts: [{ kind: 'text', text }] }], tools: [] },
  });

  it('is the same conversation in the same folders alone', () => {
    const tasks = new Tasks(key, undefined);
    const name = tasks.conversation(opening('Summarise.'));
    expect(tasks.conversation(opening('Summarise.'))).toBe(name);
    expect(tasks.conversation({ ...opening('Summarise.'), roots: ['file:///b'] })).not.toBe(name);
    expect(tasks.conversation(opening('Translate.'))).not.toBe(name);
  });

  it.each([true, false])(
    'is another task once it was answered, and the same until then (with a ledger: %s)',
    (kept) => {
      const tasks = new Tasks(key, kept ? ledger : undefined);
      const record = (task: TaskInHand, at: number): void => (kept ? answer(tasks, task, at) : tasks.add(task, 1, at));
      const ask = (at: number, more: Partial<TaskAsked> = { beginsAnew: true }): TaskInHand =>
        tasks.of(asked({ files: [], at: now + at, ...more }));
      const first = ask(0);
      // It failed, and is asked again.
      record(first, now);
      const again = ask(1);
      expect(again.id).toBe(first.id);
      record(again, now + 1);
      tasks.answered(again);
      // The tools that its answer called, and whatever else goes on with it.
      expect(ask(2, { inToolLoop: true }).id).toBe(first.id);
      expect(ask(3, {}).id).toBe(first.id);
      const second = ask(4);
      expect(second.id).not.toBe(first.id);
      expect(tasks.spent(second.id)).toBe(0);
      expect(ask(5).id).toBe(second.id);
      record(second, now + 5);
      tasks.answered(second);
      const third = ask(6);
      expect([first.id, second.id]).not.toContain(third.id);
      expect(ask(7, { inToolLoop: true }).id).toBe(kept ? second.id : third.id);
    },
  );
});

describe('a commit', () => {
  it('ends the task, which is closed with the next one’s first attempt', () => {
    const tasks = new Tasks(key, ledger);
    const first = tasks.of(asked());
    answer(tasks, first, now);
    const next = tasks.of(asked({ at: now + 1_000, commit: 'c2' }));
    expect(next).toMatchObject({ after: first.id });
    expect(ledger.tasks.read(first.id)?.closedAt).toBeUndefined();
    answer(tasks, next, now + 1_000);
    expect(ledger.tasks.read(first.id)?.closedAt).toBe(now + 1_000);
    expect(tasks.of(asked({ at: now + 2_000, commit: 'c2' })).id).toBe(next.id);
  });

  it('of the agent’s own ends it when the tools have been heard', () => {
    const tasks = new Tasks(key, ledger);
    const first = tasks.of(asked());
    answer(tasks, first, now);
    const loop = tasks.of(asked({ at: now + 1, commit: 'c2', inToolLoop: true }));
    expect(loop.id).toBe(first.id);
    answer(tasks, loop, now + 1);
    expect(tasks.of(asked({ at: now + 2, commit: 'c2' })).id).not.toBe(first.id);
  });

  it('keeps a new conversation on the same files from joining what was committed', () => {
    const tasks = new Tasks(key, ledger);
    const first = tasks.of(asked());
    answer(tasks, first, now);
    expect(tasks.of(asked({ conversation: 'two' })).id).toBe(first.id);
    expect(tasks.of(asked({ conversation: 'three', commit: 'c2' })).id).toBe('three');
  });
});

describe('without a ledger', () => {
  it('a conversation has a task all the same, and what it cost is counted', () => {
    const tasks = new Tasks(undefined, undefined);
    const first = tasks.of(asked());
    tasks.add(first, 5, now);
    tasks.add(first, 2, now);
    expect(tasks.of(asked({ at: now + 1 })).id).toBe(first.id);
    expect(tasks.spent(first.id)).toBe(7);
    const later = tasks.of(asked({ at: now + 1 + IDLE_MS }));
    expect(tasks.spent(later.id)).toBe(0);
  });
});
