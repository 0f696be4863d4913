// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
import { describe, expect, it } from 'vitest';
import type { Budget } from '../policy/schema.ts';
import { decide } from './decide.ts';
import { explainDecision, refusalSentence } from './explain.ts';
import { type Changes, policyWith, spent, world } from './testing/world.ts';

const SONNET = 'anthropic/claude-sonnet-5-5';
const OPUS = 'anthropic/claude-opus-5-5';
const HAIKU = 'anthropic/claude-haiku-5-5';
const SMALL = 'copilot/mai-code-1.1-flash';
const LOCAL = 'onprem/qwen3-coder';

function outcome(
  route: readonly string[],
  budgets: readonly Budget[],
  changes: Changes = {},
  more: Parameters<typeof policyWith>[0] = {},
) {
  const decision = decide(
    policyWith({ default: [...route], budgets: [...budgets], ...more }),
    { kind: 'chat' },
    world(changes),
  );
  return {
    kept: decision.kept.map(({ target }) => target.target),
    did: decision.budgets.map(({ did }) => did),
    ask: decision.ask,
    by: decision.outcome.kind === 'blocked' ? decision.outcome.by : [],
    removed: decision.removed.map(({ target, reason }) => `${target.target}: ${reason.kind}`),
  };
}

const budget = (then: Budget['then'], more: Partial<Budget> = {}): Budget => ({
  id: 'b',
  per: 'developer',
  period: 'day',
  usd: 10,
  ...(then === undefined ? {} : { then }),
  ...more,
});

describe('when a budget acts', () => {
  it.each<[string, Budget, number, string]>([
    ['a warning at the limit', budget('warn'), 10, 'warned'],
    ['no warning below it', budget('warn'), 9.99, 'nothing'],
    ['no block at the limit', budget('block'), 10, 'nothing'],
    ['a block above it', budget('block'), 10.01, 'blocked'],
    ['a question above it', budget('ask'), 10.01, 'asked'],
    ['a budget without a step warns', budget(undefined), 10, 'warned'],
    ['an earlier step', budget('block', { steps: [{ at: 80, then: 'warn' }] }), 8, 'warned'],
    ['the stronger step of two', budget('block', { steps: [{ at: 80, then: 'ask' }] }), 10.01, 'blocked'],
    [
      'the stronger step, though it comes earlier',
      budget('warn', { steps: [{ at: 50, then: 'block' }] }),
      10.01,
      'blocked',
    ],
    [
      'a downgrade before a question',
      budget('ask', { steps: [{ at: 50, then: { downgradeTo: SMALL } }] }),
      11,
      'downgraded',
    ],
  ])('%s', (_name, written, usd, expected) => {
    expect(outcome([SONNET], [written], { spent: spent({ b: usd }) }).did).toEqual([expected]);
  });

  it('counts what is reserved', () => {
    const reserved = { b: { spentNanoUsd: 6e9, reservedNanoUsd: 5e9 } };
    expect(outcome([SONNET], [budget('block')], { spent: reserved }).did).toEqual(['blocked']);
  });
  it('counts the task for a budget per task', () => {
    const written = budget('block', { per: 'task' });
    expect(outcome([SONNET], [written], { spent: {}, taskSpentNanoUsd: 11e9 }).did).toEqual(['blocked']);
    expect(outcome([SONNET], [written], { spent: {}, taskSpentNanoUsd: 9e9 }).did).toEqual(['nothing']);
  });
  it('leaves alone what its condition does not cover', () => {
    const written = budget('block', { when: { kind: 'completion' } });
    expect(outcome([SONNET], [written], { spent: spent({ b: 99 }) }).did).toEqual([]);
  });
  it('acts where whether its condition covers the request is not known', () => {
    const written = budget('block', { when: { branch: ['release/*'] } });
    expect(outcome([SONNET], [written], { spent: spent({ b: 99 }) }).did).toEqual(['blocked']);
  });
});

describe('what is not known', () => {
  it('a closed budget takes unknown spend for too much', () => {
    expect(outcome([SONNET], [budget('block')], { spent: {} })).toMatchObject({ did: ['blocked'], by: ['b'] });
  });
  it('an open one says that it does not hold here', () => {
    expect(outcome([SONNET], [budget('block', { onUnknown: 'open' })], { spent: {} })).toMatchObject({
      kept: [SONNET],
      did: ['not-enforced'],
    });
  });
  const unpriced = { prices: { [SONNET]: undefined } };
  it('a closed budget keeps an unpriced target out, spent or not', () => {
    expect(outcome([SONNET, OPUS], [budget('warn')], unpriced)).toMatchObject({
      kept: [OPUS],
      removed: [`${SONNET}: budget-unpriced`],
    });
  });
  it('an open one lets it pass', () => {
    expect(outcome([SONNET, OPUS], [budget('warn', { onUnknown: 'open' })], unpriced).kept).toEqual([SONNET, OPUS]);
  });
});

