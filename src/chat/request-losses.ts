import type { ToolResultPart, UserPart } from './conversation.ts';
import type { Lost } from './events.ts';
import type { Fields } from './untrusted.ts';

// What the neutral conversation cannot hold of a client's request, and what stands in its place.

/** Stands where a part of a message could not be read into the conversation, and reports it. */
export function lostPart(what: string, where: string, lost: Lost[]): Extract<ToolResultPart, { kind: 'text' }> {
  lost.push({ where, what });
  return { kind: 'text', text: `[Here was ${what}, which could not be passed on.]` };
}

/** The name of a type as it may be shown: what a client writes is not put into sentences as it is. */
export function shownType(type: unknown): string {
  return typeof type === 'string' && /^[\w.-]{1,40}$/.test(type) ? `of type "${type}"` : 'of an unknown type';
}

/** What the system says in the midst of a conversation, where other dialects have no place for it. */
export function midwayInstruction(text: string): UserPart {
  return { kind: 'text', text: `<system>\n${text}\n</system>` };
}

export const midwayInstructionLost =
  'the rank of an instruction in the midst of the conversation; it is said by the user';

/** The most fields that are reported one by one. */
const mostReported = 20;

/**
 * Reports the fields of a body that the conversation cannot hold and that say something.
 *
 * @param carried fields that are read, or that say nothing about the answer
 * @param meanings what is lost with a field; another field is one that only some servers know
 */
export function reportFields(
  body: Fields,
  { carried, meanings }: { readonly carried: ReadonlySet<string>; readonly meanings: ReadonlyMap<string, string> },
  lost: Lost[],
): void {
  let reported = 0;
  for (const name of Object.keys(body)) {
    if (carried.has(name) || saysNothing(name, body[name]) || reported === mostReported) continue;
    reported += 1;
    const known = /^\w{1,64}$/.test(name);
    const what = meanings.get(name) ?? 'a field that other dialects do not have';
    lost.push({ where: known ? name : 'body', what });
  }
}

/** Reports those fields of a part of a body that have a meaning here and say something. */
export function reportParts(
  part: Fields,
  where: string,
  meanings: Readonly<Record<string, string>>,
  lost: Lost[],
): void {
  for (const name in meanings) {
    const what = meanings[name];
    if (what !== undefined && !saysNothing(name, part[name])) lost.push({ where: `${where}.${name}`, what });
  }
}

/** The values by which clients say that they leave it to the server, or that they want nothing. */
export function saysNothing(name: string, value: unknown): boolean {
  // The usual word of these stands for something.
  if (name === 'fallbacks') return value === null || value === undefined;
  if (name === 'truncation') return value === null || value === undefined || value === 'disabled';
  if (value === null || value === undefined || value === false || value === 'auto' || value === 'default') return true;
  // A penalty of zero is none; a seed of zero is a seed.
  if (value === 0) return name !== 'seed';
  if (name === 'verbosity') return value === 'medium';
  if (name === 'mode') return value === 'standard';
  // Of what may call a tool: the model itself, as everywhere.
  if (name === 'allowed_callers') return Array.isArray(value) && value.every((caller) => caller === 'direct');
  if (name === 'caller' && typeof value === 'object' && 'type' in value) return value.type === 'direct';
  if (name === 'modalities') return Array.isArray(value) && value.every((form) => form === 'text');
  return typeof value === 'object' && Object.keys(value).length === 0;
}
