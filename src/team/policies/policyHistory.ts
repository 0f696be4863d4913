import type { Change } from '../../routing/diff/change.ts';
import { writtenChanges } from '../../routing/diff/writtenChanges.ts';
import type { TeamServices } from '../services.ts';
import { readPublished } from './judgePolicy.ts';

/** A policy that is handed out. */
export interface ListedPolicy {
  readonly name: string;
  readonly serial: number;
  readonly publishedAt: Date;
  readonly publishedBy: string;
  readonly versions: number;
}

/** A version of it. */
export interface PolicyVersion {
  readonly serial: number;
  readonly publishedAt: Date;
  readonly publishedBy: string;
  readonly note: string;
  /** Of one that brings back an older one. */
  readonly ofSerial: number | undefined;
  readonly text: string;
  /** What it says differently from the one before; undefined: there is none, or this version of the server reads one otherwise. */
  readonly changes: readonly Change[] | undefined;
}

/** What is told of one version at once. */
const MOST_VERSIONS = 20;

/** Every policy of an organisation, by name. */
export async function listPolicies(
  { database }: Pick<TeamServices, 'database'>,
  orgId: number,
): Promise<readonly ListedPolicy[]> {
  const rows = await database
    .selectFrom('policy_versions as v')
    .distinctOn('v.name')
    .select((of) => [
      'v.name',
      'v.serial',
      'v.published_at',
      'v.published_by',
      of
        .selectFrom('policy_versions as all')
        .select((one) => one.fn.countAll<string>().as('count'))
        .whereRef('all.org_id', '=', 'v.org_id')
        .whereRef('all.name', '=', 'v.name')
        .as('versions'),
    ])
    .where('v.org_id', '=', orgId)
    .orderBy('v.name')
    .orderBy('v.serial', 'desc')
    .execute();
  return rows.map((row) => ({
    name: row.name,
    serial: Number(row.serial),
    publishedAt: row.published_at,
    publishedBy: row.published_by,
    versions: Number(row.versions ?? 0),
  }));
}

/** The newest versions of a policy, the newest first, each with what it changed. */
export async function policyHistory(
  { database, now }: Pick<TeamServices, 'database' | 'now'>,
  orgId: number,
  name: string,
  most = MOST_VERSIONS,
): Promise<readonly PolicyVersion[]> {
  const rows = await database
    .selectFrom('policy_versions')
    .select(['serial', 'text', 'published_at', 'published_by', 'note', 'of_serial'])
    .where('org_id', '=', orgId)
    .where('name', '=', name)
    .orderBy('serial', 'desc')
    // One more, to compare the oldest that is shown with.
    .limit(most + 1)
    .execute();
  const read = await Promise.all(rows.map(({ text }) => readPublished(text, now())));
  return rows.slice(0, most).map((row, place) => {
    const [after, before] = [read[place], read[place + 1]];
    return {
      serial: Number(row.serial),
      publishedAt: row.published_at,
      publishedBy: row.published_by,
      note: row.note,
      ofSerial: row.of_serial === null ? undefined : Number(row.of_serial),
      text: row.text.toString('utf8'),
      changes: after && before && writtenChanges(before, after),
    };
  });
}
