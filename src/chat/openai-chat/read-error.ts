import { type Fault, faultMessage } from '../fault.ts';
import { openAiFaultKind } from '../openai-fault.ts';
import { fieldsOf, isFields, jsonOrUndefined } from '../untrusted.ts';

/**
 * What an error answer in the OpenAI dialect means; compatible servers vary its shape. `status` is the HTTP status, or
 * undefined for an error in a stream; `body` is its text or its parsed JSON.
 */
export function readOpenAiChatError(status: number | undefined, body: unknown): Fault {
  const parsed = typeof body === 'string' ? jsonOrUndefined(body) : body;
  // Some servers wrap the error in a list, or give a sentence in place of the object.
  const answer = fieldsOf(Array.isArray(parsed) ? parsed[0] : parsed);
  const error = isFields(answer['error']) ? answer['error'] : answer;
  const said = error['message'] ?? answer['error'] ?? answer['detail'];
  const fallback = status === undefined ? 'The provider reported an error.' : `The provider answered ${status}.`;
  const message = faultMessage(said, fallback);
  return { kind: openAiFaultKind(status, error['code'], error['type'], message), message };
}
