import type { RequestChanges, WrittenRequest } from '../dialect.ts';
import type { Lost } from '../events.ts';
import { openAiModelRules } from '../openai-model-rules.ts';
import { effortEdit, limitEdit } from '../openai-rewrite.ts';
import { type JsonEdit, rewriteJson } from '../rewrite.ts';
import { type Fields, fieldsOf } from '../untrusted.ts';

/** A client's body with what the policy decided in it, for a provider of this dialect. */
export function rewriteOpenAiChatRequest(text: string, body: unknown, changes: RequestChanges): WrittenRequest<string> {
  const lost: Lost[] = [];
  const fields = fieldsOf(body);
  const edits: JsonEdit[] = [
    { kind: 'set', path: ['model'], value: changes.model },
    ...effortEdit(changes, ['reasoning_effort'], lost),
    ...limitFields(fields, changes.model).flatMap((field) => limitEdit(fields[field], changes.maxOutputTokens, field)),
  ];
  return { body: rewriteJson(text, edits), lost };
}

/** The fields that the client uses for the limit; else the one that the model's servers know. */
function limitFields(body: Fields, model: string): readonly string[] {
  const used = ['max_completion_tokens', 'max_tokens'].filter((name) => (body[name] ?? undefined) !== undefined);
  if (used.length > 0) return used;
  return [openAiModelRules(model).reasons === 'unknown' ? 'max_tokens' : 'max_completion_tokens'];
}
