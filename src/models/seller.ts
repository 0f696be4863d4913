/** A company whose endpoint serves models, however the user's provider entry is named. */
export interface Seller {
  readonly id: string;
  /** The maker whose own endpoint this is, when it is one. */
  readonly maker?: string;
  /** What the price library calls it. */
  readonly priceListId?: string;
  /** Names of providers: alone, or followed by "-", "_" or "." and anything (`azure-eu`). */
  readonly names: readonly string[];
  /** Hosts: exactly, or with anything before them and a dot. */
  readonly hosts: readonly string[];
}

const sellers: readonly Seller[] = [
  {
    id: 'anthropic',
    maker: 'anthropic',
    priceListId: 'anthropic',
    names: ['anthropic', 'claude'],
    hosts: ['api.anthropic.com'],
  },
  { id: 'openai', maker: 'openai', priceListId: 'openai', names: ['openai'], hosts: ['api.openai.com'] },
  {
    id: 'google',
    maker: 'google',
    priceListId: 'google',
    names: ['google', 'gemini', 'vertex'],
    hosts: ['googleapis.com'],
  },
  { id: 'copilot', priceListId: 'github-copilot', names: ['copilot', 'github-copilot'], hosts: ['githubcopilot.com'] },
  {
    id: 'azure',
    priceListId: 'azure',
    names: ['azure', 'foundry'],
    hosts: ['openai.azure.com', 'services.ai.azure.com', 'cognitiveservices.azure.com'],
  },
  { id: 'bedrock', priceListId: 'aws', names: ['bedrock', 'aws'], hosts: ['amazonaws.com'] },
  { id: 'mistral', maker: 'mistral', priceListId: 'mistral', names: ['mistral', 'codestral'], hosts: ['mistral.ai'] },
  { id: 'deepseek', maker: 'deepseek', priceListId: 'deepseek', names: ['deepseek'], hosts: ['api.deepseek.com'] },
  { id: 'xai', maker: 'xai', priceListId: 'x-ai', names: ['xai', 'x-ai', 'grok'], hosts: ['x.ai'] },
  {
    id: 'moonshotai',
    maker: 'moonshotai',
    priceListId: 'moonshotai',
    names: ['moonshotai', 'moonshot', 'kimi'],
    hosts: ['api.moonshot.ai', 'api.moonshot.cn'],
  },
  { id: 'zai', maker: 'zai', priceListId: 'zai', names: ['zai', 'z-ai'], hosts: ['api.z.ai'] },
  { id: 'cursor', maker: 'cursor', priceListId: 'cursor', names: ['cursor'], hosts: ['cursor.com', 'cursor.sh'] },
  { id: 'openrouter', priceListId: 'openrouter', names: ['openrouter'], hosts: ['openrouter.ai'] },
  { id: 'groq', priceListId: 'groq', names: ['groq'], hosts: ['api.groq.com'] },
  { id: 'together', priceListId: 'together', names: ['together'], hosts: ['api.together.xyz', 'api.together.ai'] },
  { id: 'fireworks', priceListId: 'fireworks', names: ['fireworks'], hosts: ['api.fireworks.ai'] },
  { id: 'cerebras', priceListId: 'cerebras', names: ['cerebras'], hosts: ['api.cerebras.ai'] },
];

/** Which seller a provider is: by the host of its endpoint where that is known, else by its name. */
export function findSeller(provider: string, host?: string): Seller | undefined {
  const before = known.get(provider);
  if (before !== undefined && before.host === host) return before.seller;
  if (known.size >= MOST_KNOWN) known.clear();
  const seller = sellerOf(provider, host);
  known.set(provider, { host, seller });
  return seller;
}

/** By a provider's name, with the host that it had: asked for of every target of every decision. */
const known = new Map<string, { readonly host: string | undefined; readonly seller: Seller | undefined }>();
const MOST_KNOWN = 1_000;

function sellerOf(provider: string, host: string | undefined): Seller | undefined {
  const at = host?.toLowerCase();
  const byHost = at && sellers.find(({ hosts }) => hosts.some((known) => at === known || at.endsWith(`.${known}`)));
  if (byHost) return byHost;
  const name = provider.toLowerCase();
  return sellers.find(({ names }) =>
    names.some((known) => name === known || (/^[-_.]/.test(name.slice(known.length)) && name.startsWith(known))),
  );
}

/** What the price library calls a maker's own endpoint. */
export function priceListOfMaker(maker: string): string | undefined {
  return sellers.find((seller) => seller.maker === maker)?.priceListId;
}