describe('a block leaves what costs nothing', () => {
  const over = { spent: spent({ b: 11 }) };
  it('on the route', () => {
    expect(outcome([SONNET, LOCAL], [budget('block')], over)).toMatchObject({
      kept: [LOCAL],
      removed: [`${SONNET}: budget`],
    });
  });
  it('and refuses when there is nothing of the kind', () => {
    expect(outcome([SONNET], [budget('block')], over)).toMatchObject({ kept: [], by: ['b'] });
  });
  it('in warn mode it is a warning', () => {
    expect(outcome([SONNET], [budget('block')], over, { mode: 'warn' })).toMatchObject({
      kept: [SONNET],
      did: ['warned'],
    });
  });
  it('a block and a downgrade: the block is stronger', () => {
    const two = [budget('block'), budget({ downgradeTo: SMALL }, { id: 'c' })];
    expect(outcome([SONNET], two, { spent: spent({ b: 11, c: 11 }) })).toMatchObject({ kept: [], by: ['b', 'c'] });
  });
});

describe('a downgrade', () => {
  const over = { spent: spent({ b: 11 }) };
  const to = (...targets: string[]): Budget => budget({ downgradeTo: targets });
  it.each<[string, string[], Budget, string[]]>([
    ['takes the place of what is dearer', [OPUS, SONNET], to(SMALL, HAIKU), [SMALL, HAIKU]],
    ['is never dearer', [HAIKU], to(SONNET, SMALL), [SMALL]],
    ['keeps what is already cheaper', [SMALL, OPUS], to(HAIKU), [SMALL]],
    ['keeps old fallbacks that it names', [SMALL, HAIKU, OPUS], to(SMALL, HAIKU), [SMALL, HAIKU]],
    ['keeps what costs nothing as the last resort', [OPUS, LOCAL], to(SMALL), [SMALL, LOCAL]],
    ['does not replace what costs nothing', [LOCAL, OPUS], to(SMALL), [LOCAL]],
  ])('%s', (_name, route, written, expected) => {
    expect(outcome(route, [written], over).kept).toEqual(expected);
  });
  it('is constrained again', () => {
    const constraints = [{ id: 'no-copilot', deny: ['copilot/*'], reason: 'r' }];
    expect(outcome([OPUS], [to(SMALL, HAIKU)], over, { constraints }).kept).toEqual([HAIKU]);
    expect(outcome([OPUS], [to(SMALL)], over, { constraints })).toMatchObject({ kept: [], by: ['b', 'no-copilot'] });
  });
  it('compares by the estimate when the size is known', () => {
    expect(outcome([HAIKU], [to(SMALL, SONNET)], { ...over, tokens: 5000 }).kept).toEqual([SMALL]);
  });
  it('takes the later of two steps', () => {
    const steps = [{ at: 50, then: { downgradeTo: HAIKU } }];
    expect(outcome([OPUS], [budget({ downgradeTo: SMALL }, { steps })], over).kept).toEqual([SMALL]);
  });
  it('says which budget brought a target in', () => {
    const decision = decide(policyWith({ default: OPUS, budgets: [to(SMALL)] }), { kind: 'chat' }, world(over));
    expect(decision.kept).toMatchObject([{ broughtBy: 'b' }]);
    expect(decision.why.find(({ kind }) => kind === 'routed')).toEqual({ kind: 'routed', target: SMALL });
  });
});

