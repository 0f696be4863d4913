// Events as installations of a team send them, by a seed: attempts, their tasks' outcomes, and changes of those.
import { createHash } from 'node:crypto';
import type { UsageEvent } from '../../src/usage/sync/event.ts';
import { newEventId } from '../../src/usage/sync/eventId.ts';

type AttemptEvent = Extract<UsageEvent, { event: 'attempt' }>;
type OutcomeEvent = Extract<UsageEvent, { event: 'outcome' }>;

/** Numbers from 0 to 1 that are the same each time (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function keyed(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

export function attempt(changes: Partial<AttemptEvent> = {}): AttemptEvent {
  return {
    event: 'attempt',
    id: newEventId(changes.hour ?? '2026-11-23T10:00Z'),
    hour: '2026-11-23T10:00Z',
    person: keyed('person'),
    surface: 'agent',
    kind: 'agent',
    class: 'docs',
    policy: keyed('policy'),
    provider: 'anthropic',
    model: 'claude-haiku-5-5',
    rule: 'docs',
    place: 0,
    outcome: 'served',
    inputTokens: 1_200,
    cacheReadTokens: 300,
    outputTokens: 80,
    costNanoUsd: 1_500_000,
    price: 'genai-prices',
    billing: 'metered',
    billedNanoUsd: 1_500_000,
    latencyMs: 2_300,
    firstTokenMs: 410,
    ...changes,
  };
}

export function outcome(changes: Partial<OutcomeEvent> = {}): OutcomeEvent {
  return {
    event: 'outcome',
    id: newEventId(changes.hour ?? '2026-11-23T11:00Z'),
    hour: '2026-11-23T11:00Z',
    person: keyed('person'),
    surface: 'agent',
    kind: 'agent',
    class: 'docs',
    policy: keyed('policy'),
    provider: 'anthropic',
    model: 'claude-haiku-5-5',
    task: keyed('task'),
    revision: 0,
    outcome: 'kept',
    ...changes,
  };
}

const targets = [
  { provider: 'anthropic', model: 'claude-haiku-5-5' },
  { provider: 'openai', model: 'gpt-5.6-mini' },
  { provider: 'mistral', model: 'codestral-2601' },
] as const;
const classes = ['docs', 'tests', 'ui', 'backend', 'infra', 'review'] as const;
const verdicts = ['kept', 'committed', 'rejected', 'unknown', 'undone', 'unverified'] as const;

export interface SampleOptions {
  readonly seed: number;
  readonly count: number;
  readonly people: number;
  /** Days back from `until` that they lie in. */
  readonly days: number;
  /** `2026-11-23`. */
  readonly until: string;
}

/**
 * So many events of a team in the order in which they happen: of tasks with one attempt or more, on one target or several, with
 * outcomes that are told, and told again when they change.
 */
export function teamEvents({ seed, count, people, days, until }: SampleOptions): readonly UsageEvent[] {
  const random = seeded(seed);
  const among = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const last = Date.parse(`${until}T00:00Z`);
  const hour = (day: number, at: number): string =>
    `${new Date(last - day * 86_400_000).toISOString().slice(0, 10)}T${String(at).padStart(2, '0')}:00Z`;
  const events: UsageEvent[] = [];
  for (let task = 0; events.length < count; task += 1) {
    const day = Math.floor(random() * days);
    const at = 8 + Math.floor(random() * 9);
    const isCompletion = random() < 0.4;
    // A policy sends a class to one model; one task in seven goes elsewhere.
    const place = Math.floor(random() * classes.length);
    const target = random() < 0.85 ? (targets[place % targets.length] ?? targets[0]) : among(targets);
    const who = Math.floor(random() * people);
    const subject = {
      person: keyed(`${seed} person ${who}`),
      task: keyed(`${seed} task ${task}`),
      surface: isCompletion ? 'completion' : 'agent',
      kind: isCompletion ? 'completion' : 'agent',
      class: classes[place] ?? 'docs',
      policy: keyed(`policy ${day < days / 2 ? 'new' : 'old'}`),
      // Labels are those of a person's policy.
      ...(who % 3 === 0 ? { labels: { 'cost-center': seed % 2 ? 'R-12' : 'R-14' } } : {}),
    } as const;
    const attempts = isCompletion ? 1 : 1 + Math.floor(random() * 3);
    for (let nth = 0; nth < attempts; nth += 1) {
      const own = nth === 0 ? target : among(targets);
      const failed = random() < 0.05;
      events.push(
        attempt({
          ...subject,
          ...own,
          hour: hour(day, at),
          rule: subject.class,
          place: nth,
          outcome: failed ? 'failed' : isCompletion ? 'shown' : 'served',
          ...(failed ? { failure: 'overload' } : {}),
          ...(nth > 0 ? { failedProvider: target.provider, failedModel: target.model } : {}),
          inputTokens: 300 + Math.floor(random() * 40_000),
          costNanoUsd: Math.floor(random() * 10_000_000),
          billedNanoUsd: Math.floor(random() * 10_000_000),
          latencyMs: twoDigits(10 ** (2 + 2.5 * random())),
          firstTokenMs: twoDigits(10 ** (2 + random())),
        }),
      );
    }
    if (random() < 0.03) {
      events.push(attempt({ ...subject, hour: hour(day, at), rule: 'eu-only', outcome: 'blocked' }));
    }
    const revisions = random() < 0.1 ? 2 : 1;
    let previous: (typeof verdicts)[number] | undefined;
    for (let revision = 0; revision < revisions; revision += 1) {
      const verdict = among(verdicts);
      events.push(
        outcome({
          ...subject,
          ...target,
          hour: hour(Math.max(0, day - revision), at + 1),
          revision,
          outcome: verdict,
          ...(previous === undefined ? {} : { previous }),
        }),
      );
      previous = verdict;
    }
  }
  return events.slice(0, count);
}

function twoDigits(value: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.round(value / step) * step;
}

/** The same in another order. */
export function shuffled<Item>(items: readonly Item[], random: () => number): readonly Item[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
