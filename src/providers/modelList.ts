import { fieldsOf, jsonOrUndefined, listOf, textOf } from '../chat/untrusted.ts';
import { readText } from './answer.ts';
import { type ErrorReader, startCall } from './call.ts';
import type { Endpoint } from './endpoint.ts';
import type { CallOptions } from './provider.ts';

const longestId = 200;
const mostModels = 5_000;

/** Asks a provider which models it serves: `data[].id`, as both OpenAI and Anthropic answer. Throws ProviderFailure. */
export async function listModels(
  endpoint: Endpoint,
  url: string,
  options: CallOptions,
  readError: ErrorReader,
  headers: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const call = startCall(endpoint, options, readError);
  try {
    const response = await call.waitFor(endpoint.fetch(url, { headers, signal: call.signal }));
    return readModelIds(jsonOrUndefined(await readText(response, call)));
  } catch (error) {
    throw call.failure(error);
  } finally {
    call.end();
  }
}

/** The ids in a list of models: untrusted, so only short visible ones. */
export function readModelIds(body: unknown): readonly string[] {
  return listOf(fieldsOf(body)['data'])
    .slice(0, mostModels)
    .map((model) => textOf(fieldsOf(model)['id']))
    .filter((id) => id.length <= longestId && /^[\x21-\x7e]+$/.test(id));
}
