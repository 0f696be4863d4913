export { readOpenAiChatError } from './read-error.ts';
export { readOpenAiChatResponse, readOpenAiChatStream } from './read-response.ts';
export { type OpenAiChatRequestOptions, writeOpenAiChatRequest } from './write-request.ts';
