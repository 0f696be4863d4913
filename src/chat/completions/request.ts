import { RequestFault } from '../dialect.ts';
import type { Lost } from '../events.ts';
import { isFields } from '../untrusted.ts';

/**
 * A request for text completion, as `POST /v1/completions` takes it: one text to go on with, or a place between two
 * texts to fill. It is no conversation; what carries it is the way of completions in an editor.
 */
export interface TextCompletionRequest {
  /** As the client wrote it. */
  readonly model: string;
  readonly prefix: string;
  /** What follows the place; empty where the client asks for a continuation. */
  readonly suffix: string;
  readonly stream: boolean;
  /** A stream ends with a chunk that has the usage. */
  readonly usageChunk: boolean;
  /** In tokens. */
  readonly maxOutputTokens?: number;
  readonly stop: readonly string[];
  /** What a completion cannot be told. */
  readonly lost: readonly Lost[];
}

const mostStops = 16;
/** Fields that only say what is the rule anyway, or who asks. */
const known: ReadonlySet<string> = new Set([
  'model',
  'prompt',
  'suffix',
  'stream',
  'stream_options',
  'max_tokens',
  'stop',
  'user',
  'n',
  'best_of',
  'echo',
  'logprobs',
]);

/** @throws {RequestFault} */
export function readCompletionRequest(body: unknown): TextCompletionRequest {
  if (!isFields(body)) throw new RequestFault('The body is not a JSON object.');
  const { model, stream, suffix } = body;
  if (typeof model !== 'string' || model === '') throw new RequestFault('model: the name of a model is wanted here.');
  if (suffix !== undefined && suffix !== null && typeof suffix !== 'string') {
    throw new RequestFault('suffix: a text is wanted here.');
  }
  refuseMore(body);
  const lost: Lost[] = Object.keys(body)
    .filter((name) => !known.has(name) && body[name] !== null)
    .slice(0, 50)
    .map((name) => ({ where: name.slice(0, 60), what: 'a setting that a completion cannot be told' }));
  const maxOutputTokens = body['max_tokens'];
  return {
    model,
    prefix: readPrompt(body['prompt']),
    suffix: suffix ?? '',
    stream: stream === true,
    usageChunk: isFields(body['stream_options']) && body['stream_options']['include_usage'] === true,
    ...(isCount(maxOutputTokens) && { maxOutputTokens }),
    stop: readStop(body['stop'], lost),
    lost,
  };
}

function readPrompt(prompt: unknown): string {
  const only: unknown = Array.isArray(prompt) && prompt.length === 1 ? prompt[0] : prompt;
  if (typeof only === 'string') return only;
  if (Array.isArray(prompt) && prompt.length > 1 && prompt.every((one) => typeof one === 'string')) {
    throw new RequestFault('prompt: one text at a time can be completed here; send a request for each.');
  }
  if (Array.isArray(only) || typeof only === 'number') {
    throw new RequestFault('prompt: a text is wanted here; tokens mean something to one model alone.');
  }
  throw new RequestFault('prompt: a text is wanted here.');
}

/** What would change the form of the answer is refused: a client that asked for it would read another one wrongly. */
function refuseMore({ n, best_of, echo, logprobs }: Readonly<Record<string, unknown>>): void {
  if (typeof n === 'number' && n > 1) throw new RequestFault('n: one answer at a time can be had here.');
  if (typeof best_of === 'number' && best_of > 1)
    throw new RequestFault('best_of: one answer at a time can be had here.');
  if (echo === true) throw new RequestFault('echo: the prompt cannot be repeated here.');
  if (typeof logprobs === 'number') throw new RequestFault('logprobs: probabilities cannot be had here.');
}

function readStop(stop: unknown, lost: Lost[]): readonly string[] {
  const given: readonly unknown[] = Array.isArray(stop) ? stop : stop === undefined || stop === null ? [] : [stop];
  const texts = given.filter((one) => typeof one === 'string' && one !== '').slice(0, mostStops) as string[];
  if (texts.length < given.length)
    lost.push({ where: 'stop', what: `stop sequences beyond ${mostStops}, or no texts` });
  return texts;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
