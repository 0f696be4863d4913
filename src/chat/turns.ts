import type { AssistantPart, Message, ThinkingPart, ToolResultPart, UserPart } from './conversation.ts';
import type { Lost } from './events.ts';

/** A part and where it stood in the conversation, for reports of what was lost. */
export interface Placed<Part> {
  readonly part: Part;
  /** `messages[3].parts[0]`. */
  readonly where: string;
  /** The index of its message. */
  readonly message: number;
}

export type ToolResult = Extract<UserPart, { kind: 'tool-result' }>;
export type SaidPart = Exclude<UserPart, ToolResult>;

/**
 * A conversation as every dialect wants it: roles alternate, each call of a tool is answered in the very next user turn
 * and nothing else is, results come first, and no text is blank.
 */
export type Turn =
  | {
      readonly role: 'user';
      readonly results: readonly Placed<ToolResult>[];
      readonly parts: readonly Placed<SaidPart>[];
    }
  | { readonly role: 'assistant'; readonly parts: readonly Placed<AssistantPart>[] };

export interface TurnRules {
  /** Whether the model that is asked can be given this thinking back. */
  readonly keepsThinking: (part: ThinkingPart) => boolean;
  /** The longest id of a tool call that the dialect accepts. */
  readonly longestCallId: number;
  readonly lost: Lost[];
}

type Span =
  | { readonly role: 'user'; readonly parts: Placed<UserPart>[] }
  | { readonly role: 'assistant'; readonly parts: Placed<AssistantPart>[] };

interface OpenCall {
  readonly givenId: string;
  readonly callId: string;
  readonly name: string;
  readonly where: string;
  readonly message: number;
  answered: boolean;
}

/**
 * The conversation's messages as {@link Turn}s. Messages of one role in a row become one; ids of calls are made fit and
 * unique, the same way each time, so that a prompt cache still matches. A result without its call becomes text; a call
 * without its result gets one that says so; both are reported.
 */
export function turnsOf(messages: readonly Message[], rules: TurnRules): Turn[] {
  const turns: Turn[] = [];
  const usedIds = new Set<string>();
  let open: OpenCall[] = [];
  for (const span of spansOf(messages, rules)) {
    if (span.role === 'assistant') {
      open = [];
      turns.push({ role: 'assistant', parts: span.parts.map((placed) => withFitCall(placed, usedIds, open, rules)) });
    } else {
      turns.push(answer(span.parts, open, rules.lost));
      open = [];
    }
  }
  if (open.length > 0) turns.push(answer([], open, rules.lost));
  return turns;
}

function spansOf(messages: readonly Message[], { keepsThinking, lost }: TurnRules): Span[] {
  const spans: Span[] = [];
  for (const [index, message] of messages.entries()) {
    const last = spans.at(-1);
    if (message.role === 'user') {
      const parts = place<UserPart>(message.parts, index).filter(
        ({ part }) => part.kind !== 'text' || !blank(part.text),
      );
      if (parts.length === 0) continue;
      if (last?.role === 'user') last.parts.push(...parts);
      else spans.push({ role: 'user', parts });
    } else {
      const parts = place<AssistantPart>(message.parts, index).filter(({ part, where }) => {
        if (part.kind === 'text') return !blank(part.text);
        if (part.kind !== 'thinking' || keepsThinking(part)) return true;
        lost.push({ where, what: 'thinking that only the model that wrote it can be given back' });
        return false;
      });
      if (parts.length === 0) continue;
      if (last?.role === 'assistant') last.parts.push(...parts);
      else spans.push({ role: 'assistant', parts });
    }
  }
  return spans;
}

function place<Part>(parts: readonly Part[], message: number): Placed<Part>[] {
  return parts.map((part, index) => ({ part, where: `messages[${message}].parts[${index}]`, message }));
}

/** Providers refuse text of white space alone. */
export function blank(text: string): boolean {
  return text.trim() === '';
}

function withFitCall(
  placed: Placed<AssistantPart>,
  usedIds: Set<string>,
  open: OpenCall[],
  rules: TurnRules,
): Placed<AssistantPart> {
  const { part, where, message } = placed;
  if (part.kind !== 'tool-call') return placed;
  const callId = fitId(part.callId, usedIds, rules.longestCallId);
  const name = fitName(part.name);
  open.push({ givenId: part.callId, callId, name, where, message, answered: false });
  return { part: { ...part, callId, name }, where, message };
}

function answer(parts: readonly Placed<UserPart>[], open: readonly OpenCall[], lost: Lost[]): Turn {
  const results: Placed<ToolResult>[] = [];
  const said: Placed<SaidPart>[] = [];
  for (const placed of parts) {
    const { part, where, message } = placed;
    if (part.kind !== 'tool-result') {
      said.push({ part, where, message });
      continue;
    }
    const call = open.find(({ givenId, answered }) => !answered && givenId === part.callId);
    if (call === undefined) {
      lost.push({ where, what: 'a tool result without its call just before it; it was sent as text' });
      said.push(...asSaid(part, where, message));
    } else {
      call.answered = true;
      results.push({ part: { ...part, callId: call.callId }, where, message });
    }
  }
  for (const { answered, callId, name, where, message } of open) {
    if (answered) continue;
    lost.push({ where, what: 'a tool call without a result; it was given one that says so' });
    const text = `No result of this call of ${name} was recorded.`;
    results.push({
      part: { kind: 'tool-result', callId, parts: [{ kind: 'text', text }], failed: true },
      where,
      message,
    });
  }
  return { role: 'user', results, parts: said };
}

function asSaid(result: ToolResult, where: string, message: number): Placed<SaidPart>[] {
  const intro: ToolResultPart = { kind: 'text', text: 'The result of an earlier tool call:' };
  return [intro, ...result.parts]
    .filter((part) => part.kind !== 'text' || !blank(part.text))
    .map((part) => ({ part, where, message }));
}

/** The id with only the characters that all providers accept, no longer than `longest`, and unlike any in `used`. */
export function fitId(id: string, used: Set<string>, longest: number): string {
  const base = id.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, longest) || 'call';
  let fit = base;
  for (let copy = 2; used.has(fit); copy++) {
    const ending = `_${copy}`;
    fit = base.slice(0, longest - ending.length) + ending;
  }
  used.add(fit);
  return fit;
}

/** The name of a tool or a schema with only the characters that all providers accept, at most 64 of them. */
export function fitName(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64) || 'unnamed';
}
