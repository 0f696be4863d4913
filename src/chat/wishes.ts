import type { Conversation } from './conversation.ts';
import type { Lost } from './events.ts';
import { reportNotes } from './provider-notes.ts';

/** Which of the wishes that only some dialects have words for can be said. */
export interface Sayable {
  readonly singleCalls: boolean;
  readonly strictTools: boolean;
  readonly verbosity: boolean;
  readonly details: boolean;
  readonly notes: boolean;
}

export const singleCallsLost = 'the wish for one tool call at a time';
export const strictLost = 'the wish for calls that obey their schema to the letter';
export const verbosityLost = 'how wordy the answer should be';
export const detailLost = 'how closely an image should be looked at';

/** Reports what a conversation wishes for and a dialect, or a model, cannot be told. */
export function reportWishes(conversation: Conversation, can: Sayable, lost: Lost[]): void {
  const { messages, tools, parallelToolCalls, verbosity, notes } = conversation;
  if (!can.singleCalls && parallelToolCalls === false && tools.length > 0) {
    lost.push({ where: 'parallelToolCalls', what: singleCallsLost });
  }
  if (!can.strictTools) {
    for (const [index, { strict }] of tools.entries()) {
      if (strict === true) lost.push({ where: `tools[${index}].strict`, what: strictLost });
    }
  }
  if (!can.verbosity && verbosity !== undefined) lost.push({ where: 'verbosity', what: verbosityLost });
  if (!can.notes && notes !== undefined) reportNotes(notes, lost);
  if (can.details) return;
  for (const [index, { parts }] of messages.entries()) {
    if (parts.some((part) => 'detail' in part && part.detail !== undefined)) {
      lost.push({ where: `messages[${index}]`, what: detailLost });
    }
  }
}
