import { layoutOf } from './repeated-body.ts';
import { repeatsKey } from './repeated-keys.ts';
import { type JsonEdit, rewriteJson, type Splice, spliced, splicesOf } from './rewrite.ts';

/** A client's body, rewritten. */
export interface RewrittenBody {
  readonly body: string;
  /** How it differs from what the client wrote; left out where it is written anew. */
  readonly splices?: readonly Splice[];
}

/**
 * A client's own body with these changes, and everything else as it came. Only where some object in it repeats a key is it
 * written anew, from what was parsed: a provider that takes the first of the two would otherwise be told something that
 * the policy, which goes by the last, has not judged.
 *
 * @param text a JSON object that `JSON.parse` accepts
 * @param body the same, parsed
 * @throws {import('./dialect.ts').RequestFault} when it is no object
 */
export function rewriteBody(text: string, body: unknown, edits: readonly JsonEdit[]): RewrittenBody {
  const layout = layoutOf(body, text);
  if (layout === undefined && repeatsKey(text, body)) return { body: rewriteJson(JSON.stringify(body), edits) };
  const splices = splicesOf(text, edits, layout);
  return { body: spliced(text, splices), splices };
}
