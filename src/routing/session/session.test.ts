import { describe, expect, test } from 'vitest';
import { decide } from '../decide.ts';
import { explainDecision } from '../explain.ts';
import type { Facts } from '../facts.ts';
import { type Changes, NOON, policyWith, spent, world } from '../testing/world.ts';
import type { Session } from './session.ts';
import { armOf } from './trial.ts';

const SMALL = 'copilot/mai-code-1.1-flash';
const SONNET = 'anthropic/claude-sonnet-5-5';
const OPUS = 'anthropic/claude-opus-5-5';
const SOL = 'openai/gpt-6-sol';

const TEST = 'packages/core/src/a.test.ts';
const CODE = 'packages/core/src/a.ts';
const MIDDLE = 'docs/a.md';
const OTHER = 'packages/ui/src/b.ts';

const classes = [
  { id: 'tests', when: { files: ['**/*.test.ts'] }, use: [SMALL, SONNET] },
  { id: 'docs', when: { files: ['**/*.md'] }, use: SONNET },
  { id: 'wide', when: { diff: { modules: '>=2' } }, use: OPUS },
];

function session(more: Partial<Session> = {}): Session {
  return { taskId: 'task', inToolLoop: false, compacted: false, ...more };
}

function last(target: string, more: Partial<Session> = {}, cachedTokens = 40_000): Session {
  return session({ last: { target, class: 'default', cachedTokens }, ...more });
}

function route(
  files: readonly string[],
  changes: Changes,
  parts: Parameters<typeof policyWith>[0] = {},
  more: Partial<Facts> = {},
) {
  const facts: Facts = { kind: 'agent', files: files.map((path) => ({ path })), ...more };
  const decision = decide(policyWith({ default: [SONNET, SOL], classes, ...parts }), facts, world(changes));
  return {
    target: decision.outcome.kind === 'routed' ? decision.outcome.target.target : decision.outcome.kind,
    class: decision.class,
    said: decision.why.filter(({ kind }) =>
      ['pinned', 'switched', 'escalated', 'trial', 'overridden', 'override-refused'].includes(kind),
    ),
    lines: explainDecision(decision).lines,
  };
}

describe('a conversation', () => {
  const cases: readonly [string, readonly string[], Session, string, string, object?][] = [
    ['that is new goes where its class goes', [CODE], session(), SONNET, ''],
    [
      'stays with its larger model when the work becomes smaller, where the policy says so',
      [TEST],
      last(OPUS),
      OPUS,
      'pinned',
      { pin: 'until-compaction' },
    ],
    ['goes to a model that reads it anew for less than the cache takes', [TEST], last(OPUS), SMALL, 'switched free'],
    ['goes to a smaller model where nothing is in a cache', [MIDDLE], last(OPUS, {}, 0), SONNET, 'switched free'],
    ['stays where a switch would cost a cold cache', [MIDDLE], last(OPUS), OPUS, 'pinned'],
    ['stays with a target of its route that is not its first choice', [CODE], last(SOL), SOL, 'pinned'],
    ['goes to a larger model at once', [CODE, OTHER], last(SONNET), OPUS, 'switched larger'],
    ['never changes its model in a tool loop', [CODE, OTHER], last(SONNET, { inToolLoop: true }), SONNET, 'pinned'],
    ['is free again once it was compacted', [TEST], last(SONNET, { compacted: true }), SMALL, 'switched compacted'],
    [
      'follows its class each turn where the policy says so',
      [TEST],
      last(OPUS),
      SMALL,
      'switched turn',
      { pin: 'turn' },
    ],
    [
      'keeps its model in the middle of a turn even then',
      [TEST],
      last(OPUS, { inToolLoop: true }),
      OPUS,
      'pinned',
      { pin: 'turn' },
    ],
    [
      'outlives a compaction where the policy says so',
      [TEST],
      last(SONNET, { compacted: true }),
      SONNET,
      'pinned',
      { pin: 'session' },
    ],
  ];
  test.each(cases)('%s', (_, files, state, target, said, pin) => {
    const got = route(files, { session: state }, pin === undefined ? {} : { session: pin });
    expect(got.target).toBe(target);
    expect(
      got.said.map((reason) => ('because' in reason ? `${reason.kind} ${String(reason.because)}` : reason.kind)).join(),
    ).toBe(said);
  });

  test('leaves a model whose provider fails, in a tool loop too', () => {
    const got = route([CODE], { session: last(SONNET, { inToolLoop: true }), down: ['anthropic'] });
    expect(got.target).toBe(SOL);
    expect(got.said).toMatchObject([{ kind: 'switched', because: 'not-available' }]);
  });

  test('leaves a model at once that a constraint does not admit, in a tool loop too', () => {
    const constraints = [{ id: 'guard', when: { touches: ['**/*.test.ts'] }, deny: ['anthropic/*'], reason: 'r' }];
    const got = route([TEST, CODE], { session: last(SONNET, { inToolLoop: true }) }, { constraints });
    expect(got.target).toBe(SOL);
  });

  test('leaves a model at once when a budget asks for a cheaper one', () => {
    const budgets = [
      // biome-ignore lint/suspicious/noThenProperty: the policy language's own word; the object is data.
      { id: 'day', per: 'developer' as const, period: 'day' as const, usd: 10, then: { downgradeTo: SMALL } },
    ];
    const got = route([CODE], { session: last(SONNET), spent: spent({ day: 11 }) }, { budgets });
    expect(got.target).toBe(SMALL);
  });

  test('stays in the middle of a tool loop with a model that a budget has room for, though it has none for the route’s own', () => {
    const budgets = [
      // biome-ignore lint/suspicious/noThenProperty: the policy language's own word; the object is data.
      { id: 'day', per: 'developer' as const, period: 'day' as const, usd: 10, then: { downgradeTo: SMALL } },
    ];
    const inLoop = { session: last(SONNET, { inToolLoop: true }), tokens: 10_000 };
    // Opus may cost $0.1125, sonnet $0.0675.
    const fits = route([CODE, OTHER], { ...inLoop, spent: spent({ day: 9.9 }) }, { budgets });
    expect(fits.target).toBe(SONNET);
    expect(fits.said).toMatchObject([{ kind: 'pinned' }]);
    const doesNot = route([CODE, OTHER], { ...inLoop, spent: spent({ day: 9.95 }) }, { budgets });
    expect(doesNot.target).toBe(SMALL);
    expect(doesNot.said).toMatchObject([{ kind: 'switched', because: 'budget' }]);
  });

  test('is told what a switch would cost: the cached part at the full price, and from the cache', () => {
    const { said, lines } = route(
      [TEST],
      { session: last(SONNET, {}, 50_000) },
      { session: { pin: 'until-compaction' } },
    );
    // 50,000 tokens at $0.20 a million anew, and at $0.30 a million from the cache.
    expect(said).toMatchObject([
      { kind: 'pinned', target: SONNET, instead: SMALL, coldNanoUsd: 10_000_000, warmNanoUsd: 15_000_000 },
    ]);
    expect(lines.join('\n')).toContain('Stays with anthropic/claude-sonnet-5-5 until the conversation is compacted');
    expect(lines.join('\n')).toContain(
      'its 50,000 tokens read anew by copilot/mai-code-1.1-flash: $0.01, $0.015 from the cache',
    );
  });
});

