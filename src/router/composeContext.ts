import { genaiPrices } from '../models/genaiPrices.ts';
import { PermitBook } from '../usage/permitBook.ts';
import { timedId } from '../usage/timedId.ts';
import type { RouterContext } from './context.ts';
import type { LedgerRecorder } from './ledgerRecorder.ts';
import { Permissions } from './permissions.ts';
import { policyIn } from './prepare.ts';
import type { RouterPorts } from './router.ts';
import { budgetSpend, readingOf, reserveSpend, stampOf, uncountedBudgets } from './spend.ts';

/** What all requests of a router share, made of what its process gives it and of what the router itself keeps. */
export function composeContext(
  ports: RouterPorts,
  { recorder, health, settings }: Pick<RouterContext, 'health' | 'settings'> & { readonly recorder: LedgerRecorder },
): RouterContext {
  const { teamBudgets } = ports;
  return {
    providers: ports.providers,
    recorder,
    health,
    priceTable: genaiPrices((error) =>
      ports.log(
        'warn',
        `The price list could not be read, so models that our own list lacks are unpriced: ${String(error)}`,
      ),
    ),
    settings,
    now: () => Date.now(),
    newId: () => timedId(Date.now()),
    workspaceOf: (uris) => ports.workspaces.around(uris),
    workspacesOf: (uris) => ports.workspaces.allAround(uris),
    enclosing: (workspace, roots) => ports.workspaces.enclosing(workspace, roots),
    timesOpened: () => ports.workspaces.timesOpened,
    policyOf: (workspace, signal) => ports.policies.inForce(workspace, signal),
    buffers: (workspace) => ports.buffers(workspace),
    spent: (inForce, classes, place) =>
      budgetSpend(policyIn(inForce), ports.stores.ledger, {
        classes,
        repoKey: recorder.repoKey(place.root),
        now: Date.now(),
        task: place,
        shared: { teamBudgets, short: place.short, asksFirst: place.asksFirst },
      }),
    hasTeamServer: () => teamBudgets?.hasServer === true,
    uncounted: (inForce, { short }) => uncountedBudgets(policyIn(inForce), { teamBudgets, short }),
    cover: async (decision, inForce, enough) =>
      teamBudgets !== undefined && (await teamBudgets.cover(decision, policyIn(inForce), enough)),
    reserve: (decide, { requestId, inForce, root, taskId }) =>
      reserveSpend(decide, ports.stores.ledger, {
        requestId,
        repoKey: recorder.repoKey(root),
        taskId,
        now: Date.now(),
        policy: policyIn(inForce),
        teamBudgets,
      }),
    stamp: () => stampOf(ports.stores.ledger),
    reading: (work) => readingOf(ports.stores.ledger, work),
    permissions: new Permissions({
      book: new PermitBook(ports.stores.folder),
      ask: ports.askPerson,
      repoKey: (root) => recorder.repoKey(root),
      now: () => Date.now(),
      log: (level, message) => ports.log(level, message),
    }),
    log: (level, message) => ports.log(level, message),
  };
}
