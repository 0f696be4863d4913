import type { IncomingHttpHeaders } from 'node:http';
import type { Conversation } from '../chat/conversation.ts';
import { fieldsOf, jsonOrUndefined, textOf } from '../chat/untrusted.ts';
import { objectMemo } from '../router/objectMemo.ts';

/** What a client says of itself. All of it can be claimed; a policy is told so where it rests a constraint on it. */
export interface Client {
  /** As a policy's `client` clause names it. */
  readonly name: string;
  /** The same for all requests of one conversation, where the client tells. */
  readonly conversationId?: string;
}

interface Signs {
  readonly name: string;
  readonly agent?: RegExp;
  /** A header that no other client sends. */
  readonly header?: string;
  /** How its system text begins. */
  readonly opening?: RegExp;
}

/** From the most telling to the least: programs first, then the libraries that others are built on. */
const CLIENTS: readonly Signs[] = [
  {
    name: 'claude-code',
    agent: /^claude-(?:cli|code)\//i,
    header: 'x-claude-code-session-id',
    opening: /^You are (?:Claude Code|a Claude agent)\b/,
  },
  { name: 'codex', agent: /^codex[_-]/i, header: 'x-codex-turn-metadata', opening: /\bCodex\b/ },
  {
    name: 'copilot-cli',
    agent: /^(?:github-?)?copilot(?:-cli)?\//i,
    header: 'x-interaction-type',
    opening: /\bGitHub Copilot CLI\b/,
  },
  { name: 'opencode', agent: /\bopencode\//i, header: 'x-session-affinity', opening: /\bopencode\b/i },
  { name: 'cline', agent: /^cline\b/i, opening: /^You are Cline\b/ },
  { name: 'continue', agent: /^continue\b/i, opening: /\bContinue(?: CLI|\.dev)\b/ },
  { name: 'qwen-code', agent: /^qwen-?code\//i, opening: /^You are Qwen Code\b/ },
  { name: 'gemini-cli', agent: /^gemini-?cli\b/i, opening: /\bGemini CLI\b/ },
  { name: 'ai-sdk', agent: /\bai-sdk\// },
  { name: 'openai-sdk', agent: /^(?:async)?openai\//i },
  { name: 'anthropic-sdk', agent: /^(?:async)?anthropic\//i },
  { name: 'gemini-sdk', agent: /^google-genai-sdk\//i },
];

/** A client that nothing tells apart from others. */
const UNKNOWN = 'gateway';
const OPENING_CHARACTERS = 300;
const LONGEST_ID = 200;
/** Shorter cache keys are names that many conversations share. */
const SHORTEST_CACHE_KEY = 16;

/** Who asks, by what it sends. */
export function recogniseClient(headers: IncomingHttpHeaders, conversation: Conversation, body: unknown): Client {
  const name = nameOf(headers, conversation);
  const id = conversationIdOf(headers, body);
  return { name, ...(id === undefined ? {} : { conversationId: `${name} ${id}` }) };
}

function nameOf(headers: IncomingHttpHeaders, { system }: Conversation): string {
  const agent = headers['user-agent'] ?? '';
  const told =
    CLIENTS.find(({ header }) => header !== undefined && headers[header] !== undefined) ??
    CLIENTS.find((client) => client.agent?.test(agent));
  if (told !== undefined && !told.name.endsWith('-sdk')) return told.name;
  // A program's own words tell more than the library that it sends with.
  return nameByOpening(system) || (told?.name ?? UNKNOWN);
}

/** '' where it does not tell. */
const nameByOpening = objectMemo((system: Conversation['system']): string => {
  const openings = system.slice(0, 3).map(({ text }) => text.slice(0, OPENING_CHARACTERS));
  return CLIENTS.find((client) => openings.some((opening) => client.opening?.test(opening)))?.name ?? '';
});

function conversationIdOf(headers: IncomingHttpHeaders, body: unknown): string | undefined {
  const fields = fieldsOf(body);
  const candidates = [
    headers['x-claude-code-session-id'],
    sessionOfUser(textOf(fieldsOf(fields['metadata'])['user_id'])),
    headers['session-id'] ?? headers['session_id'],
    headers['x-session-id'],
    cacheKeyOf(textOf(fields['prompt_cache_key'])),
  ];
  const found = candidates.find((id): id is string => typeof id === 'string' && id !== '');
  return found?.slice(0, LONGEST_ID);
}

/** Claude Code's `user_…_account_…_session_ID`, or the same as JSON. */
function sessionOfUser(userId: string): string | undefined {
  if (userId.length > 2_000) return undefined;
  if (userId.startsWith('{')) return textOf(fieldsOf(jsonOrUndefined(userId))['session_id']);
  return /_session_([\w-]{8,100})$/.exec(userId)?.[1];
}

function cacheKeyOf(key: string): string | undefined {
  return key.length >= SHORTEST_CACHE_KEY && /\d/.test(key) ? key : undefined;
}
