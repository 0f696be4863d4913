export { writeOpenAiError as writeCompletionError } from '../openai-error.ts';
export {
  type CompletionAnswer,
  type CompletionEnd,
  type CompletionHead,
  type CompletionWriter,
  writeCompletion,
  writeCompletionStream,
} from './answer.ts';
export { readCompletionRequest, type TextCompletionRequest } from './request.ts';
