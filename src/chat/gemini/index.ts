import type { ClientDialect } from '../dialect.ts';
import { readGeminiRequest } from './read-request.ts';
import { readGeminiResponse, readGeminiStream } from './read-response.ts';
import { rewriteGeminiRequest } from './rewrite.ts';
import { geminiError } from './write-error.ts';
import { writeGeminiResponse, writeGeminiStream } from './write-response.ts';

export { readGeminiError } from './read-error.ts';
export { readGeminiResponse, readGeminiStream } from './read-response.ts';
export { writeGeminiRequest } from './write-request.ts';

/** Gemini's `generateContent` as a server speaks it. The model, and whether it streams, stand in the address. */
export const gemini: ClientDialect = {
  id: 'gemini',
  readRequest: readGeminiRequest,
  rewrite: rewriteGeminiRequest,
  stream: writeGeminiStream,
  whole: writeGeminiResponse,
  error: geminiError,
  readStream: readGeminiStream,
  readWhole: readGeminiResponse,
};
