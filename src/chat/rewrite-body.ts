import type { Member } from './json-bytes.ts';
import { repeatsKey } from './repeated-keys.ts';
import { type JsonEdit, rewriteJson } from './rewrite.ts';

/** A client's body. */
export interface JsonBody {
  /** As it came, unpacked: UTF-8 of what `JSON.parse` accepts. Nothing may write into them. */
  readonly bytes: Buffer;
  readonly value: unknown;
  /** Where its members stand, if that is known: then no object in it repeats a key. */
  readonly members?: readonly Member[] | undefined;
}

/**
 * A client's own body with these changes, and everything else as it came. Only where some object in it repeats a key is it
 * written anew, from what was parsed: a provider that takes the first of the two would otherwise be told something that
 * the policy, which goes by the last, has not judged.
 *
 * @throws {import('./dialect.ts').RequestFault} when it is no object
 */
export function rewriteBody({ bytes, value, members }: JsonBody, edits: readonly JsonEdit[]): Buffer {
  const isRepeating = members === undefined && repeatsKey(bytes, value);
  return isRepeating ? rewriteJson(Buffer.from(JSON.stringify(value)), edits) : rewriteJson(bytes, edits, members);
}
