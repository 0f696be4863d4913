import type { RequestChanges } from '../dialect.ts';
import type { Lost } from '../events.ts';
import type { JsonEdit } from '../rewrite.ts';
import { isSeal } from '../sealed-thinking.ts';
import { type Fields, fieldsOf, isFields, listOf, textOf } from '../untrusted.ts';
import { claudeFamily } from './model-rules.ts';

/**
 * Takes the thinking of earlier turns out of a body that the model, who would refuse it, is not given back.
 *
 * Thinking that another maker's model wrote carries a seal of ours and always goes. Where it is known who answered last,
 * all of it goes for any other model; one that then would have to begin with it, in the middle of a tool loop with a
 * budget for thinking, is asked without. Else, of thinking that Anthropic signed nothing says which of its models did: the body names the model that the client means, which is not the one that
 * answered where the policy chose another. So it stays unless the chosen model is another than the client's and
 *
 * - not Claude's: then all of it goes;
 * - of another family of Claude's (Opus, Sonnet, Haiku …): then it goes up to the last thing that a person said. Within
 *   the tool loop after that the same model has answered throughout, which wants its own thinking back there.
 */
export function thinkingEdits(
  body: Fields,
  { model, answeredBy }: Pick<RequestChanges, 'model' | 'answeredBy'>,
  lost: Lost[],
): JsonEdit[] {
  const messages = listOf(body['messages']);
  const isAnothers = answeredBy !== undefined && answeredBy !== model;
  const keepsAll = answeredBy === model;
  const goes = isAnothers ? messages.length : keepsAll ? 0 : goesBefore(messages, textOf(body['model']), model);
  const edits: JsonEdit[] = [];
  if (isAnothers && fieldsOf(body['thinking'])['type'] === 'enabled' && !isSaid(messages.at(-1))) {
    lost.push({ where: 'thinking', what: 'thinking, until the tool loop that another model began is over' });
    edits.push({ kind: 'set', path: ['thinking'], value: { type: 'disabled' } });
  }
  for (const [index, message] of messages.entries()) {
    const { role, content } = fieldsOf(message);
    if (role !== 'assistant' || !Array.isArray(content)) continue;
    const places = content.flatMap((block, place) =>
      isForeign(block) || (index < goes && isThinking(block)) ? [place] : [],
    );
    if (places.length === 0) continue;
    lost.push({ where: `messages[${index}]`, what: 'thinking that only the model that wrote it can be given back' });
    // A message of nothing but thinking would be left empty, which the API refuses.
    if (places.length === content.length) edits.push({ kind: 'remove', path: ['messages', index] });
    else for (const place of places) edits.push({ kind: 'remove', path: ['messages', index, 'content', place] });
  }
  return edits;
}

/** The message up to which thinking that Anthropic signed goes. */
function goesBefore(messages: readonly unknown[], own: string, model: string): number {
  if (own === model) return 0;
  const family = claudeFamily(model);
  if (family === undefined) return messages.length;
  if (family === claudeFamily(own)) return 0;
  return messages.findLastIndex(isSaid);
}

/** A user's message that is more than the results of tools. */
function isSaid(message: unknown): boolean {
  const { role, content } = fieldsOf(message);
  return (
    role === 'user' && (!Array.isArray(content) || !content.some((block) => fieldsOf(block)['type'] === 'tool_result'))
  );
}

function isThinking(block: unknown): boolean {
  const type = isFields(block) ? block['type'] : undefined;
  return type === 'thinking' || type === 'redacted_thinking';
}

function isForeign(block: unknown): boolean {
  if (!isThinking(block)) return false;
  const { signature, data } = fieldsOf(block);
  return isSeal(textOf(signature)) || isSeal(textOf(data));
}
