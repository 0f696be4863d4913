export { anthropicMessages } from './client.ts';
export { readAnthropicError } from './read-error.ts';
export { readAnthropicResponse, readAnthropicStream } from './read-response.ts';
export {
  type AnthropicRequest,
  type AnthropicRequestOptions,
  currentAnthropicVersion,
  writeAnthropicRequest,
} from './write-request.ts';
