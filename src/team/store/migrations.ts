import type { Migration } from 'kysely/migration';
import { access } from './migrations/0001_access.ts';
import { usage } from './migrations/0002_usage.ts';
import { budgets } from './migrations/0003_budgets.ts';
import { policies } from './migrations/0004_policies.ts';
import { imports } from './migrations/0005_imports.ts';
import { figures } from './migrations/0006_figures.ts';
import { published } from './migrations/0007_published.ts';
import { metricsToken } from './migrations/0008_metrics_token.ts';
import { claims } from './migrations/0009_claims.ts';
import { outcomes } from './migrations/0010_outcomes.ts';
import { sheets } from './migrations/0011_sheets.ts';
import { taskSums } from './migrations/0012_task_sums.ts';

/** Every change of the tables that there ever was, in order. What has been published is never changed: it is followed. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001_access': access,
  '0002_usage': usage,
  '0003_budgets': budgets,
  '0004_policies': policies,
  '0005_imports': imports,
  '0006_figures': figures,
  '0007_published': published,
  '0008_metrics_token': metricsToken,
  '0009_claims': claims,
  '0010_outcomes': outcomes,
  '0011_sheets': sheets,
  '0012_task_sums': taskSums,
};
