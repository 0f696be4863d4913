import type { AnswerForm, Dialect } from '../chat/dialect.ts';
import { GatewayRefusal } from './refusal.ts';

/** What a request's method and address ask for. */
export type Endpoint =
  | { readonly kind: 'answer' | 'count'; readonly dialect: Dialect; readonly addressed?: Addressed }
  /** `only`: of one model, by its name. */
  | { readonly kind: 'models'; readonly list: 'v1' | 'v1beta'; readonly only?: string }
  | { readonly kind: 'route' | 'health' | 'metrics' | 'sightings' };

/** What Gemini's addresses say, and other dialects' bodies. */
export interface Addressed {
  readonly model: string;
  readonly stream: boolean;
  readonly form?: AnswerForm;
}

/** A request's address: what it asks for, or why that is nothing, and its query. */
export interface Address {
  readonly endpoint: Endpoint | GatewayRefusal;
  /** Whose error envelope the client reads; where that is unknown, OpenAI's. */
  readonly dialect: Dialect;
  readonly query: URLSearchParams;
  /** What the client's base URL has for the token. */
  readonly key?: string;
  /** The folder that the client's base URL was made for: an absolute path, as it was written. */
  readonly folder?: string;
}

const POSTED: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ['/v1/chat/completions', { kind: 'answer', dialect: 'openai-chat' }],
  ['/v1/responses', { kind: 'answer', dialect: 'openai-responses' }],
  ['/v1/messages', { kind: 'answer', dialect: 'anthropic-messages' }],
  ['/v1/messages/count_tokens', { kind: 'count', dialect: 'anthropic-messages' }],
  ['/v1/completions', { kind: 'answer', dialect: 'completions' }],
  ['/v1/route', { kind: 'route' }],
]);

const GOTTEN: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ['/v1/models', { kind: 'models', list: 'v1' }],
  ['/v1beta/models', { kind: 'models', list: 'v1beta' }],
  ['/healthz', { kind: 'health' }],
  ['/metrics', { kind: 'metrics' }],
  ['/sightings', { kind: 'sightings' }],
]);

/** Of either version; newer clients name the stable one. A model's name has up to three segments, none of which can mean a folder. */
const GEMINI =
  /^\/v1(?:beta)?\/models\/([A-Za-z0-9][\w.@:-]{0,200}?(?:\/[A-Za-z0-9][\w.@:-]{0,200}?){0,2}):(generateContent|streamGenerateContent|countTokens)$/;

/** One of the list. Libraries write the slash of a target as it is, or encoded. */
const MODEL = /^\/(v1|v1beta)\/models\/([A-Za-z0-9][\w.@:-]{0,200}(?:(?:\/|%2[Ff])[A-Za-z0-9][\w.@:-]{0,200}){0,2})$/;

/** As `keyedUrl` of the contract writes it. */
const KEY = /^\/t\/([0-9a-f]{32})(?=\/)/;
/** As `folderUrl` of the contract writes it. */
const FOLDER = /^\/in\/([\w-]{1,6000})(?=\/)/;

/**
 * Reads a request's address. Strictly: nothing is decoded, joined or guessed, so that what is checked here is what was
 * sent.
 *
 * @param target as in the request's first line
 */
export function readAddress(method: string, target: string): Address {
  const mark = target.indexOf('?');
  const [before = '', key] = KEY.exec(target) ?? [];
  const { folder, path } = withoutFolder(target.slice(before.length, mark < 0 ? undefined : mark));
  const query = new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1));
  const found = endpointAt(method, path, query);
  const endpoint = found instanceof GatewayRefusal ? found : allowed(method, path, found);
  return {
    endpoint,
    query,
    dialect: dialectOf(path, found),
    ...(key && { key }),
    ...(folder === undefined ? {} : { folder }),
  };
}

/** What a base URL says of its folder, and the address below it. */
function withoutFolder(path: string): { readonly folder?: string; readonly path: string } {
  const [start, encoded] = FOLDER.exec(path) ?? [];
  if (start === undefined || encoded === undefined) return { path };
  return { folder: Buffer.from(encoded, 'base64url').toString('utf8'), path: path.slice(start.length) };
}

function endpointAt(method: string, path: string, query: URLSearchParams): Endpoint | GatewayRefusal {
  const known = POSTED.get(path) ?? GOTTEN.get(path);
  if (known !== undefined) return known;
  const [, model, operation] = (path.length < 1_000 && GEMINI.exec(path)) || [];
  if (model === undefined || operation === undefined) {
    // A name may have a colon: what is posted is an operation that does not exist.
    return (method === 'GET' ? modelAt(path) : undefined) ?? unknownPath(path);
  }
  const stream = operation === 'streamGenerateContent';
  const kind = operation === 'countTokens' ? 'count' : 'answer';
  return {
    kind,
    dialect: 'gemini',
    addressed: { model, stream, ...(stream && query.get('alt') !== 'sse' && { form: { list: true } }) },
  };
}

function modelAt(path: string): Endpoint | undefined {
  const [, list, name] = (path.length < 1_000 && MODEL.exec(path)) || [];
  if ((list !== 'v1' && list !== 'v1beta') || name === undefined) return undefined;
  return { kind: 'models', list, only: name.replace(/%2f/gi, '/') };
}

function allowed(method: string, path: string, endpoint: Endpoint): Endpoint | GatewayRefusal {
  const only = GOTTEN.has(path) || endpoint.kind === 'models' ? 'GET' : 'POST';
  if (method === only) return endpoint;
  return new GatewayRefusal(405, 'bad-request', `This address takes ${only} only.`, { allow: only });
}

/** What makers serve beside answers, by the names in their addresses. */
const BESIDE =
  /^\/v1(?:beta)?\/(?:(?:messages\/)?batches\b|models\/[^/]{1,200}:(?:batchE|e)mbedContents?$|(?:embeddings|moderations|files|uploads|images|audio|videos|fine_tuning|vector_stores|containers|conversations|assistants|threads|realtime|evals|cachedContents)\b|responses\/\w)/;

function unknownPath(path: string): GatewayRefusal {
  if (BESIDE.test(path.slice(0, 1_000))) {
    return new GatewayRefusal(
      404,
      'not-found',
      'The gateway serves answers alone. What this address is for (embeddings, files, batches and the like) no policy can judge, and no other model could stand in for: in the program, give this client its provider’s own base URL.',
    );
  }
  const ends = [...POSTED.keys(), ...GOTTEN.keys()].find((known) => path.endsWith(known.replace(/^\/v1/, '')));
  const advice =
    ends === undefined
      ? 'The gateway serves /v1/chat/completions, /v1/responses, /v1/messages, /v1/completions, /v1beta/models/… and /v1/models.'
      : `Its address is ${ends}: check whether the client's base URL is to end with /v1.`;
  return new GatewayRefusal(404, 'not-found', `There is nothing at this address. ${advice}`);
}

function dialectOf(path: string, endpoint: Endpoint | GatewayRefusal): Dialect {
  if (!(endpoint instanceof GatewayRefusal) && 'dialect' in endpoint) return endpoint.dialect;
  if (path.startsWith('/v1beta/')) return 'gemini';
  return /\/messages(?:\/|$)/.test(path) ? 'anthropic-messages' : 'openai-chat';
}
