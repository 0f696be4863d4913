import { isLoopback } from './loopback.ts';
import { withOneHostEach } from './passthrough.ts';
import { type FimShape, type KeySource, type ProviderSetting, providerSettingSchema, type Wire } from './settings.ts';
import { isSignIn, signInTitle } from './signIn.ts';
import { type WellKnownProvider, wellKnownProviders } from './wellKnown.ts';

/** One provider, with everything that is needed to build it: the user's setting over what is well known. */
export interface ProviderRow {
  readonly id: string;
  readonly wire: Wire;
  readonly setting: ProviderSetting;
  /** undefined for the editor's channel and for models in this process. */
  readonly baseUrl?: URL;
  readonly fim?: { readonly shape: FimShape; readonly baseUrl: URL };
  /** Where its key comes from, tried in order; empty: it needs none. */
  readonly keys: readonly RowKey[];
  /** Named in the user's setting, and not only well known. */
  readonly configured: boolean;
  /** Why no client's own credential goes there though the setting says so, in a sentence; undefined: it may. */
  readonly withheld?: string;
}

/** `stored`: in the editor's secret storage, under the provider and its host. */
export type RowKey = { readonly kind: 'stored' } | { readonly kind: 'source'; readonly source: KeySource };

/** A provider that was left out, and why. */
export interface SettingProblem {
  readonly kind:
    | 'bad-setting'
    | 'bad-name'
    | 'no-wire'
    | 'no-url'
    | 'bad-url'
    | 'insecure-url'
    | 'no-shape'
    | 'own-vendor';
  /** As written by the user. */
  readonly provider: string;
  /** What is wrong, and what to do. */
  readonly message: string;
}

export interface ProviderTable {
  /** By id: what the user configured first, in order, then what is well known. */
  readonly rows: ReadonlyMap<string, ProviderRow>;
  readonly problems: readonly SettingProblem[];
}

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
/** Our own models in the editor: a request that goes back to them would go round for ever. */
const ownVendor = 'routing-policy';

/**
 * Merges the setting of the user over the well-known providers. `setting` is taken as it was written: what does not
 * fit is left out, with a problem, and the rest holds.
 */
export function tabulate(setting: unknown): ProviderTable {
  const rows = new Map<string, ProviderRow>();
  const problems: SettingProblem[] = [];
  const entries =
    typeof setting === 'object' && setting !== null && !Array.isArray(setting) ? Object.entries(setting) : [];
  for (const [id, written] of entries) {
    const row = readRow(id, written);
    if ('message' in row) problems.push(row);
    else rows.set(id, row);
  }
  const refused = new Set(problems.map(({ provider }) => provider));
  for (const [id, known] of Object.entries(wellKnownProviders)) {
    // A setting that was refused does not fall back to the built-in one: the user meant another host.
    if (rows.has(id) || refused.has(id)) continue;
    const row = makeRow(id, {}, known, false);
    if (!('message' in row)) rows.set(id, row);
  }
  return { rows: withOneHostEach(rows), problems };
}

function readRow(id: string, written: unknown): ProviderRow | SettingProblem {
  if (!namePattern.test(id)) {
    return problem('bad-name', id, 'is no name for a provider: use letters, digits, dots, dashes and underscores.');
  }
  const parsed = providerSettingSchema.safeParse(written, { jitless: true });
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? '' : ` at "${issue.path.join('.')}"`;
    return problem('bad-setting', id, `does not fit${where}: ${issue?.message ?? 'unknown form'}.`);
  }
  return makeRow(id, parsed.data, Object.hasOwn(wellKnownProviders, id) ? wellKnownProviders[id] : undefined, true);
}

