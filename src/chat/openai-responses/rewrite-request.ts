import type { RequestChanges, RewrittenRequest } from '../dialect.ts';
import type { Lost } from '../events.ts';
import type { JsonBody } from '../json-body.ts';
import { openAiModelRules } from '../openai-model-rules.ts';
import { effortEdits, limitEdits, samplingEdits } from '../openai-rewrite.ts';
import { choiceEdits } from '../own-choices.ts';
import { tierEdits } from '../price-tier.ts';
import type { JsonEdit } from '../rewrite.ts';
import { rewriteBody } from '../rewrite-body.ts';
import { isSeal } from '../sealed-thinking.ts';
import { type Fields, fieldsOf, listOf, textOf } from '../untrusted.ts';
import { fewestOutputTokens } from './write-request.ts';

/** A client's body with what the policy decided in it, for a provider of this dialect. */
export function rewriteOpenAiResponsesRequest(body: JsonBody, changes: RequestChanges): RewrittenRequest {
  const lost: Lost[] = [];
  const fields = fieldsOf(body.value);
  const most =
    changes.maxOutputTokens === undefined ? undefined : Math.max(changes.maxOutputTokens, fewestOutputTokens);
  const effort = {
    asked: fieldsOf(fields['reasoning'])['effort'],
    path: ['reasoning', 'effort'],
    whole: ['reasoning'],
  };
  const edits: JsonEdit[] = [
    { kind: 'set', path: ['model'], value: changes.model },
    ...effortEdits(changes, effort, fields['model'], lost),
    ...samplingEdits(fields, ['temperature', 'top_p', 'top_logprobs'], changes.model, lost),
    ...limitEdits(fields['max_output_tokens'], most, 'max_output_tokens'),
    ...reasoningEdits(fields, changes.model, lost),
    ...tierEdits(fields, changes, lost),
    ...choiceEdits(fields, changes, lost),
  ];
  return { body: rewriteBody(body, edits), lost };
}

/** Takes out the reasoning of earlier answers that the model cannot be given back. */
function reasoningEdits(body: Fields, model: string, lost: Lost[]): JsonEdit[] {
  const items = listOf(body['input']).map(fieldsOf);
  const goes = goesBefore(items, body['model'], model);
  return items.flatMap((item, index): JsonEdit[] => {
    if (item['type'] !== 'reasoning') return [];
    // Under a seal of ours is what an answer of another dialect brought, which no server of this one can read.
    if (index >= goes && !isSeal(textOf(item['encrypted_content']))) return [];
    lost.push({ where: `input[${index}]`, what: 'thinking that only the model that wrote it can be given back' });
    return [{ kind: 'remove', path: ['input', index] }];
  });
}

/**
 * The item up to which reasoning goes, whoever sealed it. It says of no model whose it is: where the client means the
 * chosen model, or OpenAI's models that reason are chosen, which read one another's, it stays. Models that do not reason
 * refuse it. Of others it goes up to the last thing that a person said: after that the same model answers throughout,
 * and wants its own back.
 */
function goesBefore(items: readonly Fields[], meant: unknown, model: string): number {
  if (meant === model) return 0;
  const { reasons } = openAiModelRules(model);
  if (reasons === 'yes') return 0;
  return reasons === 'no' ? items.length : items.findLastIndex(({ role }) => role === 'user');
}
