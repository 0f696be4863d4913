import { fimUrl, writeFimRequest } from '../chat/fim.ts';
import { readOpenAiError } from '../chat/openai-fault.ts';
import { jsonOrUndefined } from '../chat/untrusted.ts';
import { estimateTokens } from '../models/tokens.ts';
import { readText } from './answer.ts';
import { startCall } from './call.ts';
import type { Endpoint } from './endpoint.ts';
import { estimatedUsage } from './estimate.ts';
import type { Provider } from './provider.ts';
import type { FimShape } from './settings.ts';

/** Fill-in-the-middle, in any of its shapes. The answer comes whole: it is short, and shown whole. */
export function fimWire(endpoint: Endpoint, shape: FimShape, baseUrl: URL): NonNullable<Provider['complete']> {
  return async (request, options) => {
    const call = startCall(endpoint, options, readOpenAiError);
    const { prefix, suffix, multiline } = request;
    try {
      const { path, body, read } = writeFimRequest(shape, {
        ...request,
        // Stopping at the end of the line saves what would be cut off.
        stop: [...(request.stop ?? []), ...(multiline ? [] : ['\n'])],
      });
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
      const sent = endpoint.fetch(fimUrl(baseUrl.href, path), { ...init, signal: call.signal });
      const answer = read(jsonOrUndefined(await readText(await call.waitFor(sent), call)));
      return {
        ...answer,
        text: multiline ? answer.text : firstLine(answer.text),
        usage: answer.usage ?? estimatedUsage(estimateTokens(prefix + suffix), estimateTokens(answer.text)),
      };
    } catch (error) {
      throw call.failure(error);
    } finally {
      call.end();
    }
  };
}

/** What stands before the first line end. */
export function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? '';
}