describe('another attempt at a task', () => {
  const routes = { work: { use: SMALL, escalateTo: [OPUS, SONNET] } };
  const parts = { classes: [{ id: 'work', when: { kind: 'agent' as const } }], routes };
  test.each(['repeated', 'undone', 'checks-failed'] as const)('goes to "escalateTo" when %s', (retry) => {
    const got = route([CODE], { session: last(SMALL, { retry }) }, parts);
    expect(got.target).toBe(OPUS);
    expect(got.said[0]).toEqual({ kind: 'escalated', because: retry });
    expect(got.lines.join()).toContain('Escalated: ');
  });
  test('is constrained like the first', () => {
    const constraints = [{ id: 'no-opus', deny: ['*/claude-opus-*'], reason: 'too dear' }];
    expect(route([CODE], { session: session({ retry: 'repeated' }) }, { ...parts, constraints }).target).toBe(SONNET);
  });
  test('leaves a model that "escalateTo" names as well, and keeps to what it went to', () => {
    const both = { ...parts, routes: { work: { use: SONNET, escalateTo: [OPUS, SONNET] } } };
    expect(route([CODE], { session: last(SONNET, { retry: 'repeated' }) }, both).target).toBe(OPUS);
    const goesOn = last(OPUS, { retry: 'repeated', inToolLoop: true, isSameAttempt: true });
    expect(route([CODE], { session: goesOn }, both).target).toBe(OPUS);
  });
  test('stays where it is without "escalateTo"', () => {
    expect(route([CODE], { session: last(SONNET, { retry: 'repeated' }) }).target).toBe(SONNET);
  });
});

