// Where a class of work goes: `classes`, `routes`, `default`, `models` and what a target says.
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { toRouter, type UsageReportParams, type UsageReportResult } from '../../../src/contract/messages.ts';
import { rootOf } from '../../host/routerStage.ts';
import {
  type Bench,
  CORE,
  CORE_TEST,
  HAIKU,
  is,
  LUNA,
  OPUS,
  type Request,
  type Seen,
  SOL,
  SONNET,
  type Teeth,
  type Tooth,
} from './bench.ts';

const REVIEW = { review: { senior: { who: '@acme/staff', approvals: 2, within: '2d' } } };
const LATER = '2999-01-01';
const LONG_AGO = '2020-01-01';

/** A policy with these parts of a route in one of the three places that take them. */
type Place = (route: object) => object;
const ofDefault: Place = (route) => ({ default: { use: SONNET, ...route } });
const ofRoute: Place = (route) => ({
  classes: [{ id: 'all', when: { kind: ['chat', 'agent'] } }],
  routes: { all: { use: SONNET, ...route } },
});
const ofClass: Place = (route) => ({
  classes: [{ id: 'all', when: { kind: ['chat', 'agent'] }, use: SONNET, ...route }],
});

export function routeTeeth(bench: Bench): Teeth {
  const { under, send, stage } = bench;

  /** What the usage report says of the class that a chat is of, when twenty tasks of it have failed. */
  const reported = async (policy: object): Promise<unknown> => {
    const { class: ofClass } = await under(policy);
    const task = `'chat', 'agent', '${ofClass}', 'hash', 'anthropic', 'claude-sonnet-5-5', 'failed', 1`;
    bench.ledger(`
      DELETE FROM tasks;
      INSERT INTO tasks (id, opened_at, last_at, surface, kind, class, policy_hash, provider, model, outcome, settled)
      SELECT value, 0, 0, ${task} FROM json_each('[${Array.from({ length: 20 }, (_, n) => `"${n}"`)}]')`);
    const params: UsageReportParams = { since: 0, roots: rootOf(stage.repository.folder) };
    const { heat } = await stage.client.connection.sendRequest<UsageReportResult>(toRouter.usageReport, params);
    return heat.rows[0];
  };

  const common = (at: string, place: Place): Teeth => ({
    [`${at}.use`]: () => is(under(place({ use: LUNA })), LUNA),
    [`${at}.review`]: () =>
      is(under({ ...REVIEW, ...place({ review: 'senior' }) }), SONNET, /Gate `senior` is not enforced here/),
    [`${at}.maxCostUsd`]: () => is(under(place({ maxCostUsd: 0.000_001 })), 'blocked', /could bring the task to/),
    [`${at}.passFloor`]: async () => {
      const judged = { passFloor: 0.5, seniorReview: true, cells: { [SONNET]: { belowFloor: true } } };
      expect(await reported(place({ passFloor: 0.5 }))).toMatchObject(judged);
      expect(await reported(place({}))).not.toHaveProperty('passFloor');
    },
  });

  const withTrial = (place: Place, changes: object): Promise<Seen> =>
    under(place({ trial: { id: 'cheaper', use: LUNA, share: 100, until: LATER, ...changes } }), {
      conversationId: randomUUID(),
    });
  const attempts = (at: string, place: Place): Teeth => ({
    [`${at}.escalateTo`]: async () => {
      const same: Request = { conversationId: randomUUID(), text: 'mend the till' };
      await is(under(place({ escalateTo: OPUS }), same), SONNET);
      await is(send(same), OPUS, /Escalated: the same was asked again/);
    },
    [`${at}.trial.id`]: () => is(withTrial(place, {}), LUNA, /Trial cheaper until 2999-01-01/),
    [`${at}.trial.use`]: () => is(withTrial(place, { use: HAIKU }), HAIKU),
    [`${at}.trial.when`]: () => is(withTrial(place, { when: { kind: 'plan' } }), SONNET),
    [`${at}.trial.share`]: () => is(withTrial(place, { share: 0 }), SONNET, /control arm/),
    [`${at}.trial.until`]: () => is(withTrial(place, { until: LONG_AGO }), SONNET),
  });

  /** What is sent for an effort; a model takes the nearest that it has. */
  const thinks =
    (effort: string): Tooth =>
    async () => {
      await is(under({ default: { use: { model: SOL, effort } } }), SOL);
      const plain = { default: { use: SOL } };
      const asked = stage.simulated.openai.requests.at(-1)?.body['reasoning'];
      expect(asked).toMatchObject({ effort: effort === 'minimal' ? 'none' : effort });
      await is(under(plain), SOL);
      expect(stage.simulated.openai.requests.at(-1)?.body['reasoning']).not.toEqual(asked);
    };

  return {
    ...common('default', ofDefault),
    ...attempts('default', ofDefault),
    ...common('routes.*', ofRoute),
    ...attempts('routes.*', ofRoute),
    ...common('classes', ofClass),
    default: () => is(under({ default: LUNA }), LUNA),
    'classes.id': async () => {
      expect(await under({ classes: [{ id: 'chatter', when: { kind: 'chat' }, use: HAIKU }] })).toMatchObject({
        class: 'chatter',
      });
    },
    'classes.when': async () => {
      const policy = { classes: [{ id: 'tests', when: { files: ['**/*.test.ts'] }, use: HAIKU }] };
      await is(under(policy, { works: [CORE_TEST] }), HAIKU);
      await is(under(policy, { works: [CORE] }), SONNET, /Passed over `tests`/);
    },
    'classes.description': { none: 'It is for people; no request is decided by it.' },
    models: async () => {
      await is(under({ models: { mid: [LUNA, SOL] }, default: 'mid' }), LUNA, /If it fails: openai\/gpt-6-sol/);
    },
    'Target.model': () => is(under({ default: { use: { model: OPUS } } }), OPUS),
    'Target.maxOutputTokens': async () => {
      await is(under({ default: { use: { model: SONNET, maxOutputTokens: 123 } } }), SONNET);
      expect(stage.simulated.anthropic.requests.at(-1)?.body['max_tokens']).toBe(123);
    },
    ...Object.fromEntries(
      ['none', 'minimal', 'low', 'medium', 'high', 'max'].map((word) => [`Target.effort: ${word}`, thinks(word)]),
    ),
    'review.*.who': () =>
      is(under({ ...REVIEW, ...ofDefault({ review: 'senior' }) }), SONNET, /approvals by @acme\/staff/),
    'review.*.approvals': () => is(under({ ...REVIEW, ...ofDefault({ review: 'senior' }) }), SONNET, /2 approvals/),
    'review.*.within': () => is(under({ ...REVIEW, ...ofDefault({ review: 'senior' }) }), SONNET, /within 2d/),
  };
}
