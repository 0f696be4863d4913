import type { ReadRequest } from '../dialect.ts';
import type { Lost } from '../events.ts';
import { fieldsWith, readEffort, readFormat, readHead, readSettings, readVerbosity } from '../openai-request.ts';
import { limitAt, listAt, objectAt, optional, textAt } from '../request-fields.ts';
import { reportFields, reportParts } from '../request-losses.ts';
import { readItems } from './read-items.ts';
import { readChoice, readTools } from './read-tools.ts';

/** Reads the body of `POST /v1/responses`. @throws {RequestFault} */
export function readOpenAiResponsesRequest(value: unknown): ReadRequest {
  const body = objectAt(value, 'The body');
  const lost: Lost[] = [];
  const instructions = optional(body['instructions'], 'instructions', textAt) ?? '';
  const items = readItems(body['input'], lost);
  const offered = [{ list: body['tools'], where: 'tools' }, ...items.tools];
  const tools = offered.flatMap(({ list, where }) => readTools(list, where, lost));
  const reasoning = optional(body['reasoning'], 'reasoning', objectAt);
  const effort = readEffort(reasoning?.['effort'], 'reasoning.effort', lost);
  if (reasoning !== undefined) reportParts(reasoning, 'reasoning', reasoningLosses, lost);
  const maxOutputTokens = limitAt(body['max_output_tokens'], 'max_output_tokens');
  const text = optional(body['text'], 'text', objectAt) ?? {};
  const output = readFormat(text['format'], { where: 'text.format' }, lost);
  const verbosity = readVerbosity(text['verbosity'], 'text.verbosity', lost);
  const include = optional(body['include'], 'include', listAt) ?? [];
  if (include.some((wish) => wish !== 'reasoning.encrypted_content')) {
    lost.push({ where: 'include', what: 'details of the answer that only this dialect has' });
  }
  const settings = readSettings(body, lost);
  reportFields(body, fields, lost);
  return {
    conversation: {
      system: [...(instructions === '' ? [] : [{ text: instructions }]), ...items.system],
      messages: items.messages,
      ...readChoice(body['tool_choice'], tools, lost),
      ...settings,
      ...(maxOutputTokens !== undefined && { maxOutputTokens }),
      ...(effort !== undefined && { effort }),
      ...(verbosity !== undefined && { verbosity }),
      ...(output !== undefined && { output }),
    },
    ...readHead(body),
    lost,
  };
}

const reasoningLosses = {
  context: 'which of the earlier reasoning the model sees again',
  mode: 'a mode of reasoning that only this dialect has',
} as const;

const stored = 'what was said before, which is stored at the provider; the answer will be wrong without it';

const fields = fieldsWith(['input', 'instructions', 'max_output_tokens', 'reasoning', 'text', 'include'], {
  previous_response_id: stored,
  conversation: stored,
  prompt: 'a prompt that is stored at the provider; the answer will be wrong without it',
  background: 'the wish for an answer in the background',
  context_management: 'how the provider shortens a conversation',
  truncation: 'how the provider shortens a conversation',
  max_tool_calls: 'the most calls of the provider’s own tools',
  client_metadata: 'notes for the provider’s records',
});
