// What is asked of every client, on every model: the cells of the table.
import type { TestContext } from 'vitest';

export const CELLS = ['text', 'edit', 'refusal', 'abort', 'cut', 'usage', 'login'] as const;
export type Cell = (typeof CELLS)[number];

declare module 'vitest' {
  interface TaskMeta {
    cell?: { readonly client: string; readonly target: string; readonly cells: readonly Cell[]; note?: string };
  }
}

/** Marks a test as one or more cells of the table; returns where to write what there is to be said of them. */
export function mark(
  context: TestContext,
  client: string,
  target: string,
  cells: readonly Cell[],
): (note: string) => void {
  const cell: NonNullable<TestContext['task']['meta']['cell']> = { client, target, cells };
  context.task.meta.cell = cell;
  return (note) => {
    cell.note = note;
  };
}
