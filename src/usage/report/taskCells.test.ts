import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { requestKinds } from '../../policy/schema.ts';
import { migrate } from '../ledgerSchema.ts';
import { readTaskCells, readTaskCosts } from './taskCells.ts';

const range = { firstDay: 0, lastDay: 0 };
let database: DatabaseSync;
beforeEach(() => {
  database = new DatabaseSync(':memory:');
  migrate(database);
});
afterEach(() => database.close());

function task(id: number, { kind = 'agent', tokens = 0 }: { readonly kind?: string; readonly tokens?: number }): void {
  database
    .prepare(
      `INSERT INTO tasks (id, opened_at, last_at, settled, surface, kind, class, policy_hash, provider, model, outcome,
         input_tokens, cost_nano_usd) VALUES (?, 0, 0, 1, 'agent', ?, 'docs', 'hash', 'p', 'm/x', 'kept', ?, ?)`,
    )
    .run(`task-${id}`, kind, tokens, id);
}

it('counts tasks by size: a step belongs to the size above it, and what is lost to none', () => {
  const tokens = [0, 999, 1_000, 3_999, 4_000, 16_000, 63_999, 63_999, 64_000, 9e9];
  for (const [id, one] of tokens.entries()) task(id, { tokens: one });
  expect(readTaskCells(database, range).map((cell) => [cell.tasks, cell.sizes])).toEqual([[10, [2, 2, 1, 3, 2, 0]]]);
  database.exec(`DELETE FROM tasks; INSERT INTO task_days VALUES
    ('1970-01-01', 'docs', 'p', 'm', 'agent', 'agent', '', '', '', 'kept', 4, 4, 100, 0, 0, 0, 0, 0)`);
  expect(readTaskCells(database, range).map((cell) => [cell.tasks, cell.sizes])).toEqual([[4, [0, 0, 0, 0, 0, 4]]]);
});

it('reads what the tasks of a kind of work cost that its cells are made of, those of kinds that it does not know too', () => {
  const kinds = [...requestKinds, 'a kind of a later version'];
  for (const [id, kind] of kinds.entries()) task(id, { kind });
  const cells = readTaskCells(database, range);
  for (const work of ['completion', 'change', 'question'] as const) {
    const costs = readTaskCosts(database, range, { class: 'docs', target: 'p/m/x', work });
    const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
    const ofWork = cells.filter((cell) => cell.work === work);
    expect(costs).toHaveLength(sum(ofWork.map(({ tasks }) => tasks)));
    expect(sum(costs.map(({ costNanoUsd }) => costNanoUsd))).toBe(sum(ofWork.map(({ costNanoUsd }) => costNanoUsd)));
  }
  expect(cells.reduce((sum, { tasks }) => sum + tasks, 0)).toBe(kinds.length);
});
