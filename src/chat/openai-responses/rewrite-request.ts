import type { RequestChanges, WrittenRequest } from '../dialect.ts';
import type { Lost } from '../events.ts';
import { effortEdit, limitEdit } from '../openai-rewrite.ts';
import { type JsonEdit, rewriteJson } from '../rewrite.ts';
import { isSeal } from '../sealed-thinking.ts';
import { fieldsOf, listOf, textOf } from '../untrusted.ts';
import { fewestOutputTokens } from './write-request.ts';

/** A client's body with what the policy decided in it, for a provider of this dialect. */
export function rewriteOpenAiResponsesRequest(
  text: string,
  body: unknown,
  changes: RequestChanges,
): WrittenRequest<string> {
  const lost: Lost[] = [];
  const fields = fieldsOf(body);
  const most =
    changes.maxOutputTokens === undefined ? undefined : Math.max(changes.maxOutputTokens, fewestOutputTokens);
  const edits: JsonEdit[] = [
    { kind: 'set', path: ['model'], value: changes.model },
    ...effortEdit(changes, ['reasoning', 'effort'], lost),
    ...limitEdit(fields['max_output_tokens'], most, 'max_output_tokens'),
    ...withoutForeignThinking(fields['input'], lost),
  ];
  return { body: rewriteJson(text, edits), lost };
}

/** Takes out reasoning that an answer of another dialect brought: no server of this one can read it. */
function withoutForeignThinking(input: unknown, lost: Lost[]): JsonEdit[] {
  return listOf(input).flatMap((value, index): JsonEdit[] => {
    const item = fieldsOf(value);
    if (item['type'] !== 'reasoning' || !isSeal(textOf(item['encrypted_content']))) return [];
    lost.push({ where: `input[${index}]`, what: 'thinking that only the model that wrote it can be given back' });
    return [{ kind: 'remove', path: ['input', index] }];
  });
}
