import type { ColumnType, Generated } from 'kysely';
import type { MachineScope, Role } from '../services.ts';

/** A JSON value as PostgreSQL has it: read as what it says, written as a text. */
type Json<Value> = ColumnType<Value, string, string>;

/** What lets an installation in. Of the token itself only its SHA-256 is kept: it is random, so nothing is gained by more. */
export interface MachineTokenTable {
  org_id: number;
  id: string;
  /** null, and only of a token that publishes policies: it is the organisation's. */
  team_id: number | null;
  scope: MachineScope;
  /** What people call it. */
  label: string;
  hash: Buffer;
  created_at: Date;
  /** null: it holds until it is revoked. */
  expires_at: Date | null;
  revoked_at: Date | null;
}

/** Who may read and change what. Whose usage it is, is not here: nobody knows that. */
export interface PersonTable {
  org_id: number;
  id: Generated<number>;
  /** Who vouches for them: an OpenID provider's issuer, or `link` for whoever followed a link of this machine. */
  issuer: string;
  subject: string;
  name: string;
  role: Role;
  /** A person of no role any more. */
  removed_at: Date | null;
  created_at: Date;
}

/** A browser in which somebody is signed in. */
export interface SessionTable {
  org_id: number;
  /** SHA-256 of what its cookie says. */
  hash: Buffer;
  person_id: number;
  csrf_token: string;
  created_at: Date;
  used_at: Date;
  expires_at: Date;
}

/** A link that signs in whoever follows it first. */
export interface AdminLinkTable {
  org_id: number;
  hash: Buffer;
  created_at: Date;
  expires_at: Date;
}

/** A sign-in that a browser has begun at an OpenID provider. */
export interface SignInTable {
  org_id: number;
  /** SHA-256 of what the browser's cookie says: whoever comes back must be whoever left. */
  hash: Buffer;
  state: string;
  nonce: string;
  verifier: string;
  /** A path of this server. */
  return_to: string;
  expires_at: Date;
}

/** Who did what: sign-ins, and whatever an admin changed. */
export interface AuditTable {
  org_id: number;
  id: Generated<string>;
  at: Date;
  /** A person's name, or `command line`. */
  who: string;
  what: string;
  details: Json<Readonly<Record<string, unknown>>>;
}

/** What the server keeps about itself, by name. */
export interface SettingTable {
  org_id: number;
  name: string;
  value: Json<unknown>;
}

export interface AccessTables {
  machine_tokens: MachineTokenTable;
  people: PersonTable;
  sessions: SessionTable;
  admin_links: AdminLinkTable;
  sign_ins: SignInTable;
  audit_log: AuditTable;
  settings: SettingTable;
}
