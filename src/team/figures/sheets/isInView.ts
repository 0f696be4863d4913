import type { TeamView } from '../teamView.ts';
import type { SheetKeys } from './sheet.ts';

/** Which keys of a sheet a view has: of tasks, or of others, which have no labels. */
export function isInView({ team, class: ofClass, label }: TeamView): (keys: SheetKeys, at: number) => boolean {
  return ({ team_id: teams, class: classes, labels }, at) =>
    (team === undefined || teams?.[at] === team) &&
    (ofClass === undefined || classes?.[at] === ofClass) &&
    (label === undefined || labels === undefined || labelIn(labels[at], label.key) === label.value);
}

function labelIn(labels: unknown, key: string): unknown {
  return typeof labels === 'object' && labels !== null && Object.hasOwn(labels, key)
    ? (labels as Readonly<Record<string, unknown>>)[key]
    : undefined;
}
