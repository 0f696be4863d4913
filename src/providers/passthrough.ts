import type { Wire } from './settings.ts';
import type { ProviderRow } from './table.ts';
import { wellKnownProviders } from './wellKnown.ts';

/** What a client signs in with is for one maker, and the same in all of that maker's protocols. */
const LOGINS: { readonly [wire in Wire]?: { readonly name: string; readonly maker: string } } = {
  'anthropic-messages': { name: 'Anthropic’s protocol', maker: 'anthropic' },
  'openai-chat': { name: 'OpenAI’s protocols', maker: 'openai' },
  'openai-responses': { name: 'OpenAI’s protocols', maker: 'openai' },
  gemini: { name: 'Gemini’s protocol', maker: 'google' },
};

/**
 * Lets the credentials of clients go to one host for each maker's protocols: whose a credential is cannot be told from it,
 * and what one host refuses, or is too busy for, must not be shown to the next. Of several hosts that are set to take it,
 * the maker's own does; where that is not among them, none.
 */
export function withOneHostEach(rows: ReadonlyMap<string, ProviderRow>): ReadonlyMap<string, ProviderRow> {
  const hosts = new Map<string, Set<string>>();
  for (const row of rows.values()) {
    const login = loginOf(row);
    if (login === undefined || row.baseUrl === undefined) continue;
    hosts.set(login.maker, (hosts.get(login.maker) ?? new Set()).add(row.baseUrl.host));
  }
  return new Map([...rows].map(([id, row]) => [id, withheldFrom(row, hosts)]));
}

/** Whether clients' own credentials go to a provider's host. */
export function takesClientsKey(row: ProviderRow): row is ProviderRow & { readonly baseUrl: URL } {
  return row.setting.key === 'passthrough' && row.withheld === undefined && row.baseUrl !== undefined;
}

function withheldFrom(row: ProviderRow, hosts: ReadonlyMap<string, ReadonlySet<string>>): ProviderRow {
  const login = loginOf(row);
  const all = login && hosts.get(login.maker);
  if (login === undefined || all === undefined || all.size === 1) return row;
  const own = hostOf(login.maker);
  if (row.baseUrl?.host === own) return row;
  const taker = own !== undefined && all.has(own) ? `${own} does` : 'which of them is not said';
  const withheld = `"${row.id}" is set to take the client's own key, and so are ${all.size} hosts for ${login.name}, of which one may get it (${taker}): leave "passthrough" to one of them, and give this one a "key" of its own.`;
  return { ...row, withheld };
}

function loginOf({ wire, setting }: ProviderRow): (typeof LOGINS)[Wire] {
  return setting.key === 'passthrough' ? LOGINS[wire] : undefined;
}

function hostOf(maker: string): string | undefined {
  const url = wellKnownProviders[maker]?.setting.baseUrl;
  return url === undefined ? undefined : new URL(url).host;
}
