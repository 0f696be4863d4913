import { wellKnownProviders } from '../../providers/wellKnown.ts';
import { closedGates, type SyncGates, type SyncStanding } from '../../usage/sync/standing.ts';
import { Sync } from '../../usage/sync/sync.ts';
import { type SyncTimes, usualTimes } from '../../usage/sync/syncPorts.ts';
import { isAllowedWithoutEditor, isForbidden, noteTelemetry } from '../../usage/sync/telemetry.ts';
import type { RecordStores } from '../ledgerRecorder.ts';
import { managedFolders } from '../policies/managed.ts';

export interface SyncGround {
  readonly stores: Pick<RecordStores, 'folder' | 'ledger'>;
  readonly fetch: typeof globalThis.fetch;
  readonly env: NodeJS.ProcessEnv;
  changed?(standing: SyncStanding): void;
  log(level: 'info' | 'warn', message: string): void;
}

/** A test cannot wait for minutes: with a number above 1 here it is looked so many times as often whether there is something to send. */
const TEMPO = 'ROUTING_POLICY_SYNC_TEMPO';
const SHORTEST_MS = 1_000;

function timesHere(env: NodeJS.ProcessEnv): SyncTimes {
  const tempo = Number(env[TEMPO]);
  return tempo >= 1 ? { ...usualTimes, everyMs: Math.max(usualTimes.everyMs / tempo, SHORTEST_MS) } : usualTimes;
}

/** What sends, in a router's process. Nothing is sent before it is told what it may. */
export function composeSync({ stores, fetch, env, changed, log }: SyncGround): Sync {
  return new Sync({
    store: stores.ledger?.sync,
    folder: stores.folder,
    managedFolders: managedFolders(),
    common: { providers: new Set(Object.keys(wellKnownProviders)) },
    fetch,
    now: () => Date.now(),
    times: timesHere(env),
    ...(changed === undefined ? {} : { changed }),
    log,
  });
}

/** Tells it what the editor allows, and remembers that for processes that have none. */
export function configureInEditor(sync: Sync, gates: SyncGates, { stores, env, log }: SyncGround): void {
  const telemetry = gates.telemetry && !isForbidden(env);
  const { ledger } = stores;
  try {
    // An editor that says nothing of it does not speak for others.
    if (ledger && gates !== closedGates) noteTelemetry(ledger.sync.facts, gates.telemetry && gates.enabled);
  } catch (error) {
    log(
      'warn',
      `The editor’s telemetry setting was not noted: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  sync.configure({ ...gates, telemetry });
}

/**
 * In a process without an editor, whoever started it trusts its folders; what an editor has said is looked up anew each time.
 * The environment is what the process was started with: to ask the system for it takes longer than all the rest.
 */
export function configureAlone(sync: Sync, { stores, env: given }: SyncGround): void {
  const { ledger } = stores;
  const env = { ...given };
  sync.configure({
    trusted: true,
    get telemetry() {
      return ledger !== undefined && isAllowedWithoutEditor(ledger.sync.facts, env);
    },
    enabled: true,
  });
}
