/** Longer names are refused rather than cut: names are untrusted, and a cut name could be another model's. */
const LONGEST_NAME = 200;

/** Each decision asks for the same few names many times over. */
const MOST_KNOWN = 1_000;
const known = new Map<string, ModelKey>();

/** A model's name without its spelling. */
export interface ModelKey {
  /** `claude-haiku-5-5`: lower case, dashes only, without vendor, date, `latest` or tag. */
  readonly key: string;
  /**
   * What stood after a colon, other than `latest`: `30b` (Ollama), `free` and `batch` (OpenRouter). The same model, but
   * seldom at the same price.
   */
  readonly variant?: string;
  /** The region of an Amazon Bedrock inference profile (`eu`, `us`, `global`), which has a price of its own. */
  readonly region?: string;
}

const bedrockRegion = /^(global|us-gov|us|eu|apac|au|jp|ca|sa|in)\.(?=[a-z0-9-]+\.)/;
const bedrockMaker =
  /^(?:anthropic|openai|amazon|meta|mistral|deepseek|qwen|google|minimax|moonshot|moonshotai|nvidia|zai|cohere|ai21)\.(?=[a-z])/;

/**
 * One key for the many spellings of one model: `claude-haiku-5.5` (Copilot), `openrouter/anthropic/claude-haiku-5.5`,
 * `claude-haiku-5-5-20261001`, `eu.anthropic.claude-haiku-5-5-v1:0`, `Claude Haiku 5.5`. Only spelling is taken away:
 * every word and number that tells models apart stays, so a key never stands for another generation.
 */
export function modelKey(name: string): ModelKey {
  if (name.length > LONGEST_NAME) return { key: '' };
  const before = known.get(name);
  if (before !== undefined) return before;
  if (known.size >= MOST_KNOWN) known.clear();
  const key = keyOf(name);
  known.set(name, key);
  return key;
}

function keyOf(name: string): ModelKey {
  let rest = name.trim().toLowerCase();
  rest = rest.slice(rest.lastIndexOf('/') + 1).replace(/^~/, '');
  const region = bedrockRegion.exec(rest)?.[1];
  if (region !== undefined) rest = rest.slice(region.length + 1);
  const maker = bedrockMaker.exec(rest);
  if (maker !== null) rest = rest.slice(maker[0].length);
  // Bedrock's own revision of a model, not the model's: "-v1:0".
  if (region !== undefined || maker !== null) rest = rest.replace(/-v\d+(?::\d+)?$/, '');
  const colon = rest.indexOf(':');
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  if (colon >= 0) rest = rest.slice(0, colon);
  const key = rest
    .replace(/@.*$/, '')
    .replace(/[.\s_]+/g, '-')
    .replace(/-latest$/, '')
    .replace(/-20\d{6}$|-20\d{2}-\d{2}-\d{2}$/, '');
  return {
    key,
    ...(tag !== undefined && tag !== '' && tag !== 'latest' && { variant: tag }),
    ...(region !== undefined && { region }),
  };
}