describe('a budget that asks', () => {
  const over = { spent: spent({ b: 11 }) };
  it('does not change the route', () => {
    expect(outcome([SONNET], [budget('ask')], over)).toMatchObject({ kept: [SONNET], ask: true, did: ['asked'] });
  });
  it('has nothing to ask where nothing would be spent', () => {
    expect(outcome([LOCAL], [budget('ask')], over)).toMatchObject({ kept: [LOCAL], ask: false });
  });
  it('goes on when a person allows it', () => {
    const yes = { ...over, answers: { b: 'yes' } } as const;
    expect(outcome([SONNET], [budget('ask')], yes)).toMatchObject({ kept: [SONNET], ask: false, did: ['permitted'] });
  });
  it('leaves what costs nothing when nobody does', () => {
    const no = { ...over, answers: { b: 'no' } } as const;
    expect(outcome([SONNET, LOCAL], [budget('ask')], no)).toMatchObject({
      kept: [LOCAL],
      ask: false,
      did: ['blocked'],
    });
    expect(outcome([SONNET], [budget('ask')], no)).toMatchObject({ kept: [], by: ['b'] });
  });
  it('that was not reached does not mind what was said', () => {
    const no = { spent: spent({ b: 9 }), answers: { b: 'no' } } as const;
    expect(outcome([SONNET], [budget('ask')], no)).toMatchObject({ kept: [SONNET], ask: false, did: ['nothing'] });
  });
  it('is not asked again for a stronger step: what blocks, blocks', () => {
    const yes = { ...over, answers: { b: 'yes' } } as const;
    const steps = [{ at: 50, then: 'ask' as const }];
    expect(outcome([SONNET], [budget('block', { steps })], yes)).toMatchObject({ kept: [], did: ['blocked'] });
  });
  it('says how to allow more when it refuses', () => {
    const state = world({ ...over, answers: { b: 'no' } });
    const decision = decide(policyWith({ default: SONNET, budgets: [budget('ask')] }), { kind: 'chat' }, state);
    expect(refusalSentence(decision)).toBe(
      'Refused by budget `b` (yours): $11.00 of $10.00 a day is spent. It asks before more is spent, and nobody has allowed it: run "Routing Policy: Allow More of a Budget" in an editor that has this folder open, or use a model that costs nothing.',
    );
  });
});

/** Of 10,000 tokens in and 2,000 out, at most: opus $0.1125, sonnet $0.0675, haiku $0.0225, the small one $0.0049. */
const sized = (usd: number, more: Changes = {}): Changes => ({ spent: spent({ b: usd }), tokens: 10_000, ...more });

