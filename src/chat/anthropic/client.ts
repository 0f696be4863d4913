import type { ClientDialect } from '../dialect.ts';
import { readAnthropicRequest } from './read-request.ts';
import { readAnthropicResponse, readAnthropicStream } from './read-response.ts';
import { rewriteAnthropicRequest } from './rewrite-request.ts';
import { writeAnthropicError } from './write-error.ts';
import { writeAnthropicMessage } from './write-message.ts';
import { writeAnthropicStream } from './write-stream.ts';

/** Anthropic's Messages API, as a server speaks it, under any of its versions. */
export const anthropicMessages: ClientDialect = {
  id: 'anthropic-messages',
  readRequest: readAnthropicRequest,
  rewrite: rewriteAnthropicRequest,
  stream: writeAnthropicStream,
  whole: writeAnthropicMessage,
  error: writeAnthropicError,
  readStream: readAnthropicStream,
  readWhole: readAnthropicResponse,
};
