import type { ThinkingPart } from './conversation.ts';
import { isFields, jsonOrUndefined } from './untrusted.ts';

/** Whose thinking it is and what its maker wants back with it: all of a {@link ThinkingPart} but its text. */
export type ThinkingSeal = Omit<ThinkingPart, 'kind' | 'text'>;

/** In base64 it is the beginning of every seal: its length is a multiple of three. */
const opening = '{"routing-policy": 1,';
const prefix = btoa(opening);

/**
 * The seal as one opaque text, for the field in which a client's dialect carries such a text from an answer to the next
 * request (`encrypted_content`, `signature`): so that thinking finds its way back through clients of other dialects,
 * with the name of the model that can read it. It is base64, since some clients check for that.
 */
export function writeSeal({ signature, sealed, id, maker, model }: ThinkingSeal): string {
  const fields = JSON.stringify({ signature, sealed, id, maker, model });
  const ascii = fields.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return btoa(opening + ascii.slice(1));
}

/** What {@link writeSeal} wrote, or undefined for any other text. It comes from a client: it may have been made up. */
export function readSeal(text: string): ThinkingSeal | undefined {
  if (!isSeal(text)) return undefined;
  let json: string;
  try {
    json = atob(text);
  } catch {
    // Begins like one and is not base64: cut or made up, and nobody's.
    return {};
  }
  const parsed = jsonOrUndefined(json);
  if (!isFields(parsed)) return {};
  const seal: { -readonly [Name in keyof ThinkingSeal]: string } = {};
  for (const name of ['signature', 'sealed', 'id', 'maker', 'model'] as const) {
    const value = Object.hasOwn(parsed, name) ? parsed[name] : undefined;
    if (typeof value === 'string' && value !== '') seal[name] = value;
  }
  return seal;
}

export function isSeal(text: string): boolean {
  return text.startsWith(prefix);
}