describe('what the request itself would set aside', () => {
  it.each<[string, string[], Budget, number, string[], string]>([
    ['is served where it fits', [OPUS], budget('block'), 9.8875, [OPUS], 'nothing'],
    ['is refused where it does not', [OPUS], budget('block'), 9.8876, [], 'blocked'],
    ['leaves the targets that fit', [OPUS, SONNET, HAIKU], budget('block'), 9.9, [SONNET, HAIKU], 'kept-out'],
    ['leaves what costs nothing', [OPUS, LOCAL], budget('block'), 9.9, [LOCAL], 'blocked'],
    ['leaves what costs nothing, and says that it acted', [LOCAL, OPUS], budget('block'), 9.9, [LOCAL], 'blocked'],
    ['is asked about', [OPUS], budget('ask'), 9.9, [OPUS], 'asked'],
    ['is not asked about where it fits', [OPUS], budget('ask'), 9.8, [OPUS], 'nothing'],
    ['warns of nothing yet', [OPUS], budget('warn'), 9.99, [OPUS], 'nothing'],
    ['is downgraded', [OPUS], budget({ downgradeTo: HAIKU }), 9.9, [HAIKU], 'downgraded'],
    [
      'is downgraded, and what fits stays behind it',
      [OPUS, SONNET],
      budget({ downgradeTo: HAIKU }),
      9.9,
      [HAIKU, SONNET],
      'downgraded',
    ],
    [
      'stays where the first fits, with the downgrade behind it',
      [SONNET, OPUS],
      budget({ downgradeTo: HAIKU }),
      9.9,
      [SONNET, HAIKU],
      'kept-out',
    ],
    [
      'is downgraded to what fits below the block',
      [OPUS],
      budget('block', { steps: [{ at: 80, then: { downgradeTo: [SONNET, HAIKU] } }] }),
      9.95,
      [HAIKU],
      'downgraded',
    ],
    [
      'is blocked where the downgrade does not fit either',
      [OPUS],
      budget('block', { steps: [{ at: 80, then: { downgradeTo: HAIKU } }] }),
      9.98,
      [],
      'blocked',
    ],
    [
      'goes to the first of two downgrades that has room',
      [OPUS],
      budget({ downgradeTo: SMALL }, { steps: [{ at: 98, then: { downgradeTo: HAIKU } }] }),
      9.95,
      [HAIKU],
      'downgraded',
    ],
    [
      'goes on to the second where the first has none',
      [OPUS],
      budget({ downgradeTo: SMALL }, { steps: [{ at: 98, then: { downgradeTo: HAIKU } }] }),
      9.98,
      [SMALL],
      'downgraded',
    ],
  ])('%s', (_name, route, written, usd, kept, did) => {
    expect(outcome(route, [written], sized(usd))).toMatchObject({ kept, did: [did] });
  });
  it('counts beside what others have set aside', () => {
    const reserved = { b: { spentNanoUsd: 9e9, reservedNanoUsd: 0.9e9 } };
    expect(outcome([OPUS, SONNET], [budget('block')], sized(0, { spent: reserved })).kept).toEqual([SONNET]);
  });
  it('counts for a budget per task', () => {
    const task = { spent: {}, taskSpentNanoUsd: 9.9e9 };
    expect(outcome([OPUS, SONNET], [budget('block', { per: 'task' })], sized(0, task)).kept).toEqual([SONNET]);
  });
  it('decides nothing where its size is not known', () => {
    expect(outcome([OPUS], [budget('block')], { spent: spent({ b: 10 }) })).toMatchObject({ kept: [OPUS] });
  });
  it('is only warned of in warn mode', () => {
    expect(outcome([OPUS, SONNET], [budget('block')], sized(9.9), { mode: 'warn' })).toMatchObject({
      kept: [OPUS, SONNET],
      did: ['warned'],
    });
  });
  it('is asked about for the first that costs, whoever comes before and behind it', () => {
    expect(outcome([LOCAL, OPUS, SONNET], [budget('ask')], sized(9.9))).toMatchObject({ ask: true, did: ['asked'] });
    expect(outcome([SONNET, OPUS], [budget('ask')], sized(9.9))).toMatchObject({ ask: false, did: ['nothing'] });
  });
  it('is asked about for whom it goes to in the end: the first may be down, or another be wished for', () => {
    const down = outcome([SONNET, OPUS], [budget('ask')], sized(9.9, { down: [SONNET] }));
    expect(down).toMatchObject({ kept: [OPUS], ask: true, did: ['asked'] });
    const wish = { target: OPUS, by: 'person', reason: 'hard', usedToday: 0 } as const;
    const wished = outcome([SONNET, OPUS], [budget('ask')], sized(9.9, { override: wish }), {
      overrides: { direction: 'any' },
    });
    expect(wished).toMatchObject({ kept: [OPUS, SONNET], ask: true, did: ['asked'] });
  });
  it('leaves what fits where nobody allows more', () => {
    const no = sized(9.9, { answers: { b: 'no' } });
    expect(outcome([OPUS, SONNET], [budget('ask')], no)).toMatchObject({
      kept: [SONNET],
      ask: false,
      did: ['kept-out'],
    });
  });
  it('keeps a wish out, and a conversation from staying, as it keeps out a target of the route', () => {
    const wish = { target: OPUS, by: 'person', reason: 'hard', usedToday: 0 } as const;
    const wished = decide(
      policyWith({ default: HAIKU, budgets: [budget('block')], overrides: { direction: 'any' } }),
      { kind: 'chat' },
      world(sized(9.9, { override: wish })),
    );
    expect(wished.why.find(({ kind }) => kind === 'override-refused')).toMatchObject({
      because: { reason: { kind: 'budget', shortfall: { requestNanoUsd: 112_500_000, leftNanoUsd: 100_000_000 } } },
    });
    expect(wished.outcome).toMatchObject({ kind: 'routed', target: { target: HAIKU } });
  });
  it('is exactly what the decision says that it may cost', () => {
    const decision = decide(
      policyWith({ default: OPUS, budgets: [budget('block')] }),
      { kind: 'chat' },
      world(sized(0)),
    );
    expect(decision.cost).toMatchObject({ highNanoUsd: 112_500_000 });
  });
});

describe('a budget that is leased', () => {
  const leased = (spentNanoUsd: number, more: object = {}) => ({
    b: { spentNanoUsd, reservedNanoUsd: 10e9 - spentNanoUsd, lease: { ceilingNanoUsd: 10e9, ...more } },
  });
  it('has granted what a request takes of a lease, whatever others are said to hold', () => {
    expect(outcome([OPUS], [budget('block')], sized(0, { spent: leased(4e9) })).kept).toEqual([OPUS]);
  });
  it('of which no more is to be had has room for what fits', () => {
    const short = { spent: leased(4e9, { mostNanoUsd: 70_000_000 }) };
    expect(outcome([OPUS, SONNET], [budget('block')], sized(0, short))).toMatchObject({
      kept: [SONNET],
      did: ['kept-out'],
    });
  });
  it('counts the request for steps below what is leased', () => {
    const steps = [{ at: 50, then: { downgradeTo: HAIKU } }];
    const early = { spent: { b: { spentNanoUsd: 4.9e9, reservedNanoUsd: 0, lease: { ceilingNanoUsd: 10e9 } } } };
    expect(outcome([OPUS], [budget('block', { steps })], sized(0, early)).kept).toEqual([HAIKU]);
  });
});

