// A ledger, a team's server on loopback, and what sends from one to the other under a clock that tests move.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Attempt } from '../../src/usage/attempt.ts';
import type { Ledger } from '../../src/usage/ledger.ts';
import { openLedger } from '../../src/usage/ledgerFile.ts';
import type { UsageEvent } from '../../src/usage/sync/event.ts';
import { linkOf } from '../../src/usage/sync/membership.ts';
import type { SyncGates } from '../../src/usage/sync/standing.ts';
import { Sync } from '../../src/usage/sync/sync.ts';
import type { SyncPorts } from '../../src/usage/sync/syncPorts.ts';
import { type EventStore, sqliteEvents } from '../simulated/eventStore.ts';
import { startTeamServer, type TeamServer, TOKEN } from '../simulated/teamServer.ts';
import { madeAttempt } from './syncSamples.ts';

export const OPEN: SyncGates = { trusted: true, telemetry: true, enabled: true };

export interface SyncStage {
  readonly folder: string;
  /** Where an administrator may write. */
  readonly managedFolder: string;
  readonly team: TeamServer;
  readonly database: DatabaseSync;
  readonly ledger: Ledger;
  /** Milliseconds since the epoch. */
  now: number;
  process(changes?: Partial<SyncPorts>): Sync;
  link(endpoint?: string): string;
  /** Records an attempt in a process. @returns its serial number */
  record(by: Sync, changes?: Partial<Attempt>): number;
  arrived(): Promise<readonly UsageEvent[]>;
  end(): Promise<void>;
}

export async function setSyncStage(): Promise<SyncStage> {
  const [folder, managedFolder, received] = ['', '-managed', '-server'].map((end) =>
    mkdtempSync(join(tmpdir(), `sync${end}-`)),
  ) as [string, string, string];
  const events: EventStore = sqliteEvents(received);
  const team = await startTeamServer(events);
  const opened = await openLedger(folder, Date.now());
  if (opened.kind !== 'open') throw new Error(opened.reason);
  const { ledger } = opened;
  const database = new DatabaseSync(join(folder, 'ledger.sqlite'), { timeout: 5_000 });
  const processes: Sync[] = [];
  let serial = 1;
  const stage: SyncStage = {
    folder,
    managedFolder,
    team,
    database,
    ledger,
    now: Date.now(),
    process(changes = {}) {
      const made = new Sync({
        store: ledger.sync,
        folder,
        managedFolders: [managedFolder],
        common: { providers: new Set(['anthropic']) },
        fetch,
        now: () => stage.now,
        log: () => undefined,
        times: {
          everyMs: 30_000,
          soonMs: 20_000,
          leaseMs: 5_000,
          deadlineMs: 50_000,
          firstMs: 30_000,
          longestMs: 900_000,
        },
        chance: () => 1,
        ...changes,
      });
      processes.push(made);
      return made;
    },
    link: (endpoint = team.url) =>
      linkOf({ endpoint, token: TOKEN, salt: 'salt-of-a-team-in-a-test', name: 'Payments' }),
    record(by, changes = {}) {
      serial += 1;
      // Serial numbers that end with 0 have tasks of their own.
      if (serial % 10 === 0) serial += 1;
      const attempt = madeAttempt(serial, { at: stage.now, ...changes });
      by.recording(attempt.id);
      ledger.record(attempt);
      return serial;
    },
    arrived: () => events.all(),
    async end() {
      for (const one of processes) await one.dispose();
      database.close();
      ledger.close();
      await team.stop();
      await events.close();
      for (const one of [folder, managedFolder, received]) rmSync(one, { recursive: true, force: true });
    },
  };
  return stage;
}
