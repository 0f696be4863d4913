import type OpenAiSdk from 'openai';
import {
  readOpenAiChatError,
  readOpenAiChatResponse,
  readOpenAiChatStream,
  writeOpenAiChatRequest,
} from '../chat/openai-chat/index.ts';
import {
  readOpenAiResponsesError,
  readOpenAiResponsesResponse,
  readOpenAiResponsesStream,
  writeOpenAiResponsesRequest,
} from '../chat/openai-responses/index.ts';
import { type AnswerReaders, readAnswer } from './answer.ts';
import { type ErrorReader, startCall } from './call.ts';
import type { ChatWire, WrittenBody } from './chatWire.ts';
import type { Endpoint } from './endpoint.ts';
import { createForward } from './forward.ts';
import { listModels } from './modelList.ts';
import type { ChatRequest } from './provider.ts';
import { chatQuirk } from './quirks.ts';

interface OpenAiDialect extends AnswerReaders {
  readonly id: 'openai-chat' | 'openai-responses';
  readonly path: string;
  /** Where tokens are counted, for dialects that can. */
  readonly countPath?: string;
  readonly error: ErrorReader;
  /** A client's body as this server takes it, where that is not as it came. */
  forwarded?(body: Buffer): Buffer;
  write(request: ChatRequest): WrittenBody;
}

/** OpenAI's chat completions, and the many servers that speak them. */
export function openAiChatWire(endpoint: Endpoint): ChatWire {
  const own = isOpenAi(endpoint);
  const quirk = chatQuirk(endpoint.baseUrl);
  return openAiWire(endpoint, {
    id: 'openai-chat',
    path: '/chat/completions',
    error: readOpenAiChatError,
    stream: readOpenAiChatStream,
    whole: readOpenAiChatResponse,
    ...(quirk !== undefined && { forwarded: quirk.body }),
    write: ({ model, conversation, conversationKey }) => {
      const written = writeOpenAiChatRequest(conversation, {
        model,
        stream: true,
        // Servers that imitate OpenAI's know the older field, and refuse what they do not know.
        maxTokensField: own ? 'max_completion_tokens' : 'max_tokens',
        ...(own && conversationKey !== undefined && { cacheKey: conversationKey }),
        ...(endpoint.row.setting.makers?.includes('deepseek') === true && { returnsReasoningOf: 'deepseek' }),
      });
      if (quirk === undefined) return written;
      const taken = quirk.body(Buffer.from(JSON.stringify(written.body)));
      return { ...written, body: JSON.parse(taken.toString('utf8')) };
    },
  });
}

/** OpenAI's responses, also on Azure's `/openai/v1`. */
export function openAiResponsesWire(endpoint: Endpoint): ChatWire {
  return openAiWire(endpoint, {
    id: 'openai-responses',
    path: '/responses',
    countPath: '/responses/input_tokens',
    error: readOpenAiResponsesError,
    stream: readOpenAiResponsesStream,
    whole: readOpenAiResponsesResponse,
    write: ({ model, conversation, conversationKey }) =>
      writeOpenAiResponsesRequest(conversation, {
        model,
        stream: true,
        ...(conversationKey !== undefined && { cacheKey: conversationKey }),
      }),
  });
}

function openAiWire(endpoint: Endpoint, dialect: OpenAiDialect): ChatWire {
  const baseURL = endpoint.baseUrl.href.replace(/\/$/, '');
  let client: Promise<OpenAiSdk> | undefined;

  async function load(): Promise<OpenAiSdk> {
    const { OpenAI } = await import('openai');
    return new OpenAI({
      baseURL,
      fetch: endpoint.fetch,
      // The endpoint puts the real credential in, in one place for all wires. What is given here keeps the SDK from
      // looking for one, and for an organisation's name, in the environment, which may be meant for another host.
      apiKey: 'unused',
      adminAPIKey: null,
      organization: null,
      project: null,
      maxRetries: 0,
      logLevel: 'off',
    });
  }

  return {
    chat: async (request, options) => {
      const call = startCall(endpoint, options, dialect.error);
      try {
        const { body, lost } = dialect.write(request);
        client ??= load();
        const sdk = await call.waitFor(client);
        const { signal } = call;
        // Its own time-out only has to be later than ours.
        const sent = { body, stream: true, signal, timeout: options.deadlineMs + 60_000 };
        const response = await call.waitFor(sdk.post(dialect.path, sent).asResponse());
        return { events: readAnswer(response, dialect, call), lost };
      } catch (error) {
        const failure = call.failure(error);
        call.end();
        throw failure;
      }
    },
    forward: createForward(endpoint, {
      dialect: dialect.id,
      url: ({ operation }) => {
        const path = operation === 'answer' ? dialect.path : dialect.countPath;
        return path && `${baseURL}${path}`;
      },
      ...(dialect.forwarded && { body: ({ body }) => dialect.forwarded?.(body) ?? body }),
      error: dialect.error,
    }),
    models: (options) => listModels(endpoint, `${baseURL}/models`, options, dialect.error),
  };
}

function isOpenAi({ baseUrl }: Endpoint): boolean {
  return /(^|\.)(openai\.com|openai\.azure\.com|services\.ai\.azure\.com)$/.test(baseUrl.hostname);
}
