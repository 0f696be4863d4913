import type { ClientDialect } from '../dialect.ts';
import { writeOpenAiError } from '../openai-error.ts';
import { readOpenAiResponsesRequest } from './read-request.ts';
import { readOpenAiResponsesResponse, readOpenAiResponsesStream } from './read-response.ts';
import { rewriteOpenAiResponsesRequest } from './rewrite-request.ts';
import { writeOpenAiResponsesResponse, writeOpenAiResponsesStream } from './write-response.ts';

/** OpenAI's responses, as a server speaks them. */
export const openAiResponses: ClientDialect = {
  id: 'openai-responses',
  readRequest: readOpenAiResponsesRequest,
  rewrite: rewriteOpenAiResponsesRequest,
  stream: writeOpenAiResponsesStream,
  whole: writeOpenAiResponsesResponse,
  error: (_status, fault) => writeOpenAiError(fault),
  readStream: readOpenAiResponsesStream,
  readWhole: readOpenAiResponsesResponse,
};
