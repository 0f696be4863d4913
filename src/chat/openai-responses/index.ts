export { readOpenAiError as readOpenAiResponsesError } from '../openai-fault.ts';
export { openAiResponses } from './client.ts';
export { readOpenAiResponsesResponse, readOpenAiResponsesStream } from './read-response.ts';
export { type OpenAiResponsesRequestOptions, writeOpenAiResponsesRequest } from './write-request.ts';
