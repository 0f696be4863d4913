import * as z from 'zod';
import type { FaultKind } from '../../chat/fault.ts';
import type { PriceSource } from '../../models/model.ts';
import type { RequestKind } from '../../policy/schema.ts';
import type { Attempt, AttemptOutcome, Surface } from '../attempt.ts';
import type { TaskOutcome } from '../task.ts';

/**
 * The closed record: everything that may leave this machine about its usage, and nothing else. The published JSON Schema,
 * `telemetry.json`, the table in the documentation and the types are made from what stands here. Every field is one of a
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

const wordOf = <const Words extends readonly string[]>(words: Words, description: string) =>
  z.enum([...words, OTHER]).describe(description);
const whole = (most: number, description: string) => z.int().min(0).max(most).describe(description);
const name = (description: string) => z.string().regex(NAME).describe(description);
const keyed = (description: string) =>
  z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .describe(description);

const id = z.uuidv4().describe('Random. The same event sent again has the same id, so that it counts once.');
const hour = z.string().regex(HOUR).describe('When it happened, rounded down to the hour, in UTC.');
const person = keyed(
  'A name for this installation that lasts 28 days: a hash of it and of the date, keyed with the team’s salt.',
);
const task = keyed('A name for the task, keyed in the same way.');
const policy = z
  .string()
  .regex(/^[0-9a-f]{1,16}$/)
  .describe('The first 16 characters of the policy’s hash: tells before a change of it from after.');
const labels = z
  .record(z.string().regex(LABEL_KEY), z.string().regex(LABEL_VALUE))
  .meta({ maxProperties: MOST_LABELS })
  .describe('The labels that the policy declares, such as a cost centre: the only free names.');
const simulated = z.literal(true).describe('It was answered by a simulated provider.');

/** What both kinds of events are about. */
const subject = {
  id,
  hour,
  person,
  surface: wordOf(surfaces, 'Where it came from.'),
  kind: wordOf(kinds, 'What it was for.'),
  class: name('The class of work, as the policy declares it.'),
  policy: policy.optional(),
  provider: name('Who serves the model: a provider that is well known, or that the policy declares.').optional(),
  model: name('The model: one of our catalogue, or one that the policy declares.').optional(),
  trial: name('The trial that it took part in, as the policy declares it.').optional(),
  arm: wordOf(arms, 'On which side of the trial.').optional(),
  labels: labels.optional(),
  simulated: simulated.optional(),
};

/** One call on one model, or one refusal. */
export const attemptEvent = z
  .strictObject({
    event: z.literal('attempt').describe('One call on one model, or one refusal.'),
    ...subject,
    task: task.optional(),
    rule: name('The rule that decided, as the policy declares it.'),
    place: whole(MOST_PLACES, 'Which candidate it was: 0 is the first.'),
    asked: name('The model that the client asked for, where it asked for one.').optional(),
    failedProvider: name('Of the target that failed before this one: its provider.').optional(),
    failedModel: name('Of the target that failed before this one: its model.').optional(),
    client: name('What sent the request, as far as it is a client that is known.').optional(),
    overridden: wordOf(overriders, 'Who asked for this model instead of the policy’s own choice.').optional(),
    outcome: wordOf(attemptOutcomes, 'How it ended.'),
    failure: wordOf(failureCodes, 'What went wrong, as a code.').optional(),
    inputTokens: whole(MOST_TOKENS, 'Input tokens that were neither read from nor written to a cache.').optional(),
    cacheReadTokens: whole(MOST_TOKENS, 'Input tokens that were read from a cache.').optional(),
    cacheWriteTokens: whole(MOST_TOKENS, 'Input tokens that were written to a cache.').optional(),
    outputTokens: whole(MOST_TOKENS, 'Output tokens, reasoning included.').optional(),
    reasoningTokens: whole(MOST_TOKENS, 'Output tokens that were reasoning.').optional(),
    estimated: z.literal(true).describe('The tokens were counted here, because the provider did not say.').optional(),
    costNanoUsd: whole(
      MOST_NANO_USD,
      'Its cost in billionths of a US dollar; left out where no price is known.',
    ).optional(),
    price: wordOf(priceSources, 'Where the price comes from.').optional(),
    billing: wordOf(billings, 'How it is billed.').optional(),
    billedNanoUsd: whole(MOST_NANO_USD, 'What will be billed for it, in billionths of a US dollar.').optional(),
    latencyMs: whole(MOST_MS, 'How long it took, in milliseconds, to two significant digits.').optional(),
    firstTokenMs: whole(MOST_MS, 'How long the first token took, likewise.').optional(),
  })
  .meta({ id: 'AttemptEvent' });

/** What is known of a task once it is closed, and each time that changes later. */
export const outcomeEvent = z
  .strictObject({
    event: z.literal('outcome').describe('What became of a task.'),
    ...subject,
    task,
    revision: whole(
      MOST_REVISIONS,
      'Counts what was told of this task: the highest holds, in whatever order they come.',
    ),
    outcome: wordOf(taskOutcomes, 'How far the task’s work is known to have got.'),
    previous: wordOf(taskOutcomes, 'What the revision before this one said.').optional(),
    survival: whole(100, 'How much of its text was left, in percent.').optional(),
  })
  .meta({ id: 'OutcomeEvent' });

/** The record. */
export const usageEvent = z.discriminatedUnion('event', [attemptEvent, outcomeEvent]);

/** The body of `POST {endpoint}/v1/ingest`. */
export const batch = z
  .strictObject({
    version: z.literal(WIRE_VERSION),
    skewMinutes: z
      .int()
      .min(-527_040)
      .max(527_040)
      .describe('By how much this machine’s clock was ahead of the server’s at the last answer.')
      .optional(),
    events: z.array(usageEvent).min(1).max(MOST_EVENTS),
  })
  .meta({ id: 'Batch' });

/**
 * The answer to a batch with status 200: every event of it was accepted, or had been before, or is refused for good. One
 * that is refused is never sent again.
 */
export const batchAnswer = z
  .object({
    accepted: z.int().min(0).describe('How many of the events are new.'),
    duplicate: z.int().min(0).describe('How many were there already.'),
    refused: z
      .array(z.object({ id: z.string().max(64), code: z.string().max(64) }))
      .max(MOST_EVENTS)
      .describe('Which will never be accepted, and a code that says why: "too-old", "invalid".'),
  })
  .meta({ id: 'BatchAnswer' });

export type AttemptEvent = z.output<typeof attemptEvent>;
export type OutcomeEvent = z.output<typeof outcomeEvent>;
export type UsageEvent = z.output<typeof usageEvent>;
export type BatchAnswer = z.output<typeof batchAnswer>;
