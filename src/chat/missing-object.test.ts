import { describe, expect, it } from 'vitest';
import { readAnthropicError } from './anthropic/index.ts';
import { readGeminiError } from './gemini/index.ts';
import { readOpenAiError } from './openai-fault.ts';

const anthropic = (message: string): object => ({ type: 'error', error: { type: 'not_found_error', message } });
const openAi = (message: string, more: object = {}): object => ({
  error: { message, type: 'invalid_request_error', param: null, code: null, ...more },
});
const gemini = (status: string, message: string): object => ({ error: { code: 404, message, status } });

describe('what a request names and its provider does not have', () => {
  it.each([
    [readAnthropicError, 404, anthropic('File not found: file_abc')],
    [readAnthropicError, 404, anthropic('The file `file_011CN` could not be found.')],
    [readAnthropicError, 404, anthropic('Container container_01 not found or has expired')],
    [readAnthropicError, 404, anthropic('Not found: file_011CN')],
    [readOpenAiError, 404, openAi("Item with id 'rs_68' not found. Items are not persisted when `store` is false.")],
    [readOpenAiError, 404, openAi('It is gone.', { param: 'previous_response_id' })],
    [readOpenAiError, 400, openAi('Gone.', { code: 'previous_response_not_found', param: 'previous_response_id' })],
    [readOpenAiError, 404, openAi('No such File object: file-abc')],
    [readOpenAiError, 404, openAi("Vector store with id 'vs_1' not found.")],
    [readOpenAiError, 404, openAi("Conversation with id 'conv_1' not found.")],
    [readOpenAiError, undefined, openAi("Container with id 'cntr_1' not found.", { type: 'not_found_error' })],
    [readGeminiError, 404, gemini('NOT_FOUND', 'CachedContent not found (or permission denied)')],
    [readGeminiError, 403, gemini('PERMISSION_DENIED', 'CachedContent not found (or permission denied)')],
    [
      readGeminiError,
      403,
      gemini('PERMISSION_DENIED', 'You do not have permission to access the File abc or it may not exist.'),
    ],
  ])('is the request’s own mistake: %# %o', (read, status, body) => {
    expect(read(status, body).kind).toBe('bad-request');
    expect(read(status, JSON.stringify(body)).kind).toBe('bad-request');
  });
});

describe('a model that its provider does not have', () => {
  it.each([
    [readAnthropicError, 404, anthropic('model: claude-file-1')],
    [readAnthropicError, 404, anthropic('Not Found')],
    [
      readOpenAiError,
      404,
      openAi('The model `file-reader` does not exist or you do not have access to it.', { code: 'model_not_found' }),
    ],
    [readOpenAiError, 404, openAi('The model `item` does not exist', { param: 'model' })],
    [readOpenAiError, 404, openAi("model 'response' not found, try pulling it first", { type: 'api_error' })],
    [
      readOpenAiError,
      404,
      openAi('The API deployment for this resource does not exist.', { code: 'DeploymentNotFound' }),
    ],
    [readOpenAiError, 404, '404 page not found'],
    [readGeminiError, 404, gemini('NOT_FOUND', 'models/gemini-9 is not found for API version v1beta')],
  ])('is no model for anybody: %# %o', (read, status, body) => {
    expect(read(status, body).kind).toBe('not-found');
  });

  it('is not the same as one that may not be used', () => {
    expect(readGeminiError(403, gemini('PERMISSION_DENIED', 'Caller does not have permission')).kind).toBe(
      'permission',
    );
  });
});
