import type { BudgetPeriod } from '../../usage/leases/wire.ts';

/** Every version of a policy that was ever published. The highest serial is the one in force. */
export interface PolicyVersionTable {
  org_id: number;
  name: string;
  /** Only rises, as routers take no lower one than they have seen. */
  serial: string;
  /** The bytes that are signed. */
  text: Buffer;
  /** Ed25519, over the line with the serial and the bytes. */
  signature: Buffer;
  published_at: Date;
  published_by: string;
  /** Why, in the words of whoever published it. */
  note: string;
  /** Of a version that brings back an older one: that one's serial. */
  of_serial: string | null;
}

/** The budgets of teams and of the organisation that the policy in force declares. */
export interface PolicyBudgetTable {
  org_id: number;
  policy: string;
  name: string;
  per: 'team' | 'org';
  period: BudgetPeriod;
  amount_nano: string;
}

export interface PolicyTables {
  policy_versions: PolicyVersionTable;
  policy_budgets: PolicyBudgetTable;
}
