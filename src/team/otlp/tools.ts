import { NAME, OTHER } from '../../usage/sync/event.ts';
import { PROVIDER_NAMES } from '../../usage/sync/otlp/instruments.ts';
import { type Attributes, numberOf, textOf } from './document.ts';

/** What is added up of traffic that was not routed. */
export const figureNames = [
  'requests',
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cost_nano_usd',
] as const;
export type FigureName = (typeof figureNames)[number];
/** How often a value counts as what: -1 where it is part of another figure that it is to be taken out of. */
export type Parts = Readonly<Partial<Record<FigureName, number>>>;
/** A tool as it is known by. */
export type Source = 'copilot-chat' | 'claude-code' | 'codex' | 'gemini-cli' | 'other';

/** What a metric of a tool counts. */
interface MetricMeaning {
  /** Of a histogram: the sum of what was measured, or how often. */
  readonly takes: 'sum' | 'count';
  /** Of its unit, how many make one of ours: nano-dollars in a dollar. */
  readonly scale?: number;
  parts(attributes: Attributes): Parts | undefined;
}

/** What an event of a tool says of one call: each figure's attributes, of which the first that is there holds. */
interface EventMeaning {
  readonly figures: Readonly<Partial<Record<FigureName, readonly string[]>>>;
  /** Where input counts what was read from a cache, too. */
  readonly cachedIsInput?: true;
  /** Where output does not count reasoning. */
  readonly reasoningIsApart?: true;
  readonly when?: (attributes: Attributes) => boolean;
}

interface Tool {
  readonly source: Source;
  /** How its `service.name` begins. */
  readonly services: readonly string[];
  /** Who serves it, where it does not say. */
  readonly provider: string;
  /** Attributes that name the model, the first that is there. */
  readonly models: readonly string[];
  readonly metrics: Readonly<Record<string, MetricMeaning>>;
  readonly events: Readonly<Record<string, EventMeaning>>;
}

const INPUT: Parts = { input_tokens: 1 };
const OUTPUT: Parts = { output_tokens: 1 };
/** Part of a figure of all input, from which it is taken out. */
const CACHE_READ_OF_INPUT: Parts = { cache_read_tokens: 1, input_tokens: -1 };
const CACHE_WRITE_OF_INPUT: Parts = { cache_write_tokens: 1, input_tokens: -1 };
const REASONING_OF_OUTPUT: Parts = { reasoning_tokens: 1 };
const REASONING_APART: Parts = { reasoning_tokens: 1, output_tokens: 1 };
const REQUEST: Parts = { requests: 1 };

function byAttribute(key: string, meanings: Readonly<Record<string, Parts>>): MetricMeaning['parts'] {
  return (attributes) => {
    const word = textOf(attributes, key);
    return word !== undefined && Object.hasOwn(meanings, word) ? meanings[word] : undefined;
  };
}

const always =
  (parts: Parts): MetricMeaning['parts'] =>
  () =>
    parts;

/** Of what is no call of a model there are durations too. */
const ofCalls: MetricMeaning['parts'] = (attributes) =>
  ['execute_tool', 'invoke_agent', 'create_agent', 'embeddings'].includes(
    textOf(attributes, 'gen_ai.operation.name') ?? '',
  )
    ? undefined
    : REQUEST;

/**
 * The conventions for generative AI as they are since autumn 2026, and as they were before: who sends both sends everything
 * twice, so where there are new ones the older are passed over. See {@link ../../usage/sync/otlp/instruments.ts}.
 */
