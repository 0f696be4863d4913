import type { JsonBody } from './json-body.ts';
import { type JsonEdit, rewriteJson } from './rewrite.ts';

/**
 * A client's own body with these changes, and everything else as it came. Only where some object in it repeats a key is it
 * written anew, from what was parsed: a provider that takes the first of the two would otherwise be told something that
 * the policy, which goes by the last, has not judged.
 *
 * @throws {import('./dialect.ts').RequestFault} when it is no object
 */
export function rewriteBody({ bytes, value, members }: JsonBody, edits: readonly JsonEdit[]): Buffer {
  return members === 'none'
    ? rewriteJson(Buffer.from(JSON.stringify(value)), edits)
    : rewriteJson(bytes, edits, members);
}
