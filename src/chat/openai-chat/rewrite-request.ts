import type { RequestChanges, RewrittenRequest } from '../dialect.ts';
import type { Lost } from '../events.ts';
import type { JsonBody } from '../json-body.ts';
import { openAiModelRules } from '../openai-model-rules.ts';
import { effortEdits, limitEdits, samplingEdits } from '../openai-rewrite.ts';
import { choiceEdits } from '../own-choices.ts';
import { tierEdits } from '../price-tier.ts';
import type { JsonEdit } from '../rewrite.ts';
import { rewriteBody } from '../rewrite-body.ts';
import { type Fields, fieldsOf, isFields } from '../untrusted.ts';

/** A client's body with what the policy decided in it, for a provider of this dialect. */
export function rewriteOpenAiChatRequest(body: JsonBody, changes: RequestChanges): RewrittenRequest {
  const lost: Lost[] = [];
  const fields = fieldsOf(body.value);
  const path = ['reasoning_effort'];
  const edits: JsonEdit[] = [
    { kind: 'set', path: ['model'], value: changes.model },
    ...effortEdits(changes, { asked: fields['reasoning_effort'], path, whole: path }, fields['model'], lost),
    ...samplingEdits(fields, refusedByReasoning, changes.model, lost),
    ...limits(fields, changes),
    ...usageEdits(fields),
    ...tierEdits(fields, changes, lost),
    ...choiceEdits(fields, changes, lost),
  ];
  return { body: rewriteBody(body, edits), lost };
}

/** A stream tells what it came to only when it is asked: without that nobody would know what it cost. */
function usageEdits({ stream, stream_options: options }: Fields): JsonEdit[] {
  if (stream !== true || fieldsOf(options)['include_usage'] === true) return [];
  return isFields(options)
    ? [{ kind: 'set', path: ['stream_options', 'include_usage'], value: true }]
    : [{ kind: 'set', path: ['stream_options'], value: { include_usage: true } }];
}

const refusedByReasoning = [
  'temperature',
  'top_p',
  'stop',
  'frequency_penalty',
  'presence_penalty',
  'logit_bias',
  'logprobs',
  'top_logprobs',
];

/** The limit in the field that the client uses, else in the one that the model's servers know. */
function limits(body: Fields, { model, maxOutputTokens }: RequestChanges): JsonEdit[] {
  const { reasons } = openAiModelRules(model);
  const { max_tokens: older, max_completion_tokens: newer } = body;
  const says = (value: unknown) => value !== undefined && value !== null;
  if (says(older) && !says(newer) && reasons === 'yes' && body['model'] !== model) {
    // Models that reason refuse the older field.
    const value = limitEdits(older, maxOutputTokens, 'max_tokens').length > 0 ? maxOutputTokens : older;
    return [
      { kind: 'remove', path: ['max_tokens'] },
      { kind: 'set', path: ['max_completion_tokens'], value },
    ];
  }
  const used = ['max_completion_tokens', 'max_tokens'].filter((name) => says(body[name]));
  const unsaid = reasons === 'unknown' ? 'max_tokens' : 'max_completion_tokens';
  return (used.length > 0 ? used : [unsaid]).flatMap((name) => limitEdits(body[name], maxOutputTokens, name));
}
