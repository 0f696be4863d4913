import * as z from 'zod';
import type { FaultKind } from '../../chat/fault.ts';
import type { PriceSource } from '../../models/model.ts';
import type { RequestKind } from '../../policy/schema.ts';
import type { Attempt, AttemptOutcome, Surface } from '../attempt.ts';
import type { TaskOutcome } from '../task.ts';
import { isOfHour } from './eventId.ts';

/**
 * The closed record: everything that may leave this machine about its usage, and nothing else. The published JSON Schema,
 * `telemetry.json`, the table in the documentation and the types are made from what stands here, with the words of
 * {@link ./eventWords.ts} for people, which no process that sends need carry. Every field is one of a
 * few words, a bounded whole number, a name that the policy declares or our catalogue knows, a random id, or a keyed hash.
 */

/** The version of the wire: {@link batch}. */
export const WIRE_VERSION = 1;
/** Events of one batch, at most. */
export const MOST_EVENTS = 1_000;
/** What stands for every name that is neither declared nor known. */
export const OTHER = 'other';

const HOUR = /^\d{4}-(?:0\d|1[0-2])-(?:[0-2]\d|3[01])T(?:[01]\d|2[0-3]):00Z$/;
/** Of names: no space, slash, backslash or @, so that no path, address, sentence or e-mail is one. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;
export const LABEL_KEY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;
export const LABEL_VALUE = /^[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,46}[A-Za-z0-9])?$/;
export const MOST_LABELS = 8;
export const MOST_TOKENS = 1_000_000_000;
export const MOST_NANO_USD = 1_000_000_000_000_000;
export const MOST_MS = 86_400_000;
export const MOST_PLACES = 99;
export const MOST_REVISIONS = 99;

/** All words of a union, so that one which is missing does not compile. */
function allOf<Word extends string>() {
  return <const Words extends readonly Word[]>(words: [Word] extends [Words[number]] ? Words : never): Words => words;
}

export const surfaces = allOf<Surface>()([
  'completion',
  'chat',
  'agent',
  'inline-chat',
  'utility',
  'extension',
  'participant',
  'gateway',
  'cli',
]);
export const kinds = allOf<RequestKind>()([
  'completion',
  'chat',
  'edit',
  'agent',
  'plan',
  'commit-message',
  'title',
  'review',
]);
export const attemptOutcomes = allOf<AttemptOutcome>()([
  'served',
  'shown',
  'accepted',
  'rejected',
  'cancelled',
  'failed',
  'cut',
  'blocked',
  'unserved',
]);
export const taskOutcomes = allOf<TaskOutcome>()([
  'open',
  'delivered',
  'accepted',
  'kept',
  'committed',
  'rejected',
  'undone',
  'unverified',
  'unknown',
  'unseen',
  'failed',
]);
export const failureCodes = allOf<FaultKind>()([
  'authentication',
  'permission',
  'quota',
  'rate-limit',
  'overload',
  'server',
  'bad-request',
  'context-too-long',
  'content-refused',
  'not-found',
  'network',
  'timeout',
  'cut',
  'malformed',
  'cancelled',
]);
export const priceSources = allOf<PriceSource>()([
  'user',
  'policy',
  'team',
  'overlay',
  'genai-prices',
  'simulated',
  'local',
]);
export const billings = allOf<NonNullable<Attempt['billing']>>()(['metered', 'pool', 'seat']);
export const arms = allOf<NonNullable<Attempt['arm']>>()(['trial', 'control']);
export const overriders = allOf<NonNullable<Attempt['overridden']>>()(['person', 'client']);

const wordOf = <const Words extends readonly string[]>(words: Words) => z.enum([...words, OTHER]);
const whole = (most: number) => z.int().min(0).max(most);
const name = z.string().regex(NAME);
const keyed = z.string().regex(/^[0-9a-f]{16}$/);
const labels = z
  .record(z.string().regex(LABEL_KEY), z.string().regex(LABEL_VALUE))
  .meta({ maxProperties: MOST_LABELS });

/** What a JSON Schema cannot say: an id begins with its event's hour. */
const ofItsHour = { path: ['id'], message: 'an id begins with the hour of its event' };

/** What both kinds of events are about. */
const subject = {
  id: z.uuidv7(),
  hour: z.string().regex(HOUR),
  person: keyed,
  surface: wordOf(surfaces),
  kind: wordOf(kinds),
  class: name,
  policy: keyed.optional(),
  provider: name.optional(),
  model: name.optional(),
  trial: name.optional(),
  arm: wordOf(arms).optional(),
  labels: labels.optional(),
  simulated: z.literal(true).optional(),
};

/** One call on one model, or one refusal. */
export const attemptEvent = z
  .strictObject({
    event: z.literal('attempt'),
    ...subject,
    task: keyed.optional(),
    rule: name,
    place: whole(MOST_PLACES),
    asked: name.optional(),
    failedProvider: name.optional(),
    failedModel: name.optional(),
    client: name.optional(),
    overridden: wordOf(overriders).optional(),
    outcome: wordOf(attemptOutcomes),
    failure: wordOf(failureCodes).optional(),
    inputTokens: whole(MOST_TOKENS).optional(),
    cacheReadTokens: whole(MOST_TOKENS).optional(),
    cacheWriteTokens: whole(MOST_TOKENS).optional(),
    outputTokens: whole(MOST_TOKENS).optional(),
    reasoningTokens: whole(MOST_TOKENS).optional(),
    estimated: z.literal(true).optional(),
    costNanoUsd: whole(MOST_NANO_USD).optional(),
    price: wordOf(priceSources).optional(),
    billing: wordOf(billings).optional(),
    billedNanoUsd: whole(MOST_NANO_USD).optional(),
    latencyMs: whole(MOST_MS).optional(),
    firstTokenMs: whole(MOST_MS).optional(),
  })
  .refine(isOfHour, ofItsHour)
  .meta({ id: 'AttemptEvent' });

/** What is known of a task once it is closed, and each time that changes later. */
export const outcomeEvent = z
  .strictObject({
    event: z.literal('outcome'),
    ...subject,
    task: keyed,
    revision: whole(MOST_REVISIONS),
    outcome: wordOf(taskOutcomes),
    previous: wordOf(taskOutcomes).optional(),
    survival: whole(100).optional(),
  })
  .refine(isOfHour, ofItsHour)
  .meta({ id: 'OutcomeEvent' });

/** The record. */
export const usageEvent = z.discriminatedUnion('event', [attemptEvent, outcomeEvent]);

/** The body of `POST {endpoint}/v1/ingest`. */
export const batch = z
  .strictObject({
    version: z.literal(WIRE_VERSION),
    events: z.array(usageEvent).min(1).max(MOST_EVENTS),
  })
  .meta({ id: 'Batch' });

/**
 * The answer to a batch with status 200: every event of it was accepted, or had been before, or is refused for good. One
 * that is refused is never sent again.
 */
export const batchAnswer = z
  .object({
    accepted: z.int().min(0),
    duplicate: z.int().min(0),
    refused: z.array(z.object({ id: z.string().max(64), code: z.string().max(64) })).max(MOST_EVENTS),
  })
  .meta({ id: 'BatchAnswer' });

export type AttemptEvent = z.output<typeof attemptEvent>;
export type OutcomeEvent = z.output<typeof outcomeEvent>;
export type UsageEvent = z.output<typeof usageEvent>;
export type BatchAnswer = z.output<typeof batchAnswer>;
