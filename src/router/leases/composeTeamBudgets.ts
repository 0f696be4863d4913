import type { LeasePlace } from '../../usage/leases/leaseServer.ts';
import { readMembership } from '../../usage/sync/membership.ts';
import type { RecordStores } from '../ledgerRecorder.ts';
import { managedFolders } from '../policies/managed.ts';
import { TeamBudgets } from './teamBudgets.ts';

/** How long it takes until a team that was joined or left is known, in milliseconds. */
const LOOK_MS = 2_000;

export interface TeamBudgetGround {
  readonly stores: Pick<RecordStores, 'folder' | 'ledger'>;
  readonly fetch: typeof globalThis.fetch;
  log(level: 'info' | 'warn', message: string): void;
}

/** What counts the budgets of a team, in a router's process; undefined where nothing is written down. */
export function composeTeamBudgets({ stores, fetch, log }: TeamBudgetGround): TeamBudgets | undefined {
  const { folder, ledger } = stores;
  if (folder === undefined || ledger === undefined) return undefined;
  const folders = managedFolders();
  let place: LeasePlace | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  return new TeamBudgets({
    book: ledger.leases,
    fetch,
    place: () => {
      const now = performance.now();
      if (now - lookedAt < LOOK_MS) return place;
      lookedAt = now;
      const found = readMembership(folder, folders);
      const token = found.kind === 'joined' ? found.membership.lease : undefined;
      place =
        found.kind === 'joined' && token !== undefined ? { endpoint: found.membership.endpoint, token } : undefined;
      return place;
    },
    now: () => Date.now(),
    log,
  });
}
