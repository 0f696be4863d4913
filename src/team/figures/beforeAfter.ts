import { sql } from 'kysely';
import { dayName } from '../../usage/report/dayRange.ts';
import { compare, grouped } from '../../usage/report/grouped.ts';
import { heatCell } from '../../usage/report/heatCell.ts';
import type { HeatCell, Interval, WorkKind } from '../../usage/report/usageReport.ts';
import { type FigureSource, tasksInView } from './atomSource.ts';
import { SHOWS_EVERYONE } from './leastPersons.ts';
import { addUp, keyColumn } from './sheets/addUp.ts';
import { isInView } from './sheets/isInView.ts';
import { taskSheets } from './sheets/sheetFamilies.ts';
import type { TeamTaskCell } from './taskFigures.ts';
import type { TeamView } from './teamView.ts';

/** When a policy was in force, as those who were routed by it have reported. */
export interface PolicySeen {
  /** A keyed hash of it; teams have different ones of the same policy. */
  readonly policy: string;
  readonly from: string;
  readonly to: string;
  readonly tasks: number;
}

/** So many are told. */
const MOST_POLICIES = 50;

/** The policies of a view, the newest first. What is told without its policy is left out. */
export async function readPolicies(source: FigureSource, view: TeamView): Promise<readonly PolicySeen[]> {
  if (source.leastPersons === SHOWS_EVERYONE) return queryPolicies(source, view);
  const isAsked = isInView(view);
  const groups = await addUp(source, [taskSheets], view, {
    by: [['policy', keyColumn('policy')]],
    where: (keys, at) => keys['policy']?.[at] !== '' && isAsked(keys, at),
  });
  return groups
    .map(({ named, from, to, sums }) => ({
      policy: String(named['policy']),
      from: dayName(from),
      to: dayName(to),
      tasks: sums['tasks'] ?? 0,
    }))
    .sort((a, b) => compare(b.from, a.from) || b.tasks - a.tasks || compare(a.policy, b.policy))
    .slice(0, MOST_POLICIES);
}

/** The same by the database, of all rows that there are. */
export async function queryPolicies(source: FigureSource, view: TeamView): Promise<readonly PolicySeen[]> {
  const { rows } = await sql<PolicySeen>`
    SELECT policy, min(from_day)::text AS "from", max(to_day)::text AS "to", sum(tasks)::float8 AS tasks
    FROM ${tasksInView(source, view)} AND policy <> '' AND tasks > 0 GROUP BY policy ORDER BY 2 DESC, 4 DESC, 1
    LIMIT ${sql.lit(MOST_POLICIES)}`.execute(source.database);
  return rows;
}

/** A class and a kind of work before a change of the policy, and since. */
export interface BeforeAfter {
  readonly class: string;
  readonly work: WorkKind;
  readonly before?: HeatCell;
  readonly after?: HeatCell;
  /** Of the cost of a successful task and of the pass rate: what the change cannot be told from chance by. */
  readonly mayBeChance: { readonly cost?: boolean; readonly passRate?: boolean };
}

/**
 * What each class came to under one policy and under another, all models together: what changed may have other reasons than
 * the policy, and the two times may have had other work.
 */
export function beforeAfter(before: readonly TeamTaskCell[], after: readonly TeamTaskCell[]): readonly BeforeAfter[] {
  const key = ({ class: ofClass, work }: TeamTaskCell): string => JSON.stringify([ofClass, work]);
  const told = (cells: readonly TeamTaskCell[]) =>
    grouped(
      cells.filter(({ class: ofClass }) => ofClass !== ''),
      key,
    );
  const [old, now] = [told(before), told(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort(compare).flatMap((name) => {
    const [own, other] = [old.get(name) ?? [], now.get(name) ?? []];
    const first = own[0] ?? other[0];
    if (first === undefined) return [];
    const was = own.length === 0 ? undefined : heatCell(own, () => undefined);
    const is = other.length === 0 ? undefined : heatCell(other, () => undefined);
    return [
      {
        class: first.class,
        work: first.work,
        ...(was && { before: was }),
        ...(is && { after: is }),
        mayBeChance: {
          ...overlapOf('cost', was?.costInterval, is?.costInterval),
          ...overlapOf('passRate', was?.passInterval, is?.passInterval),
        },
      },
    ];
  });
}

function overlapOf(
  name: 'cost' | 'passRate',
  one: Interval | undefined,
  other: Interval | undefined,
): Readonly<Partial<Record<'cost' | 'passRate', boolean>>> {
  return one === undefined || other === undefined ? {} : { [name]: one.low <= other.high && other.low <= one.high };
}
