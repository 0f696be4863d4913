import type AnthropicSdk from '@anthropic-ai/sdk';
import {
  currentAnthropicVersion,
  readAnthropicError,
  readAnthropicResponse,
  readAnthropicStream,
  writeAnthropicRequest,
} from '../chat/anthropic/index.ts';
import { readAnswer } from './answer.ts';
import { startCall } from './call.ts';
import type { ChatWire } from './chatWire.ts';
import type { Endpoint } from './endpoint.ts';
import { createForward } from './forward.ts';
import { listModels } from './modelList.ts';
import { vertexForm } from './vertex.ts';

/** What a client that names no version means: the one that all servers know. */
const oldestVersion = '2023-06-01';

/** Anthropic's messages, and endpoints that are compatible with it. The official SDK carries; our codec reads and writes. */
export function anthropicWire(endpoint: Endpoint): ChatWire {
  const { anthropicVersion } = endpoint.row.setting;
  const vertex = vertexForm(endpoint.baseUrl);
  // Vertex counts the API's versions by itself, and knows what the first one knows.
  const version = anthropicVersion ?? (vertex === undefined ? currentAnthropicVersion : oldestVersion);
  const baseURL = endpoint.baseUrl.href.replace(/\/(v1\/?)?$/, '');
  let client: Promise<AnthropicSdk> | undefined;

  async function load(): Promise<AnthropicSdk> {
    const { Anthropic } = await import('@anthropic-ai/sdk');
    return new Anthropic({
      baseURL,
      fetch: endpoint.fetch,
      // The endpoint puts the real credential in, in one place for all wires. What is given here keeps the SDK from
      // looking for one in the environment, which may be meant for another host.
      apiKey: 'unused',
      authToken: null,
      maxRetries: 0,
      logLevel: 'off',
      defaultHeaders: { 'anthropic-version': version },
    });
  }

  return {
    chat: async ({ model, conversation }, options) => {
      const call = startCall(endpoint, options, readAnthropicError);
      try {
        const { body, lost } = writeAnthropicRequest(conversation, { model, stream: true, version });
        client ??= load();
        const sdk = await call.waitFor(client);
        const { signal } = call;
        // Its own time-out only has to be later than ours.
        const request = { body, stream: true, signal, timeout: options.deadlineMs + 60_000 };
        const sent =
          vertex === undefined
            ? sdk.post('/v1/messages', request)
            : sdk.post(vertex.path(model, 'answer', true), { ...request, body: vertex.written(body) });
        const response = await call.waitFor(sent.asResponse());
        return {
          events: readAnswer(response, { stream: readAnthropicStream, whole: readAnthropicResponse }, call),
          lost,
        };
      } catch (error) {
        const failure = call.failure(error);
        call.end();
        throw failure;
      }
    },
    forward: createForward(endpoint, {
      dialect: 'anthropic-messages',
      url: ({ operation, model, stream }) =>
        vertex === undefined
          ? `${baseURL}/v1/messages${operation === 'count-tokens' ? '/count_tokens' : ''}`
          : `${baseURL}${vertex.path(model, operation, stream)}`,
      ...(vertex !== undefined && { body: vertex.body }),
      headers: ({ headers }) => ({
        'anthropic-version': anthropicVersion ?? headers['anthropic-version'] ?? oldestVersion,
      }),
      error: readAnthropicError,
    }),
    models: async (options) =>
      // Vertex lists a project's models nowhere.
      vertex !== undefined
        ? []
        : listModels(endpoint, `${baseURL}/v1/models?limit=1000`, options, readAnthropicError, {
            'anthropic-version': version,
          }),
  };
}