function makeRow(
  id: string,
  own: ProviderSetting,
  known: WellKnownProvider | undefined,
  configured: boolean,
): ProviderRow | SettingProblem {
  const setting: ProviderSetting = inherit(own, known?.setting);
  const { wire } = setting;
  if (wire === undefined)
    return problem('no-wire', id, 'is not well known, so it needs a "wire": the protocol it speaks.');
  if (wire === 'editor' && setting.vendor === ownVendor) {
    return problem(
      'own-vendor',
      id,
      `names the vendor "${ownVendor}", which is this router itself: name another vendor.`,
    );
  }
  if (wire === 'editor' || wire === 'workspace-copy') return { id, wire, setting, keys: [], configured };

  const baseUrl = readUrl(id, setting.baseUrl, setting);
  if ('message' in baseUrl) return baseUrl;
  if (isSignIn(setting.auth) && setting.key !== undefined) {
    const cloud = signInTitle(setting.auth);
    return problem('bad-setting', id, `has a "key" and a ${cloud}, and can use only one: leave out "key" or "auth".`);
  }
  const shape = wire === 'fim' ? (setting.shape ?? setting.fim?.shape) : setting.fim?.shape;
  if (wire === 'fim' && shape === undefined) {
    return problem('no-shape', id, 'speaks "fim", so it needs a "shape": the form of its requests.');
  }
  const fimUrl = setting.fim?.baseUrl === undefined ? baseUrl : readUrl(id, setting.fim.baseUrl, setting);
  if ('message' in fimUrl) return fimUrl;
  if (fimUrl.hostname !== baseUrl.hostname) {
    // Constraints look at one host of a provider.
    return problem('bad-url', id, 'has its "fim" on another host than its "baseUrl": make that a provider of its own.');
  }
  return {
    id,
    wire,
    setting,
    baseUrl,
    ...(shape === undefined ? {} : { fim: { shape, baseUrl: fimUrl } }),
    keys: rowKeys(setting, baseUrl, known),
    configured,
  };
}

/**
 * What the user leaves out comes from the well-known provider. But what speaks for a host (how it keeps data, how its
 * key is sent) is not said of another host, and another wire inherits nothing.
 */
function inherit(own: ProviderSetting, known: ProviderSetting | undefined): ProviderSetting {
  if (known === undefined || (own.wire !== undefined && own.wire !== known.wire)) return own;
  if (own.baseUrl === undefined || sameHost(own.baseUrl, known.baseUrl)) return { ...known, ...own };
  return { ...(known.wire && { wire: known.wire }), ...(known.shape && { shape: known.shape }), ...own };
}

function sameHost(one: string, other: string | undefined): boolean {
  return other !== undefined && URL.canParse(one) && URL.canParse(other) && new URL(one).host === new URL(other).host;
}

function readUrl(id: string, text: string | undefined, setting: ProviderSetting): URL | SettingProblem {
  if (text === undefined) return problem('no-url', id, 'needs a "baseUrl": where it is.');
  if (!URL.canParse(text)) return problem('bad-url', id, 'has a "baseUrl" that is no URL.');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    return problem('bad-url', id, 'has a credential in its "baseUrl": give it as "key" instead.');
  }
  if (url.protocol === 'https:') return url;
  if (url.protocol !== 'http:') return problem('bad-url', id, `has a "baseUrl" that is neither https nor http.`);
  if (isLoopback(url.hostname) || setting.insecure === true) return url;
  return problem(
    'insecure-url',
    id,
    `is at ${url.host} over plain http, where keys and code can be read on the way: use https, or set "insecure" to true.`,
  );
}

function rowKeys(setting: ProviderSetting, baseUrl: URL, known: WellKnownProvider | undefined): readonly RowKey[] {
  if (setting.auth === 'none' || isSignIn(setting.auth)) return [];
  if (setting.key !== undefined) return [{ kind: 'source', source: setting.key }];
  // The customary variables hold a key for the provider's own host: no other host gets it.
  const ownHost = sameHost(baseUrl.href, known?.setting.baseUrl);
  const env = ownHost ? (known?.keyEnv ?? []) : [];
  return [{ kind: 'stored' }, ...env.map((name): RowKey => ({ kind: 'source', source: { env: name } }))];
}

function problem(kind: SettingProblem['kind'], provider: string, rest: string): SettingProblem {
  return { kind, provider, message: `The provider "${provider.slice(0, 60)}" ${rest}` };
}
