import { type RawBuilder, sql } from 'kysely';
import { compare, grouped } from '../../usage/report/grouped.ts';
import { heatCell } from '../../usage/report/heatCell.ts';
import type { HeatCell, Interval, WorkKind } from '../../usage/report/usageReport.ts';
import { type FigureSource, tasksInView } from './atomSource.ts';
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

/** The policies of a view, the newest first. What is told without its policy is left out. */
export async function readPolicies(source: FigureSource, view: TeamView): Promise<readonly PolicySeen[]> {
  const rows: RawBuilder<PolicySeen> = sql`
    SELECT policy, min(from_day)::text AS "from", max(to_day)::text AS "to", sum(tasks)::float8 AS tasks
    FROM ${tasksInView(source, view)} AND policy <> '' AND tasks > 0 GROUP BY policy ORDER BY 2 DESC, 4 DESC, 1 LIMIT 50`;
  return (await rows.execute(source.database)).rows;
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
