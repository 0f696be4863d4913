import { homedir } from 'node:os';
import type { LayeredPolicy } from '../policy/layers.ts';
import type { Chain, ChainStart } from '../router/policies/chain.ts';
import { readChain } from '../router/policies/chain.ts';
import { layeredOf, stackOf } from '../router/policies/compose.ts';
import { KeptCopies } from '../router/policies/copies.ts';
import { slashed } from '../router/policies/homeGlobs.ts';
import { Policies } from '../router/policies/policies.ts';
import { watchNothing } from '../router/policies/readSource.ts';
import { RemotePolicies } from '../router/policies/remotePolicies.ts';
import { stateFolderPath } from '../usage/stateFolder.ts';
import type { Call } from './command.ts';

/** How long a policy on the network is waited for. */
const NETWORK_MS = 10_000;

/** What is in force in repositories, with what is kept in the state folder that the editor uses too. */
export function repositoryPolicies(call: Call): Policies {
  return new Policies({ fetch: lazyFetch, stateFolder: stateFolderOf(call), now: () => call.now });
}

/** Reads a file with all that it extends, and nothing around it. Nothing is in force where a part has a mistake. */
export async function readExtended(
  start: ChainStart,
  call: Call,
): Promise<{ readonly layered?: LayeredPolicy; readonly issues: Chain['issues'] }> {
  const copies = new KeptCopies(stateFolderOf(call));
  const now = (): number => call.now;
  const remote = new RemotePolicies({ fetch: lazyFetch, copies, now });
  try {
    const { layers, issues } = await readChain(
      start,
      {
        remote,
        copies,
        now,
        contact: 'allowed',
        signal: call.signal,
        networkSignal: AbortSignal.any([call.signal, AbortSignal.timeout(NETWORK_MS)]),
        home: { home: slashed(homedir()), root: slashed(start.ground.root) },
        watched: watchNothing(),
        compiled: new Map(),
      },
      { outermost: [], beside: [] },
    );
    if (layers.length === 0) return { issues };
    return { layered: layeredOf(stackOf({ managed: [], working: layers, committed: undefined })), issues };
  } finally {
    await remote.dispose();
  }
}

/** The network is made ready for the first policy that is fetched, if there is any. */
const lazyFetch: typeof globalThis.fetch = async (input, init) => {
  const { createNetwork } = await import('../providers/network.ts');
  return createNetwork({}).fetch(input, init);
};

function stateFolderOf({ env }: Call): string {
  return stateFolderPath({ env, platform: process.platform, home: homedir() });
}
