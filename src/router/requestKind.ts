import type { Conversation, Tool } from '../chat/conversation.ts';
import type { RequestKind } from '../policy/schema.ts';
import type { Surface } from '../usage/attempt.ts';
import { isEditTool, isShell } from './evidence/tools.ts';
import { objectMemo } from './objectMemo.ts';

const commitMessage = /\bcommit message\b/i;
const planner = /\bplanning agent\b/i;
/** The tool by which the editor's inline chat ends, under its exact name. */
const inlineChatTool = 'inline_chat_exit';

/** Where a client says what it is, before any instructions that it takes from a repository or a person. */
const openingCharacters = 300;

const mayChange = objectMemo((tools: readonly Tool[]): boolean =>
  tools.some((tool) => isEditTool(tool) || isShell(tool.name)),
);

/**
 * What a chat request is for, read from what cannot be talked into anything: which tools are offered. One that edits
 * files or runs commands makes an agent. Words decide only at the very beginning of the system's text, and never about a
 * request that may change files.
 */
export function requestKind(conversation: Conversation, surface: Surface): RequestKind {
  const { tools } = conversation;
  if (surface === 'inline-chat' || tools.some(({ name }) => name === inlineChatTool)) return 'edit';
  if (mayChange(tools)) return 'agent';
  const opening = conversation.system[0]?.text.slice(0, openingCharacters) ?? '';
  if (surface === 'utility') return commitMessage.test(opening) ? 'commit-message' : 'title';
  return planner.test(opening) ? 'plan' : 'chat';
}
