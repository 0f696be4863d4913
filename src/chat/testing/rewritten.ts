import type { ClientDialect, RequestChanges } from '../dialect.ts';
import type { Lost } from '../events.ts';
import { JsonBody } from '../json-body.ts';

/** A client's body, parsed as a whole. */
export function jsonBody(said: string | object): JsonBody {
  const text = typeof said === 'string' ? said : JSON.stringify(said);
  return new JsonBody(Buffer.from(text), JSON.parse(text));
}

/** A client's body with what the policy decided, as text. */
export function rewritten(
  dialect: ClientDialect,
  said: string | object,
  changes: RequestChanges,
): { readonly body: string; readonly lost: readonly Lost[] } {
  const { body, lost } = dialect.rewrite(jsonBody(said), changes);
  return { body: body.toString('utf8'), lost };
}
