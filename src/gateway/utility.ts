import type { Conversation } from '../chat/conversation.ts';

const OPENING_CHARACTERS = 400;

/** How clients begin what they ask for themselves, behind a conversation: a title, a topic. */
const OPENINGS: readonly RegExp[] = [
  /^You are a title generator\b/i,
  /^Generate a (?:concise|short|brief)\b.{0,60}\btitle\b/i,
  /^Analyze if this message indicates a new conversation topic\b/i,
  /^Summarize this coding (?:conversation|session) in under \d+ characters\b/i,
  /^(?:Please )?write a \d+-\d+ word title\b/i,
];

/**
 * Whether a client asks for itself and not for a person: a title, a topic, a look at whether its key is good. Told by the
 * beginning of the system's text, and never of a request that offers a tool: what could change files is work.
 */
export function isUtility({ system, messages, tools, maxOutputTokens }: Conversation): boolean {
  if (tools.length > 0) return false;
  if (maxOutputTokens === 1 && messages.length === 1) return true;
  return system.some(({ text }) => {
    const opening = text.slice(0, OPENING_CHARACTERS).trimStart();
    return OPENINGS.some((pattern) => pattern.test(opening));
  });
}
