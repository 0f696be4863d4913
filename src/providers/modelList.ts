import { fieldsOf, jsonOrUndefined, listOf, textOf } from '../chat/untrusted.ts';
import { readText } from './answer.ts';
import { type ErrorReader, startCall } from './call.ts';
import type { Endpoint } from './endpoint.ts';
import type { CallOptions } from './provider.ts';

const longestId = 200;
const mostModels = 5_000;

/** Asks a provider which models it serves: `data[].id`, as OpenAI and Anthropic answer, or as `read` finds them. Throws ProviderFailure. */
export async function listModels(
  endpoint: Endpoint,
  url: string,
  options: CallOptions,
  readError: ErrorReader,
  headers: Readonly<Record<string, string>> = {},
  read: (body: unknown) => readonly string[] = readModelIds,
): Promise<readonly string[]> {
  const call = startCall(endpoint, options, readError);
  try {
    const response = await call.waitFor(endpoint.fetch(url, { headers, signal: call.signal }));
    return read(jsonOrUndefined(await readText(response, call)));
  } catch (error) {
    throw call.failure(error);
  } finally {
    call.end();
  }
}

/** The ids in a list of models. */
export function readModelIds(body: unknown): readonly string[] {
  return visibleIds(listOf(fieldsOf(body)['data']).map((model) => textOf(fieldsOf(model)['id'])));
}

/** Ids are untrusted: only short visible ones, and not without end. */
export function visibleIds(ids: readonly string[]): readonly string[] {
  return ids.slice(0, mostModels).filter((id) => id.length <= longestId && /^[\x21-\x7e]+$/.test(id));
}
