import { isDearTier } from '../models/tier.ts';
import type { RequestChanges } from './dialect.ts';
import type { Lost } from './events.ts';
import type { JsonEdit } from './rewrite.ts';
import type { Fields } from './untrusted.ts';

/** Takes out what asks for a dearer answer, where that is not to be had. */
export function tierEdits(body: Fields, { listPrice }: Pick<RequestChanges, 'listPrice'>, lost: Lost[]): JsonEdit[] {
  if (listPrice !== true) return [];
  return ['speed', 'service_tier', 'serviceTier'].flatMap((name): JsonEdit[] => {
    if (!isDearTier(body[name])) return [];
    lost.push({
      where: name,
      what: 'a tier of service that is dearer than the list price, which limits of money go by',
    });
    return [{ kind: 'remove', path: [name] }];
  });
}
