import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Message } from '../chat/conversation.ts';
import type { Ledger } from '../usage/ledger.ts';
import { openLedger } from '../usage/ledgerFile.ts';
import { SESSION_MS } from '../usage/sessionBook.ts';
import { Sessions, type SessionTurn, type TurnFacts } from './sessions.ts';

const said: readonly Message[] = [
  { role: 'user', parts: [{ kind: 'text', text: 'go on' }] },
  { role: 'assistant', parts: [{ kind: 'text', text: 'done' }] },
  { role: 'user', parts: [{ kind: 'text', text: 'and on' }] },
];
const request = (...system: readonly string[]) => ({
  conversationId: 'one',
  roots: [],
  conversation: { system: system.map((text) => ({ text })), messages: said, tools: [] },
});
const facts = (more: Partial<TurnFacts> = {}): TurnFacts => ({
  name: () => 'conversation',
  taskId: () => 'task',
  inputTokens: 10_000,
  userText: 'go on',
  edited: ['src/a.ts'],
  commit: 'c1',
  ...more,
});
const answer = { target: 'a/large', class: 'wide', wished: false, cachedTokens: 14_000, estimatedTokens: 10_000 };

function answered(sessions: Sessions, asked = request(), changes: Partial<typeof answer> = {}): SessionTurn {
  const turn = sessions.turn(asked, facts());
  sessions.answered(turn, { ...answer, ...changes });
  return turn;
}

describe('a conversation that its client has put a summary in place of', () => {
  const summed = facts({ inputTokens: 2_000, userText: 'next', edited: [] });

  test('is still known by what it had edited, in that request and in those after it', () => {
    const sessions = new Sessions();
    answered(sessions);
    expect(sessions.carried(request(), facts())).toEqual([]);
    expect(sessions.carried(request(), summed)).toEqual(['src/a.ts']);
    const turn = sessions.turn(request(), { ...summed, edited: ['src/a.ts'] });
    expect(turn.session.compacted).toBe(true);
    sessions.answered(turn, { ...answer, estimatedTokens: 2_000 });
    expect(sessions.carried(request(), facts({ inputTokens: 2_500 }))).toEqual(['src/a.ts']);
  });

  test('is not told by tokens that were counted in two ways', () => {
    const sessions = new Sessions();
    answered(sessions, request(), { cachedTokens: 20_000 });
    expect(sessions.turn(request(), facts()).session.compacted).toBe(false);
  });
});

describe('after a restart', () => {
  let folder: string;
  const key = Buffer.alloc(32, 1);
  const now = Date.parse('2026-11-22T12:00:00Z');
  const opened: Ledger[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sessions-'));
  });
  afterEach(() => {
    for (const ledger of opened.splice(0)) ledger.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The sessions as a new process has them. */
  async function started(more: { readonly key?: Buffer; readonly at?: number } = {}): Promise<Sessions> {
    for (const ledger of opened.splice(0)) ledger.close();
    const result = await openLedger(folder, now);
    if (result.kind !== 'open') throw new Error(result.reason);
    opened.push(result.ledger);
    return new Sessions({ key: more.key ?? key, book: result.ledger.sessions, now: () => more.at ?? now });
  }
  const last = { target: 'a/large', class: 'wide', cachedTokens: 14_000 };

  test('who answered last is known, and nobody else’s conversation is it', async () => {
    answered(await started());
    expect((await started()).turn(request(), facts()).session.last).toEqual(last);
    expect((await started()).turn(request('You search files.'), facts()).session.last).toBeUndefined();
    expect((await started()).turn(request(), facts({ name: () => 'other' })).session.last).toBeUndefined();
    expect((await started({ key: Buffer.alloc(32, 2) })).turn(request(), facts()).session.last).toBeUndefined();
  });

  test('nothing that was read from it counts as said or done again', async () => {
    answered(await started());
    const sessions = await started();
    expect(sessions.turn(request(), facts({ edited: [] })).session.retry).toBeUndefined();
    expect(sessions.carried(request(), facts())).toEqual([]);
    expect(sessions.turn(request(), facts({ inputTokens: 2_000 })).session.compacted).toBe(true);
  });

  test('the last answer of several counts, one that was asked for as that, and none for ever', async () => {
    const sessions = await started();
    answered(sessions);
    answered(sessions, request(), { target: 'a/small', wished: true });
    expect((await started()).turn(request(), facts()).session.last).toBeUndefined();
    answered(await started(), request(), { target: 'a/mid' });
    expect((await started()).turn(request(), facts()).session.last?.target).toBe('a/mid');
    expect((await started({ at: now + SESSION_MS + 1 })).turn(request(), facts()).session.last).toBeUndefined();
  });

  test('what is written down has no word of the conversation', async () => {
    answered(await started(), request('You are Some Agent.'));
    for (const ledger of opened.splice(0)) ledger.close();
    const database = new DatabaseSync(join(folder, 'ledger.sqlite'));
    const rows = database.prepare('SELECT * FROM sessions').all();
    database.close();
    expect(rows).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        at: now,
        target: 'a/large',
        class: 'wide',
        wished: 0,
        cached_tokens: 14_000,
        estimated_tokens: 10_000,
      },
    ]);
  });
});

test('a model that somebody had asked for is no habit once that has ended', () => {
  const sessions = new Sessions();
  answered(sessions, request(), { wished: true });
  expect(sessions.turn(request(), facts({ userText: 'next' })).session.last).toBeUndefined();
});

test('a sub-agent is told apart by what follows the line that all agents of its client begin with', () => {
  const sessions = new Sessions();
  answered(sessions, request('You are Some Agent.', 'You work with a person.'));
  expect(sessions.turn(request('You are Some Agent.', 'You search files.'), facts()).session.last).toBeUndefined();
  const own = sessions.turn(request('You are Some Agent.', 'You work with a person.'), facts());
  expect(own.session.last?.target).toBe('a/large');
});
