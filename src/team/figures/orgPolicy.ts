import type { Kysely } from 'kysely';
import { innermost, type LayeredPolicy } from '../../policy/layers.ts';
import { parsePolicy } from '../../policy/parse.ts';
import type { Policy } from '../../policy/schema.ts';
import { readPublished } from '../policies/judgePolicy.ts';
import type { Tables } from '../store/tables.ts';

/** The organisation's own policy, as it is given out. */
export interface OrgPolicy {
  readonly name: string;
  readonly serial: string;
  readonly publishedAt: number;
  /** As it is written. */
  readonly source: Policy;
  /** With all that it extends. */
  readonly inForce: LayeredPolicy;
}

/** Of several policies, the one that is called so is laid over the figures; else the first by name. */
const USUAL_NAME = 'baseline';

/** What was read last, of each database: presets lie on the disk, and a page asks for them each time. */
const known = new WeakMap<
  Kysely<Tables>,
  { readonly of: string; readonly policy: Promise<LayeredPolicy | undefined> }
>();

function readInForce(
  database: Kysely<Tables>,
  of: string,
  text: Buffer,
  now: number,
): Promise<LayeredPolicy | undefined> {
  const last = known.get(database);
  if (last?.of === of) return last.policy;
  const policy = readPublished(text, now);
  known.set(database, { of, policy });
  policy.catch(() => known.delete(database)); // whoever asked is told; the next one reads anew
  return policy;
}

/**
 * @param now milliseconds since the epoch
 * @returns undefined: none is given out, or it can no longer be read
 */
export async function readOrgPolicy(
  database: Kysely<Tables>,
  orgId: number,
  now: number,
): Promise<OrgPolicy | undefined> {
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
  const of = JSON.stringify([orgId, found.name, found.serial, found.published_at]);
  const inForce = source && (await readInForce(database, of, found.text, now));
  if (source === undefined || inForce === undefined) return undefined;
  return {
    name: found.name,
    serial: String(found.serial),
    publishedAt: found.published_at.getTime(),
    source,
    inForce,
  };
}

/**
 * What the policy itself calls a class that installations have reported: to those that extend the policy from this server its
 * classes are of a layer with the server's name, `usage.acme.example:docs`.
 */
export function ownClass({ inForce }: Pick<OrgPolicy, 'inForce'>, reported: string): string {
  const own = reported.slice(reported.lastIndexOf(':') + 1);
  const isKnown = inForce.layers.some(({ policy }) => policy.classById.has(reported));
  return !isKnown && innermost(inForce)?.policy.classById.has(own) === true ? own : reported;
}