const newerConventions: Tool['metrics'] = {
  'gen_ai.client.inference.duration': { takes: 'count', parts: ofCalls },
  'gen_ai.client.inference.usage.input_tokens': { takes: 'sum', parts: always(INPUT) },
  'gen_ai.client.inference.usage.output_tokens': { takes: 'sum', parts: always(OUTPUT) },
  'gen_ai.client.inference.usage.cache_read.input_tokens': { takes: 'sum', parts: always(CACHE_READ_OF_INPUT) },
  'gen_ai.client.inference.usage.cache_write.input_tokens': { takes: 'sum', parts: always(CACHE_WRITE_OF_INPUT) },
  'gen_ai.client.inference.usage.reasoning.output_tokens': { takes: 'sum', parts: always(REASONING_OF_OUTPUT) },
};
const olderConventions: Tool['metrics'] = {
  'gen_ai.client.operation.duration': { takes: 'count', parts: ofCalls },
  'gen_ai.client.token.usage': {
    takes: 'sum',
    parts: byAttribute('gen_ai.token.type', { input: INPUT, output: OUTPUT }),
  },
};
const conventionEvents: Tool['events'] = {
  'gen_ai.client.inference.operation.details': {
    figures: {
      input_tokens: ['gen_ai.usage.input_tokens'],
      cache_read_tokens: ['gen_ai.usage.cache_read.input_tokens'],
      output_tokens: ['gen_ai.usage.output_tokens'],
      reasoning_tokens: ['gen_ai.usage.reasoning.output_tokens'],
    },
    cachedIsInput: true,
  },
};
const CONVENTION_MODELS = ['gen_ai.request.model', 'gen_ai.response.model'];

/** The last one is everything else that speaks by the conventions. */
const tools: readonly Tool[] = [
  {
    source: 'claude-code',
    services: ['claude-code', 'claude_code'],
    provider: 'anthropic',
    models: ['model'],
    metrics: {
      'claude_code.token.usage': {
        takes: 'sum',
        parts: byAttribute('type', {
          input: INPUT,
          output: OUTPUT,
          cacheRead: { cache_read_tokens: 1 },
          cacheCreation: { cache_write_tokens: 1 },
        }),
      },
      'claude_code.cost.usage': { takes: 'sum', scale: 1e9, parts: always({ cost_nano_usd: 1 }) },
    },
    events: {
      'claude_code.api_request': {
        figures: {
          input_tokens: ['input_tokens'],
          cache_read_tokens: ['cache_read_tokens'],
          cache_write_tokens: ['cache_creation_tokens'],
          output_tokens: ['output_tokens'],
          cost_nano_usd: ['cost_usd'],
        },
      },
    },
  },
  {
    source: 'codex',
    services: ['codex'],
    provider: 'openai',
    models: ['model'],
    metrics: {
      'codex.api_request': { takes: 'sum', parts: always(REQUEST) },
      'codex.turn.token_usage': {
        takes: 'sum',
        parts: byAttribute('token_type', {
          input: INPUT,
          cached_input: CACHE_READ_OF_INPUT,
          output: OUTPUT,
          reasoning_output: REASONING_OF_OUTPUT,
        }),
      },
    },
    events: {
      'codex.sse_event': {
        figures: {
          input_tokens: ['input_token_count'],
          cache_read_tokens: ['cached_token_count', 'cached_content_token_count'],
          output_tokens: ['output_token_count'],
          reasoning_tokens: ['reasoning_token_count'],
        },
        cachedIsInput: true,
        when: (attributes) => textOf(attributes, 'event.kind') === 'response.completed',
      },
    },
  },
  {
    source: 'gemini-cli',
    services: ['gemini-cli'],
    provider: 'gemini',
    models: ['model'],
    // It sends the conventions' metrics beside its own, which tell more.
    metrics: {
      'gemini_cli.api.request.count': { takes: 'sum', parts: always(REQUEST) },
      'gemini_cli.token.usage': {
        takes: 'sum',
        parts: byAttribute('type', {
          input: INPUT,
          output: OUTPUT,
          thought: REASONING_APART,
          cache: CACHE_READ_OF_INPUT,
          tool: INPUT,
        }),
      },
    },
    events: {
      'gemini_cli.api_response': {
        figures: {
          input_tokens: ['input_token_count'],
          cache_read_tokens: ['cached_content_token_count'],
          output_tokens: ['output_token_count'],
          reasoning_tokens: ['thoughts_token_count'],
        },
        cachedIsInput: true,
        reasoningIsApart: true,
      },
    },
  },
  {
    source: 'copilot-chat',
    services: ['copilot-chat', 'github-copilot', 'copilot'],
    provider: 'copilot',
    models: CONVENTION_MODELS,
    metrics: { ...olderConventions, ...newerConventions },
    events: conventionEvents,
  },
  {
    source: OTHER,
    services: [],
    provider: OTHER,
    models: CONVENTION_MODELS,
    metrics: { ...olderConventions, ...newerConventions },
    events: conventionEvents,
  },
];

