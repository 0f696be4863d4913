import type { Conversation } from '../chat/conversation.ts';
import type { RequestKind } from '../policy/schema.ts';
import type { Surface } from '../usage/attempt.ts';
import { isEditTool } from './evidence.ts';

const commitMessage = /\bcommit message\b/i;
const planner = /\bplanning agent\b/i;
const inlineChat = /\binline chat\b|inline_chat_exit/i;

/**
 * What a chat request is for. Clients do not say it in one way, so it is read from what cannot be missed: which tools
 * are offered (an agent has tools that edit), and for the editor's own small requests the words of their instructions.
 */
export function requestKind(conversation: Conversation, surface: Surface): RequestKind {
  const instructions = conversation.system.map((part) => part.text).join('\n');
  if (surface === 'utility') {
    const texts = conversation.messages.flatMap((message) =>
      message.parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])),
    );
    return commitMessage.test(instructions) || texts.some((text) => commitMessage.test(text))
      ? 'commit-message'
      : 'title';
  }
  if (planner.test(instructions)) return 'plan';
  if (
    surface === 'inline-chat' ||
    inlineChat.test(instructions) ||
    conversation.tools.some((tool) => inlineChat.test(tool.name))
  ) {
    return 'edit';
  }
  return conversation.tools.some((tool) => isEditTool(tool.name)) ? 'agent' : 'chat';
}
