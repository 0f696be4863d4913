import type { ProviderFacts } from '../routing/state.ts';
import type { KeyState } from './key.ts';
import type { ProviderRow } from './table.ts';

/** What constraints look at in a provider behind an address, known without a connection or its wire's code. */
export function remoteFacts(row: ProviderRow, key: KeyState, serves: ProviderFacts['serves']): ProviderFacts {
  const { setting } = row;
  const reason = unusableReason(row, key);
  return {
    id: row.id,
    usable: reason === undefined,
    ...(reason !== undefined && { unusableReason: reason }),
    ...(row.baseUrl !== undefined && { host: row.baseUrl.hostname }),
    ...(setting.local !== undefined && { local: setting.local }),
    ...(setting.residency !== undefined && { residency: setting.residency }),
    ...(setting.makers !== undefined && { makers: setting.makers }),
    ...(setting.retention !== undefined && { retention: setting.retention }),
    serves,
    ...(setting.simulated === true && { simulated: true }),
  };
}

/** The same, made again only when more is known of the key: each decision asks many times. */
export function remoteFactsBy(
  row: ProviderRow,
  stateOf: () => KeyState,
  serves: ProviderFacts['serves'],
): () => ProviderFacts {
  let last: { readonly key: KeyState; readonly facts: ProviderFacts } | undefined;
  return () => {
    const key = stateOf();
    if (last?.key !== key) last = { key, facts: remoteFacts(row, key, serves) };
    return last.facts;
  };
}

function unusableReason(row: ProviderRow, state: KeyState): string | undefined {
  if (state.kind === 'missing') return state.reason;
  // Well known, on this machine and without a key: it exists only if the user says so.
  if (state.kind === 'none-needed' && !row.configured) {
    return `"${row.id}" is not set up: run "Routing Policy: Find Local Models", or add it to "routingPolicy.providers".`;
  }
  return undefined;
}
