import type { Kysely } from 'kysely';
import { compilePolicy } from '../../policy/compile.ts';
import { type LayeredPolicy, oneLayer } from '../../policy/layers.ts';
import { parsePolicy } from '../../policy/parse.ts';
import type { Policy } from '../../policy/schema.ts';
import type { Tables } from '../store/tables.ts';

/** The organisation's own policy, as it is given out. */
export interface OrgPolicy {
  readonly name: string;
  readonly serial: string;
  readonly publishedAt: number;
  /** As it is written. */
  readonly source: Policy;
  /** By itself, without what it extends. */
  readonly inForce: LayeredPolicy;
}

/** Of several policies, the one that is called so is laid over the figures; else the first by name. */
const USUAL_NAME = 'baseline';

/** undefined: none is given out, or it can no longer be read. */
export async function readOrgPolicy(database: Kysely<Tables>, orgId: number): Promise<OrgPolicy | undefined> {
  const found = await database
    .selectFrom('policy_versions')
    .select(['name', 'serial', 'text', 'published_at'])
    .where('org_id', '=', orgId)
    .orderBy((order) => order.case().when('name', '=', USUAL_NAME).then(0).else(1).end())
    .orderBy('name')
    .orderBy('serial', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (found === undefined) return undefined;
  const source = parsePolicy(found.text.toString('utf8')).policy;
  if (source === undefined) return undefined;
  return {
    name: found.name,
    serial: String(found.serial),
    publishedAt: found.published_at.getTime(),
    source,
    inForce: oneLayer(compilePolicy(source, String(found.serial)), found.name),
  };
}
