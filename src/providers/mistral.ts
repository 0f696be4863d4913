import { createHash } from 'node:crypto';
import { type JsonEdit, rewriteJson } from '../chat/rewrite.ts';
import { fieldsOf, jsonOrUndefined, listOf, textOf } from '../chat/untrusted.ts';
import type { ChatQuirk } from './quirks.ts';

/** Mistral's own hosts: their API refuses each field that it does not know, and knows fewer than those of OpenAI. */
export const mistral: ChatQuirk = {
  isAt: ({ hostname }) => /(?:^|\.)mistral\.ai$/.test(hostname),
  body: mistralBody,
};

/**
 * A chat request in OpenAI's words, as Mistral takes it (https://docs.mistral.ai/api): its usage comes unasked, the limit
 * has its older name, and the id of a tool call is nine letters or digits, also one that another provider gave.
 */
function mistralBody(bytes: Buffer): Buffer {
  const body = fieldsOf(jsonOrUndefined(bytes.toString('utf8')));
  const edits: JsonEdit[] = [{ kind: 'remove', path: ['stream_options'] }];
  const { max_completion_tokens: limit } = body;
  if (limit !== undefined) {
    edits.push({ kind: 'remove', path: ['max_completion_tokens'] });
    if (body['max_tokens'] === undefined) edits.push({ kind: 'set', path: ['max_tokens'], value: limit });
  }
  for (const [place, message] of listOf(body['messages']).map(fieldsOf).entries()) {
    const answered = textOf(message['tool_call_id']);
    if (answered !== '') edits.push(...shortened(['messages', place, 'tool_call_id'], answered));
    for (const [index, call] of listOf(message['tool_calls']).map(fieldsOf).entries()) {
      edits.push(...shortened(['messages', place, 'tool_calls', index, 'id'], textOf(call['id'])));
    }
  }
  return rewriteJson(bytes, edits);
}

function shortened(path: JsonEdit['path'], id: string): readonly JsonEdit[] {
  if (/^[A-Za-z0-9]{9}$/.test(id)) return [];
  return [{ kind: 'set', path, value: createHash('sha256').update(id).digest('hex').slice(0, 9) }];
}
