import type { Conversation } from '../chat/conversation.ts';
import type { ChatEvent } from '../chat/events.ts';
import type { Usage } from '../models/model.ts';
import { estimateConversationTokens, estimateTokens } from '../models/tokens.ts';

/**
 * Adds an estimated usage before the end of an answer whose provider reported none. A cost that is left out would look
 * like one of zero.
 */
export async function* withUsage(
  events: AsyncIterable<ChatEvent>,
  conversation: Conversation,
): AsyncGenerator<ChatEvent, void> {
  let reported = false;
  const said: string[] = [];
  const thought: string[] = [];
  for await (const event of events) {
    if (event.kind === 'usage') reported = true;
    else if (event.kind === 'text') said.push(event.text);
    else if (event.kind === 'thinking') thought.push(event.text);
    else if (event.kind === 'tool-call') said.push(event.name, event.arguments);
    else if (event.kind === 'finished' && !reported) {
      const reasoning = estimateTokens(thought.join(''));
      yield {
        kind: 'usage',
        usage: {
          ...estimatedUsage(estimateConversationTokens(conversation), estimateTokens(said.join('')) + reasoning),
          ...(reasoning > 0 && { reasoningTokens: reasoning }),
        },
      };
    }
    yield event;
  }
}

/** Usage that nobody reported: we counted, and nothing is known of a cache. In tokens. */
export function estimatedUsage(inputTokens: number, outputTokens: number): Usage {
  return {
    inputTokens: Math.ceil(inputTokens),
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens,
    estimated: true,
  };
}
