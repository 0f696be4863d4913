import { describe, expect, it } from 'vitest';
import { IDLE_MS } from './task.ts';
import { judge, type Signal, type SignalName, type TaskEvidence } from './taskOutcome.ts';

const lastAt = Date.parse('2026-11-22T12:00:00Z');
const before = lastAt + 60_000;
const horizon = lastAt + IDLE_MS;

function signal(name: SignalName, atMinute: number, more: Partial<Signal> = {}): Signal {
  return { signal: name, at: lastAt + atMinute * 60_000, source: 'editor', ...more };
}
const sample = (atMinute: number, survival: number): Signal =>
  signal('sample', atMinute, { ageMs: atMinute * 60_000, survival, source: 'sampler' });

const agent: TaskEvidence = {
  surface: 'agent',
  kind: 'agent',
  outcome: 'open',
  lastAt,
  deliveredAt: lastAt,
  signals: [],
};
const question: TaskEvidence = { ...agent, surface: 'chat', kind: 'chat' };
const ghost: TaskEvidence = { ...agent, surface: 'completion', kind: 'completion', outcome: 'unseen' };
const nothing = ({ deliveredAt: _, ...task }: TaskEvidence): TaskEvidence => task;

const shown = signal('shown', 0, { ageMs: 750 });
const accepted = signal('accepted', 0);

const cases: readonly {
  readonly name: string;
  readonly task: TaskEvidence;
  readonly signals: readonly Signal[];
  readonly now: string;
  readonly later: string;
}[] = [
  { name: 'an agent that nobody watched', task: agent, signals: [], now: 'delivered', later: 'unknown' },
  { name: 'an agent that never answered', task: nothing(agent), signals: [], now: 'open', later: 'failed' },
  {
    name: 'an agent that changed nothing',
    task: agent,
    signals: [signal('no-change', 1)],
    now: 'delivered',
    later: 'unverified',
  },
  { name: 'a question', task: question, signals: [], now: 'delivered', later: 'unverified' },
  { name: 'a question whose text was taken', task: question, signals: [accepted], now: 'accepted', later: 'unknown' },
  { name: 'taken, and kept', task: agent, signals: [accepted, sample(5, 0.7)], now: 'kept', later: 'kept' },
  { name: 'looked at too early', task: agent, signals: [accepted, sample(2, 1)], now: 'accepted', later: 'unknown' },
  {
    name: 'rewritten, and then put back by hand',
    task: agent,
    signals: [accepted, sample(5, 0.3), sample(10, 0.75)],
    now: 'accepted',
    later: 'accepted',
  },
  {
    name: 'rewritten, and then written anew by the task',
    task: agent,
    signals: [accepted, sample(5, 0.3), signal('accepted', 6), sample(11, 0.9)],
    now: 'kept',
    later: 'kept',
  },
  {
    name: 'looked at late alone',
    task: agent,
    signals: [accepted, sample(10, 0.8)],
    now: 'kept',
    later: 'kept',
  },
  {
    name: 'taken, and half rewritten',
    task: agent,
    signals: [accepted, sample(5, 0.69)],
    now: 'accepted',
    later: 'accepted',
  },
  {
    name: 'a sample of what was never said to be taken',
    task: agent,
    signals: [sample(5, 1)],
    now: 'kept',
    later: 'kept',
  },
  { name: 'undone', task: agent, signals: [accepted, signal('undone', 1)], now: 'undone', later: 'undone' },
  {
    name: 'undone, and looked at all the same',
    task: agent,
    signals: [accepted, signal('undone', 1), sample(5, 1)],
    now: 'undone',
    later: 'undone',
  },
  {
    name: 'undone, done again and kept',
    task: agent,
    signals: [accepted, signal('undone', 1), signal('accepted', 2), sample(7, 1)],
    now: 'kept',
    later: 'kept',
  },
  {
    name: 'kept, and undone later',
    task: agent,
    signals: [accepted, sample(5, 1), signal('undone', 8)],
    now: 'kept',
    later: 'kept',
  },
  {
    name: 'one of its edits sent away, the others kept',
    task: agent,
    signals: [accepted, signal('rejected', 1), sample(5, 0.9)],
    now: 'kept',
    later: 'kept',
  },
  { name: 'sent away', task: agent, signals: [signal('rejected', 1)], now: 'rejected', later: 'rejected' },
  {
    name: 'committed, whatever came before and after',
    task: agent,
    signals: [accepted, signal('undone', 1), signal('committed', 3), sample(5, 0.1), signal('undone', 9)],
    now: 'committed',
    later: 'committed',
  },
  { name: 'a completion that nobody told of', task: ghost, signals: [], now: 'unseen', later: 'unseen' },
  {
    name: 'a completion that flashed by',
    task: ghost,
    signals: [signal('shown', 0, { ageMs: 749 }), signal('rejected', 0)],
    now: 'unseen',
    later: 'unseen',
  },
  {
    name: 'a completion that stood and was not taken',
    task: ghost,
    signals: [shown],
    now: 'delivered',
    later: 'delivered',
  },
  {
    name: 'a completion that was typed over',
    task: ghost,
    signals: [shown, signal('rejected', 1)],
    now: 'rejected',
    later: 'rejected',
  },
  { name: 'a completion that was taken at once', task: ghost, signals: [accepted], now: 'accepted', later: 'unknown' },
  {
    name: 'a completion that was kept',
    task: ghost,
    signals: [shown, accepted, sample(5, 0.8)],
    now: 'kept',
    later: 'kept',
  },
  {
    name: 'a completion that could not be had',
    task: { ...nothing(ghost), outcome: 'failed' },
    signals: [],
    now: 'failed',
    later: 'failed',
  },
];

describe('what became of a task', () => {
  it.each(cases)('$name', ({ task, signals, now, later }) => {
    expect(judge({ ...task, signals }, before).outcome).toBe(now);
    expect(judge({ ...task, signals }, horizon).outcome).toBe(later);
    expect(judge({ ...task, signals: signals.toReversed() }, horizon).outcome).toBe(later);
  });

  it('is waited for until the horizon, and no clock that was wrong makes it wait for ever', () => {
    expect(judge(agent, horizon - 1).settled).toBe(false);
    expect(judge(agent, horizon).settled).toBe(true);
    expect(judge(agent, lastAt - 366 * 86_400_000).settled).toBe(true);
  });

  it('says how much was left when somebody last looked', () => {
    expect(judge({ ...agent, signals: [sample(5, 0.9), sample(10, 0.4)] }, horizon)).toEqual({
      outcome: 'kept',
      survival: 0.4,
      settled: true,
    });
    expect(judge(agent, horizon)).not.toHaveProperty('survival');
  });

  it('never falls from what was kept or committed, whatever else is heard', () => {
    const all = [accepted, signal('undone', 1), signal('accepted', 2), sample(7, 1), signal('committed', 8)];
    const rank = (outcome: string): number => ['unknown', 'accepted', 'kept', 'committed'].indexOf(outcome);
    const heard = all.map((_, count) => judge({ ...agent, signals: all.slice(0, count + 1) }, horizon).outcome);
    expect(heard).toEqual(['unknown', 'undone', 'unknown', 'kept', 'committed']);
    expect(rank(heard[4] ?? '')).toBeGreaterThan(rank(heard[3] ?? ''));
  });
});
