import { askToFill, readHoleAnswer } from '../chat/hole.ts';
import type { Usage } from '../models/model.ts';
import { estimateConversationTokens, estimateTokens } from '../models/tokens.ts';
import { estimatedUsage } from './estimate.ts';
import { firstLine } from './fim.ts';
import type { Provider } from './provider.ts';

/** Completions from a model that can only chat: a prompt with a marked place, and the text between two tags. */
export function promptedCompletion(chat: NonNullable<Provider['chat']>): NonNullable<Provider['complete']> {
  return async (request, options) => {
    const { model, prefix, suffix, multiline } = request;
    const conversation = askToFill(request);
    const { events } = await chat({ model, conversation }, options);
    let reply = '';
    let usage: Usage | undefined;
    let servedModel: string | undefined;
    for await (const event of events) {
      if (event.kind === 'text') reply += event.text;
      else if (event.kind === 'usage') usage = event.usage;
      else if (event.kind === 'started') servedModel = event.servedModel;
    }
    const text = readHoleAnswer(reply, prefix, suffix);
    return {
      text: multiline ? text : firstLine(text),
      usage: usage ?? estimatedUsage(estimateConversationTokens(conversation), estimateTokens(reply)),
      ...(servedModel !== undefined && { servedModel }),
    };
  };
}
