import type { ClientDialect } from '../dialect.ts';
import { writeOpenAiError } from '../openai-error.ts';
import { readOpenAiChatRequest } from './read-request.ts';
import { readOpenAiChatResponse, readOpenAiChatStream } from './read-response.ts';
import { rewriteOpenAiChatRequest } from './rewrite-request.ts';
import { writeOpenAiChatResponse, writeOpenAiChatStream } from './write-response.ts';

/** OpenAI's chat completions, as a server speaks them. */
export const openAiChat: ClientDialect = {
  id: 'openai-chat',
  readRequest: readOpenAiChatRequest,
  rewrite: rewriteOpenAiChatRequest,
  stream: writeOpenAiChatStream,
  whole: writeOpenAiChatResponse,
  error: (_status, fault) => writeOpenAiError(fault),
  readStream: readOpenAiChatStream,
  readWhole: readOpenAiChatResponse,
};
