import { type Pace, usualPace } from './backOff.ts';
import type { LastSent } from './outbox.ts';
import type { SyncStanding } from './standing.ts';
import type { SyncStore } from './syncStore.ts';
import type { CommonNames } from './vocabulary.ts';

/** How often is looked, and how long is waited; in milliseconds. */
export interface SyncTimes extends Pace {
  /** Between two looks at what there is to send. */
  readonly everyMs: number;
  /** Before the first look. */
  readonly soonMs: number;
  readonly leaseMs: number;
  /** Of one request; well under the lease. */
  readonly deadlineMs: number;
}

export const usualTimes: SyncTimes = {
  ...usualPace,
  everyMs: 60_000,
  soonMs: 5_000,
  leaseMs: 90_000,
  deadlineMs: 30_000,
};

export interface SyncPorts {
  /** undefined where usage is not written down: nothing is sent then. */
  readonly store: SyncStore | undefined;
  /** The state folder; undefined likewise. */
  readonly folder: string | undefined;
  /** Where an administrator may have left a team's file. */
  readonly managedFolders: readonly string[];
  readonly common: CommonNames;
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Told when something has changed that people see. */
  changed?(standing: SyncStanding): void;
  log(level: 'info' | 'warn', message: string): void;
  readonly times?: SyncTimes;
  /** From 0 to 1. */
  chance?(): number;
}

/** What will be sent next, byte for byte, and what was sent last. */
export interface SentAndNext {
  /** undefined where nothing waits. */
  readonly next: string | undefined;
  /** What would be sent of the newest attempts, where nothing is sent because that was not agreed to. */
  readonly example: string | undefined;
  readonly last: LastSent | undefined;
}