describe('what people read of a budget that has no room for a request', () => {
  const refusal = (written: Budget, changes: Changes, route: string | string[] = OPUS): string =>
    refusalSentence(
      decide(policyWith({ default: route, budgets: [written] }), { kind: 'chat' }, world(changes)),
      '@acme/owners',
    );
  it.each<[string, Budget, Changes, string]>([
    [
      'what is left, what it may cost, and what to do',
      budget('block'),
      sized(9.9),
      'Refused by budget `b` (yours): $9.90 of $10.00 a day is spent; $0.10 is left, and this request may cost up to $0.1125 on anthropic/claude-opus-5-5. Wait until midnight UTC, send less, use a model that costs less or nothing, or ask @acme/owners to raise it.',
    ],
    [
      'up to which step',
      budget(undefined, { steps: [{ at: 80, then: 'block' }] }),
      sized(7.9),
      'Refused by budget `b` (yours): $7.90 of $10.00 a day is spent; $0.10 is left up to 80 percent of it, and this request may cost up to $0.1125 on anthropic/claude-opus-5-5. Wait until midnight UTC, send less, use a model that costs less or nothing, or ask @acme/owners to raise it.',
    ],
    [
      'that waiting does not help where it is more than all of it',
      budget('block', { usd: 0.1 }),
      sized(0),
      'Refused by budget `b` (yours): $0 of $0.10 a day is spent; $0.10 is left, and this request may cost up to $0.1125 on anthropic/claude-opus-5-5. Send less, use a model that costs less or nothing, or ask @acme/owners to raise it: it is less than this request may cost.',
    ],
    [
      'that others may give some back',
      budget('block'),
      sized(0, { spent: { b: { spentNanoUsd: 9e9, reservedNanoUsd: 0.9e9 } } }),
      'Refused by budget `b` (yours): $9.00 of $10.00 a day is spent, and requests under way have set $0.90 aside; $0.10 is left, and this request may cost up to $0.1125 on anthropic/claude-opus-5-5. Try again when those requests are answered, or in ten minutes where one was killed.',
    ],
    [
      'nothing of that where what others give back would not be enough',
      budget('block'),
      sized(0, { spent: { b: { spentNanoUsd: 9.9e9, reservedNanoUsd: 0.005e9 } } }),
      'Refused by budget `b` (yours): $9.90 of $10.00 a day is spent, and requests under way have set $0.005 aside; $0.095 is left, and this request may cost up to $0.1125 on anthropic/claude-opus-5-5. Wait until midnight UTC, send less, use a model that costs less or nothing, or ask @acme/owners to raise it.',
    ],
  ])('%s', (_name, written, changes, words) => {
    expect(refusal(written, changes)).toBe(words);
  });
  it('what was kept out, and what for', () => {
    const decision = decide(
      policyWith({ default: [OPUS, SONNET], budgets: [budget('block')] }),
      { kind: 'chat' },
      world(sized(9.9)),
    );
    expect(explainDecision(decision).lines).toEqual(
      expect.arrayContaining([
        'Budget `b` keeps out what it has no room for: $9.90 of $10.00 a day is spent; $0.10 is left, and this request may cost up to $0.1125 on anthropic/claude-opus-5-5.',
        'anthropic/claude-opus-5-5 may cost up to $0.1125, and budget `b` has $0.10 left.',
      ]),
    );
  });
});

describe('money that requests under way have set aside', () => {
  it('is told apart from what is spent, with when to try again', () => {
    const state = world({ spent: { b: { spentNanoUsd: 1e9, reservedNanoUsd: 10e9 } } });
    const decision = decide(policyWith({ default: SONNET, budgets: [budget('block')] }), { kind: 'chat' }, state);
    expect(refusalSentence(decision)).toBe(
      'Refused by budget `b` (yours): $1.00 of $10.00 a day is spent, and requests under way have set $10.00 aside. Try again when those requests are answered, or in ten minutes where one was killed.',
    );
  });
});