/** What we send ourselves was routed, and is counted by its own events. */
const OURS = 'routing-policy';

/** Whose words these are. undefined: ours. */
export function toolOf(resource: Attributes): Tool | undefined {
  const service = (textOf(resource, 'service.name') ?? '').toLowerCase();
  if (service === OURS) return undefined;
  return tools.find(({ services, source }) => source === OTHER || services.some((start) => service.startsWith(start)));
}

export function metricMeaning(tool: Tool, name: string): MetricMeaning | undefined {
  return Object.hasOwn(tool.metrics, name) ? tool.metrics[name] : undefined;
}

/** Whether the older conventions say again what the newer ones have said. */
export function isSaidTwice(name: string, names: ReadonlySet<string>): boolean {
  return Object.hasOwn(olderConventions, name) && Object.keys(newerConventions).some((newer) => names.has(newer));
}

/** What one event says; undefined: it is of no call. @param name with the tool's prefix or, as some write it, without */
export function eventFigures(tool: Tool, name: string, attributes: Attributes): Parts | undefined {
  const full = Object.keys(tool.events).find((known) => known === name || known.endsWith(`.${name}`));
  const meaning = full === undefined ? undefined : tool.events[full];
  if (meaning === undefined || meaning.when?.(attributes) === false) return undefined;
  const figures: Partial<Record<FigureName, number>> = { requests: 1 };
  for (const figure of figureNames) {
    const told = meaning.figures[figure]
      ?.map((key) => numberOf(attributes.get(key)))
      .find((value) => value !== undefined);
    if (told === undefined || told < 0) continue;
    figures[figure] = figure === 'cost_nano_usd' ? Math.round(told * 1e9) : Math.round(told);
  }
  if (meaning.cachedIsInput && figures.input_tokens !== undefined) {
    figures.input_tokens = Math.max(0, figures.input_tokens - (figures.cache_read_tokens ?? 0));
  }
  if (meaning.reasoningIsApart) figures.output_tokens = (figures.output_tokens ?? 0) + (figures.reasoning_tokens ?? 0);
  return figures;
}

const OUR_NAMES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(PROVIDER_NAMES).map(([ours, theirs]) => [theirs, ours])),
  mistral_ai: 'mistral',
  github: 'copilot',
  anthropic: 'anthropic',
  openai: 'openai',
  'azure.ai.inference': 'azure',
  'gcp.gen_ai': 'gemini',
  google: 'gemini',
  deepseek: 'deepseek',
  groq: 'groq',
  copilot: 'copilot',
};

/** A provider of ours by what the conventions call it; what they have no name for is `other`. */
export function providerOf(tool: Tool, attributes: Attributes): string {
  const told = textOf(attributes, 'gen_ai.provider.name') ?? textOf(attributes, 'gen_ai.system');
  if (told === undefined) return tool.provider;
  return Object.hasOwn(OUR_NAMES, told) ? (OUR_NAMES[told] ?? OTHER) : OTHER;
}

/** How names of models begin: what begins otherwise may be anything, and is `other`. */
const FAMILY =
  /^(?:claude|gpt|o\d|chatgpt|codex|gemini|gemma|mistral|codestral|devstral|magistral|ministral|grok|deepseek|qwen|llama|kimi|glm|mai|phi|command|nova)\b/;

export function modelOf(tool: Tool, attributes: Attributes): string {
  for (const key of tool.models) {
    const told = textOf(attributes, key);
    if (told === undefined) continue;
    // Some put the maker before it.
    const model = told.slice(told.lastIndexOf('/') + 1).toLowerCase();
    return NAME.test(model) && FAMILY.test(model) ? model : OTHER;
  }
  return OTHER;
}
