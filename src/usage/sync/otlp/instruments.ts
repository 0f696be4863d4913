import type { AttemptEvent, OutcomeEvent, UsageEvent } from '../event.ts';

/** The attributes of one measurement; undefined ones are left out. */
export type Attributes = Readonly<Record<string, string | boolean | undefined>>;

export interface Measurement {
  readonly value: number;
  readonly attributes: Attributes;
}

/** How measurements with the same attributes become one point. */
export type Aggregation =
  /** `falls`: it may be negative too. */
  | { readonly kind: 'sum'; readonly falls?: true; readonly fraction?: true }
  | { readonly kind: 'histogram'; readonly bounds: readonly number[] };

/** One metric, and what of an event it measures. */
export interface Instrument {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly aggregation: Aggregation;
  measure(event: UsageEvent): readonly Measurement[];
}

const SECONDS: Aggregation = {
  kind: 'histogram',
  bounds: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
};
const TOKENS: Aggregation = {
  kind: 'histogram',
  bounds: [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864],
};
const NANO = 1_000_000_000;

/** What OpenTelemetry calls the providers that it has names for. */
export const PROVIDER_NAMES: Readonly<Record<string, string>> = {
  azure: 'azure.ai.openai',
  bedrock: 'aws.bedrock',
  gemini: 'gcp.gemini',
  mistral: 'mistral_ai',
  codestral: 'mistral_ai',
  vertex: 'gcp.vertex_ai',
  xai: 'x_ai',
};

function routingAttributes({ class: classOfWork, simulated, labels }: AttemptEvent | OutcomeEvent): Attributes {
  const named = Object.entries(labels ?? {}).map(([key, value]) => [`routing.label.${key}`, value] as const);
  return { 'routing.class': classOfWork, 'routing.simulated': simulated, ...Object.fromEntries(named) };
}

function callAttributes(event: AttemptEvent): Attributes {
  const provider = event.provider ?? 'other';
  return {
    'gen_ai.operation.name': event.kind === 'completion' ? 'text_completion' : 'chat',
    'gen_ai.provider.name': PROVIDER_NAMES[provider] ?? provider,
    'gen_ai.request.model': event.model,
    'error.type': event.failure,
    ...routingAttributes(event),
  };
}

/** Of a call, a number that is known; nothing of anything else. */
function ofCall(
  pick: (event: AttemptEvent) => number | undefined,
  attributes: (event: AttemptEvent) => Attributes = callAttributes,
): Instrument['measure'] {
  return (event) => {
    if (event.event !== 'attempt' || event.model === undefined) return [];
    const value = pick(event);
    return value === undefined ? [] : [{ value, attributes: attributes(event) }];
  };
}

/** The conventions count all input, read from a cache or not. */
function allInput({ inputTokens, cacheReadTokens, cacheWriteTokens }: AttemptEvent): number | undefined {
  return inputTokens === undefined ? undefined : inputTokens + (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0);
}

const seconds = ({ latencyMs }: AttemptEvent): number | undefined =>
  latencyMs === undefined ? undefined : latencyMs / 1_000;

const olderNames = (event: AttemptEvent): Attributes => {
  const attributes = callAttributes(event);
  return { ...attributes, 'gen_ai.system': attributes['gen_ai.provider.name'] };
};

const ofModality = (event: AttemptEvent): Attributes => ({ ...callAttributes(event), 'gen_ai.token.modality': 'text' });

function tokenCounter(
  what: string,
  description: string,
  pick: (event: AttemptEvent) => number | undefined,
): Instrument {
  return {
    name: `gen_ai.client.inference.usage.${what}`,
    unit: '{token}',
    description,
    aggregation: { kind: 'sum' },
    measure: ofCall(pick, ofModality),
  };
}

/**
 * Every metric that is sent: the one table of what is measured and what it is called, in both vintages of OpenTelemetry's
 * conventions for generative AI (https://github.com/open-telemetry/semantic-conventions-genai, in development: token counters
 * since September 2026, the duration's new name since October; v1.36 of the general conventions before), and our own.
 */
export const instruments: readonly Instrument[] = [
  {
    name: 'gen_ai.client.inference.duration',
    unit: 's',
    description: 'How long a call took.',
    aggregation: SECONDS,
    measure: ofCall(seconds),
  },
  tokenCounter('input_tokens', 'Input tokens, cached ones included.', allInput),
  tokenCounter('output_tokens', 'Output tokens.', ({ outputTokens }) => outputTokens),
  tokenCounter('cache_read.input_tokens', 'Input tokens read from a cache.', ({ cacheReadTokens }) => cacheReadTokens),
  tokenCounter(
    'cache_write.input_tokens',
    'Input tokens written to a cache.',
    ({ cacheWriteTokens }) => cacheWriteTokens,
  ),
  tokenCounter('reasoning.output_tokens', 'Output tokens of reasoning.', ({ reasoningTokens }) => reasoningTokens),
  {
    name: 'gen_ai.client.operation.duration',
    unit: 's',
    description: 'How long a call took (as named until 2026).',
    aggregation: SECONDS,
    measure: ofCall(seconds, olderNames),
  },
  {
    name: 'gen_ai.client.token.usage',
    unit: '{token}',
    description: 'Tokens of a call by type (as named until 2026).',
    aggregation: TOKENS,
    measure: (event) => [
      ...ofCall(allInput, (call) => ({ ...olderNames(call), 'gen_ai.token.type': 'input' }))(event),
      ...ofCall(
        ({ outputTokens }) => outputTokens,
        (call) => ({ ...olderNames(call), 'gen_ai.token.type': 'output' }),
      )(event),
    ],
  },
  {
    name: 'routing.cost',
    unit: 'USD',
    description: 'What calls cost at list price; calls without a known price are not in it.',
    aggregation: { kind: 'sum', fraction: true },
    measure: ofCall(({ costNanoUsd }) => (costNanoUsd === undefined ? undefined : costNanoUsd / NANO)),
  },
  {
    name: 'routing.fallbacks',
    unit: '{call}',
    description: 'Calls that were made because another target had failed.',
    aggregation: { kind: 'sum' },
    measure: ofCall(
      ({ failedModel }) => (failedModel === undefined ? undefined : 1),
      (event) => ({
        ...callAttributes(event),
        'routing.failed.provider': event.failedProvider,
        'routing.failed.model': event.failedModel,
      }),
    ),
  },
  {
    name: 'routing.tasks',
    unit: '{task}',
    description: 'Tasks by what became of them; a task whose outcome changes moves from one to the other.',
    aggregation: { kind: 'sum', falls: true },
    measure: (event) => {
      if (event.event !== 'outcome') return [];
      const attributes = { ...routingAttributes(event), 'gen_ai.request.model': event.model };
      const told: Measurement = { value: 1, attributes: { ...attributes, 'routing.outcome': event.outcome } };
      return event.previous === undefined
        ? [told]
        : [told, { value: -1, attributes: { ...attributes, 'routing.outcome': event.previous } }];
    },
  },
];
