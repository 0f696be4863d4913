import type { FigureSource } from '../atomSource.ts';
import type { TaskColumn, TaskSums } from '../taskFigures.ts';
import type { TeamView } from '../teamView.ts';
import { addUp, dayColumn, keyColumn, type SheetColumn, type SheetGroup, weekColumn } from './addUp.ts';
import { isInView } from './isInView.ts';
import { outcomeSheets, taskSheets } from './sheetFamilies.ts';

/** What is added up of tasks: what they took, and what became of them. */
export const taskSums: readonly string[] = [...taskSheets.sums, ...outcomeSheets.sums];

const columns: Readonly<Record<TaskColumn, SheetColumn>> = {
  team: keyColumn('team_id'),
  class: keyColumn('class'),
  work: keyColumn('work'),
  provider: keyColumn('provider'),
  model: keyColumn('model'),
  simulated: keyColumn('simulated'),
  week: weekColumn,
  day: dayColumn,
  policy: keyColumn('policy'),
  labels: keyColumn('labels'),
  trial: keyColumn('trial'),
  arm: keyColumn('arm'),
};

/** {@link ../taskFigures.ts readTaskSums} of what is published. */
export async function sumTaskSheets(
  source: FigureSource,
  view: TeamView,
  by: readonly TaskColumn[],
): Promise<readonly TaskSums[]> {
  const question = { by: by.map((name) => [name, columns[name]] as const), where: isInView(view) };
  const groups = await addUp(source, [taskSheets, outcomeSheets], view, question, by.includes('day'));
  return groups.map(rowOf);
}

const none = Object.fromEntries(taskSums.map((name) => [name, 0]));

/** The words of a sheet are what the columns of its tables have. */
function rowOf({ named, sums }: SheetGroup): TaskSums {
  return { ...none, ...sums, ...named } as unknown as TaskSums;
}
