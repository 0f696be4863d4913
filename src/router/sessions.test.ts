import { describe, expect, test } from 'vitest';
import type { Message } from '../chat/conversation.ts';
import { Sessions, type SessionTurn, type TurnFacts } from './sessions.ts';

const said: readonly Message[] = [
  { role: 'user', parts: [{ kind: 'text', text: 'go on' }] },
  { role: 'assistant', parts: [{ kind: 'text', text: 'done' }] },
  { role: 'user', parts: [{ kind: 'text', text: 'and on' }] },
];
const request = (...system: readonly string[]) => ({
  conversationId: 'one',
  conversation: { system: system.map((text) => ({ text })), messages: said, tools: [] },
});
const facts = (more: Partial<TurnFacts> = {}): TurnFacts => ({
  taskId: 'task',
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
