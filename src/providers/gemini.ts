import { readGeminiError, readGeminiResponse, readGeminiStream, writeGeminiRequest } from '../chat/gemini/index.ts';
import { fieldsOf, listOf, textOf } from '../chat/untrusted.ts';
import { readAnswer } from './answer.ts';
import { startCall } from './call.ts';
import type { ChatWire } from './chatWire.ts';
import type { Endpoint } from './endpoint.ts';
import { createForward } from './forward.ts';
import { listModels, visibleIds } from './modelList.ts';
import { isVertex } from './vertex.ts';

type GeminiMethod = 'generateContent' | 'streamGenerateContent' | 'countTokens';

const readers = { stream: readGeminiStream, whole: readGeminiResponse };

/** Gemini's own `generateContent`, which alone gives its thinking back with the signatures that its newer models want. */
export function geminiWire(endpoint: Endpoint): ChatWire {
  const base = endpoint.baseUrl.href.replace(/\/(?:v1beta\/?)?$/, '');
  const onVertex = isVertex(endpoint.baseUrl, 'google');
  const addressOf = (model: string, method: GeminiMethod): string =>
    `${base}${onVertex ? geminiPath(model, method).replace('/v1beta/models', '') : geminiPath(model, method)}`;
  return {
    chat: async ({ model, conversation }, options) => {
      const call = startCall(endpoint, options, readGeminiError);
      try {
        const { body, lost } = writeGeminiRequest(conversation, { model });
        // Before a request is begun that nobody would wait for.
        call.signal.throwIfAborted();
        const response = await call.waitFor(
          endpoint.fetch(`${addressOf(model, 'streamGenerateContent')}?alt=sse`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
            body: JSON.stringify(body),
            signal: call.signal,
          }),
        );
        return { events: readAnswer(response, readers, call), lost };
      } catch (error) {
        const failure = call.failure(error);
        call.end();
        throw failure;
      }
    },
    forward: createForward(endpoint, {
      dialect: 'gemini',
      url: ({ operation, model, stream }) => {
        if (operation === 'count-tokens') return addressOf(model, 'countTokens');
        return `${addressOf(model, stream ? 'streamGenerateContent' : 'generateContent')}${stream ? '?alt=sse' : ''}`;
      },
      error: readGeminiError,
    }),
    models: async (options) =>
      onVertex
        ? []
        : listModels(endpoint, `${base}/v1beta/models?pageSize=1000`, options, readGeminiError, {}, readModelNames),
  };
}

/** The path of a method of a model; `model` with or without the `models/` that the API's own lists put before it. */
export function geminiPath(model: string, method: GeminiMethod): string {
  return `/v1beta/models/${encodeURIComponent(model.replace(/^models\//, ''))}:${method}`;
}

/** `models[].name`, of those that generate content: some only embed. */
function readModelNames(body: unknown): readonly string[] {
  const names = listOf(fieldsOf(body)['models'])
    .map(fieldsOf)
    .filter(({ supportedGenerationMethods: methods }) => !Array.isArray(methods) || methods.includes('generateContent'))
    .map(({ name }) => textOf(name).replace(/^models\//, ''));
  return visibleIds(names);
}
