import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/** Hashes that are remembered of one key, and how many characters a text has whose hash is. */
const MOST_REMEMBERED = 1_000;
const LONGEST_REMEMBERED = 1_000;

interface Prepared {
  readonly secret: KeyObject;
  /** By the text. */
  readonly hashes: Map<string, string>;
}

const prepared = new WeakMap<Buffer, Prepared>();

/**
 * A keyed hash as hexadecimal digits. The key is prepared once: each time anew takes five times as long as the hash. The
 * requests of a conversation ask for the same few hashes again and again.
 */
export function keyedHash(key: Buffer, text: string): string {
  const { secret, hashes } = preparedOf(key);
  const known = hashes.get(text);
  if (known !== undefined) return known;
  const made = createHmac('sha256', secret).update(text).digest('hex');
  if (text.length > LONGEST_REMEMBERED) return made;
  if (hashes.size >= MOST_REMEMBERED) hashes.clear();
  hashes.set(text, made);
  return made;
}

function preparedOf(key: Buffer): Prepared {
  const known = prepared.get(key);
  if (known !== undefined) return known;
  const made = { secret: createSecretKey(key), hashes: new Map() };
  prepared.set(key, made);
  return made;
}