describe('a trial', () => {
  const trial = { id: 'cheaper', use: SOL, share: 50, until: '2026-12-01' };
  const parts = {
    classes: [{ id: 'work', when: { kind: 'agent' as const } }],
    routes: { work: { use: SONNET, trial } },
  };
  const taskOn = (arm: string) => {
    for (let n = 0; ; n++) if (armOf(trial, `task-${n}`) === arm) return session({ taskId: `task-${n}` });
  };
  test('sends the tasks on its arm elsewhere and says so of both arms', () => {
    const on = route([CODE], { session: taskOn('trial') }, parts);
    const off = route([CODE], { session: taskOn('control') }, parts);
    expect([on.target, off.target]).toEqual([SOL, SONNET]);
    expect([on.said, off.said]).toMatchObject([[{ kind: 'trial', arm: 'trial' }], [{ kind: 'trial', arm: 'control' }]]);
    expect(on.lines.join()).toContain('Trial cheaper until 2026-12-01');
  });
  test('falls back to the route', () => {
    expect(route([CODE], { session: taskOn('trial'), down: ['openai'] }, parts).target).toBe(SONNET);
  });
  test.each([
    ['once its date has come', { now: Date.UTC(2026, 11, 1), session: taskOn('trial') }, {}],
    ['without a conversation', {}, {}],
    ['where its condition does not hold', { session: taskOn('trial') }, { when: { files: ['**/*.md'] } }],
  ])('counts for nobody %s', (_, changes, more) => {
    const routes = { work: { use: SONNET, trial: { ...trial, ...more } } };
    const got = route([CODE], { now: NOON, ...changes }, { ...parts, routes });
    expect([got.target, got.said]).toEqual([SONNET, []]);
  });
});

describe('an override', () => {
  const ask = (target: string, more: object = {}): Changes => ({
    override: { target, by: 'person', usedToday: 0, reason: 'it got stuck', ...more },
  });
  const allowing = (overrides: object) => ({ overrides });

  test.each<[string, object, Changes, string]>([
    ['up', { direction: 'up' }, ask(OPUS), OPUS],
    ['down, where any direction is allowed', { direction: 'any' }, ask(SMALL), SMALL],
    ['that no constraint minds, off the route', {}, ask('google/gemini-4-argon'), 'google/gemini-4-argon'],
    ['without a reason, where none is required', { reason: 'optional' }, ask(OPUS, { reason: undefined }), OPUS],
  ])('%s is followed', (_, overrides, changes, target) => {
    const got = route([CODE], changes, allowing(overrides));
    expect(got.target).toBe(target);
    expect(got.said).toMatchObject([{ kind: 'overridden', target, instead: SONNET }]);
  });

  test.each<[string, object | undefined, Changes, string, string]>([
    ['where nobody speaks of overrides', undefined, ask(OPUS), 'forbidden', 'the policy allows no overrides'],
    ['where they are forbidden', { direction: 'none' }, ask(OPUS), 'forbidden', 'the policy allows no overrides'],
    ['down where only up is allowed', { direction: 'up' }, ask(SMALL), 'not-up', 'a dearer model only'],
    ['to an unpriced target where only up is', { direction: 'up' }, ask('openai/new'), 'not-up', 'a dearer model only'],
    [
      'to an equally dear target where only up is',
      { direction: 'up' },
      ask('bedrock-eu/claude-sonnet-5-5'),
      'not-up',
      'a dearer model only',
    ],
    ['without its reason', { reason: 'required' }, ask(OPUS, { reason: ' ' }), 'no-reason', 'Override Route'],
    ['beyond the day’s number', { maxPerDay: 2 }, ask(OPUS, { usedToday: 2 }), 'used-up', '2 a day'],
    ['of another team', { who: '@acme/staff' }, ask(OPUS), 'not-yours', '@acme/staff'],
    ['to what no target can be', {}, ask('large'), 'not-a-target', 'no such target'],
    ['to what a constraint refuses', {}, ask('openai/gpt-6.1-sol'), 'removed', 'not here'],
  ])('%s is refused with the rule’s reason', (_, overrides, changes, because, words) => {
    const constraints = [{ id: 'fence', deny: ['openai/gpt-6.1-*'], reason: 'not here' }];
    const got = route([CODE], changes, { constraints, ...(overrides ? { overrides } : {}) });
    expect(got.target).toBe(SONNET);
    expect(got.said).toMatchObject([{ kind: 'override-refused', because: { kind: because } }]);
    expect(got.lines.join('\n')).toContain(words);
  });

  test('is for those whom it names', () => {
    const overrides = { who: ['@acme/staff', '@acme/leads'] };
    expect(route([CODE], ask(OPUS), { overrides }, { team: 'leads' }).target).toBe(OPUS);
  });

  test('comes before what a session is used to', () => {
    expect(route([CODE], { session: last(SONNET), ...ask(OPUS) }, allowing({})).target).toBe(OPUS);
  });

  test('to the route’s own first choice ends a pin, where overrides are allowed', () => {
    const changes = { session: last(OPUS, { inToolLoop: true }), ...ask(SONNET) };
    expect(route([CODE], changes, allowing({})).target).toBe(SONNET);
    expect(route([CODE], changes).target).toBe(OPUS);
  });

  test('brings nothing back that is blocked', () => {
    const constraints = [{ id: 'shut', block: true as const, reason: 'shut' }];
    expect(route([CODE], ask(OPUS), { constraints, ...allowing({}) }).target).toBe('blocked');
  });
});
