import type { TextCompletionRequest } from '../chat/completions/index.ts';
import {
  readCompletionRequest,
  writeCompletion,
  writeCompletionError,
  writeCompletionStream,
} from '../chat/completions/index.ts';
import type { Conversation } from '../chat/conversation.ts';
import type { ChatEvent } from '../chat/events.ts';
import type { Usage } from '../models/model.ts';
import { longestCompletion } from '../router/textCompletion.ts';
import type { AnswerDialect } from './dialects.ts';

/** A text completion as the router judges it: a person’s two texts, and with them what was asked. */
interface TextConversation extends Conversation {
  readonly completion: TextCompletionRequest;
}

/** OpenAI’s older completions as they are answered. They are no conversation, so none passes through. */
export const textCompletions: AnswerDialect = {
  id: 'completions',
  readRequest: (body) => {
    const completion = readCompletionRequest(body);
    const { prefix, suffix, model, stream, usageChunk, lost, maxOutputTokens = longestCompletion } = completion;
    const parts = [prefix, suffix].map((text) => ({ kind: 'text', text }) as const);
    const conversation: TextConversation = {
      system: [],
      messages: [{ role: 'user', parts }],
      tools: [],
      maxOutputTokens,
      completion,
    };
    return { conversation, model, stream, lost, form: { usageChunk } };
  },
  stream: (head) => {
    const writer = writeCompletionStream(head, { usageChunk: head.form?.usageChunk === true });
    let usage: Usage | undefined;
    return {
      event: (event) => {
        if (event.kind === 'usage') ({ usage } = event);
        if (event.kind === 'text') return writer.text(event.text);
        return event.kind === 'finished' ? writer.end(endOf(event), usage) : '';
      },
      fail: (fault) => writer.fail(fault),
    };
  },
  whole: (events, head) => {
    const text = events.flatMap((event) => (event.kind === 'text' ? event.text : [])).join('');
    const usage = events.findLast((event) => event.kind === 'usage')?.usage;
    const finished = events.findLast((event) => event.kind === 'finished');
    const end = finished ? endOf(finished) : 'stop';
    return writeCompletion({ text, end, ...(usage ? { usage } : {}) }, head);
  },
  error: (_status, fault) => writeCompletionError(fault),
};

/** What was asked for, where a conversation stands for a text completion. */
export function completionIn(conversation: Conversation): TextCompletionRequest | undefined {
  return 'completion' in conversation ? (conversation as TextConversation).completion : undefined;
}

function endOf({ reason }: Extract<ChatEvent, { readonly kind: 'finished' }>): 'stop' | 'length' {
  return reason === 'length' ? 'length' : 'stop';
}
