import type { Conversation } from './conversation.ts';

/** Whether the conversation says anywhere where a prompt cache may end. */
export function hasBreakpoints({ system, messages, tools }: Conversation): boolean {
  return (
    [...system, ...tools].some(({ cacheBreakpoint }) => cacheBreakpoint === true) ||
    messages.some(({ parts }) => parts.some((part) => 'cacheBreakpoint' in part && part.cacheBreakpoint === true))
  );
}
