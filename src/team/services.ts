import type { Kysely } from 'kysely';
import type { Pool } from 'pg';
import type { Tables } from './store/tables.ts';

/** What every part of the server is handed. */
export interface TeamServices {
  readonly database: Kysely<Tables>;
  /** The connections beneath it, for statements that are prepared once on each and run often. */
  readonly pool: Pool;
  /** In milliseconds since the epoch. */
  now(): number;
  /** What goes into the log names no person, no token and no address. */
  log(level: 'info' | 'warn' | 'error', message: string): void;
  /** Ends with the server. */
  readonly signal: AbortSignal;
}

/** What a team's token is for: bringing usage, taking leases, reading its figures. */
export type TeamScope = 'ingest' | 'lease' | 'metrics';
/** What a token is for. One that publishes policies is the whole organisation's, as they are for all of its teams. */
export type MachineScope = TeamScope | 'policy';

/** An installation of a team, by the token that it brought. It has no name of its own. */
export interface Machine {
  readonly orgId: number;
  readonly teamId: number;
  readonly tokenId: string;
}

/** A program that publishes policies, by the organisation's token that it brought. */
export interface Publisher {
  readonly orgId: number;
  readonly tokenId: string;
  /** What the token was called when it was made; empty: nothing. */
  readonly label: string;
}

/** What a person may do: read; also judge what waits for a review; also change what there is. Each may do what those before may. */
export type Role = 'viewer' | 'reviewer' | 'admin';

/** A person who is signed in. */
export interface Person {
  readonly orgId: number;
  readonly personId: number;
  readonly name: string;
  readonly role: Role;
  /** What each form of theirs carries, so that no other site can send one in their name. */
  readonly csrfToken: string;
}

/** Where the server is found by those who use it. */
export interface Site {
  /** Every origin that it is addressed by (`https://usage.acme.example`); the first is the one for links. */
  readonly origins: readonly [string, ...string[]];
  /** What people send comes over TLS. */
  readonly isSecure: boolean;
}

/** What the guards at the doors leave for those behind them. */
export interface TeamEnv {
  Variables: {
    machine: Machine;
    publisher: Publisher;
    person: Person;
    site: Site;
    /** Of this answer: the scripts and styles of a page that carry it may run. */
    nonce: string;
  };
}
