import type { AttemptEvent, OutcomeEvent } from './event.ts';

// What people read of each field, in the published schema, in telemetry.json and in the documentation.

const subject = {
  id: 'Its hour and a random number. The same event sent again has the same id, so that it counts once.',
  hour: 'When it happened, rounded down to the hour, in UTC.',
  person: 'A name for this installation that lasts 28 days: a hash of it and of the date, keyed with the team’s salt.',
  surface: 'Where it came from.',
  kind: 'What it was for.',
  class: 'The class of work, as the policy declares it.',
  policy:
    'A name for the policy, keyed with the team’s salt and the same for all of the team: tells before a change of it from after.',
  provider: 'Who serves the model: a provider that is well known, or that the policy declares.',
  model: 'The model: one of our catalogue, or one that the policy declares.',
  trial: 'The trial that it took part in, as the policy declares it.',
  arm: 'On which side of the trial.',
  labels: 'The labels that the policy declares, such as a cost centre: the only free names.',
  simulated: 'It was answered by a simulated provider.',
  task: 'A name for the task, keyed in the same way.',
};

/** One call on one model, or one refusal. A field without words does not compile. */
export const attemptWords: { readonly [Field in keyof AttemptEvent]-?: string } = {
  ...subject,
  event: 'One call on one model, or one refusal.',
  rule: 'The rule that decided, as the policy declares it.',
  place: 'Which candidate it was: 0 is the first.',
  asked: 'The model that the client asked for, where it asked for one.',
  failedProvider: 'Of the target that failed before this one: its provider.',
  failedModel: 'Of the target that failed before this one: its model.',
  client: 'What sent the request, as far as it is a client that is known.',
  overridden: 'Who asked for this model instead of the policy’s own choice.',
  outcome: 'How it ended.',
  failure: 'What went wrong, as a code.',
  inputTokens: 'Input tokens that were neither read from nor written to a cache.',
  cacheReadTokens: 'Input tokens that were read from a cache.',
  cacheWriteTokens: 'Input tokens that were written to a cache.',
  outputTokens: 'Output tokens, reasoning included.',
  reasoningTokens: 'Output tokens that were reasoning.',
  estimated: 'The tokens were counted here, because the provider did not say.',
  costNanoUsd: 'Its cost in billionths of a US dollar; left out where no price is known.',
  price: 'Where the price comes from.',
  billing: 'How it is billed.',
  billedNanoUsd: 'What will be billed for it, in billionths of a US dollar.',
  latencyMs: 'How long it took, in milliseconds, to two significant digits.',
  firstTokenMs: 'How long the first token took, likewise.',
};

/** What became of a task. */
export const outcomeWords: { readonly [Field in keyof OutcomeEvent]-?: string } = {
  ...subject,
  event: 'What became of a task.',
  revision: 'Counts what was told of this task: the highest holds, in whatever order they come.',
  outcome: 'How far the task’s work is known to have got.',
  previous: 'What the revision before this one said.',
  survival: 'How much of its text was left, in percent.',
};

/** The batch around them, and the answer to it. */
export const batchWords: Readonly<Record<string, string>> = {
  accepted: 'How many of the events are new.',
  duplicate: 'How many were there already.',
  refused: 'Which will never be accepted, and a code that says why: "too-old", "invalid".',
};
