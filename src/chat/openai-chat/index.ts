export { readOpenAiError as readOpenAiChatError } from '../openai-fault.ts';
export { openAiChat } from './client.ts';
export { readOpenAiChatResponse, readOpenAiChatStream } from './read-response.ts';
export { type OpenAiChatRequestOptions, writeOpenAiChatRequest } from './write-request.ts';
