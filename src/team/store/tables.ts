import type { Generated } from 'kysely';
import type { AccessTables } from '../access/accessTables.ts';
import type { BudgetTables } from '../budgets/budgetTables.ts';
import type { FigureTables } from '../figures/figureTables.ts';
import type { ImportTables } from '../imports/importTables.ts';
import type { PolicyTables } from '../policies/policyTables.ts';
import type { UsageTables } from '../usage/usageTables.ts';

/** An organisation: whose policy it is. */
export interface OrgTable {
  id: Generated<number>;
  name: string;
  created_at: Generated<Date>;
}

/** A team of it, for which figures are added up. */
export interface TeamTable {
  id: Generated<number>;
  org_id: number;
  name: string;
  created_at: Generated<Date>;
}

/** Every table, by the parts of the server that own them. */
export interface Tables extends AccessTables, UsageTables, BudgetTables, PolicyTables, ImportTables, FigureTables {
  orgs: OrgTable;
  teams: TeamTable;
}
