import type { Generated } from 'kysely';

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
export interface Tables {
  orgs: OrgTable;
  teams: TeamTable;
}
