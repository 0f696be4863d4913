import type { ProviderSummary } from '../contract/messages.ts';
import type { Provider } from '../providers/provider.ts';
import type { ProviderDescription } from '../providers/registry.ts';

function keyWords({ key }: ProviderDescription): string {
  switch (key.kind) {
    case 'none-needed':
      return 'needs no key';
    case 'present':
      return key.from;
    case 'missing':
      return 'no key';
    default:
      return key satisfies never;
  }
}

/** In a few words, for a list: the whole sentence is told where a request needs it. */
function detailOf(unusable: string | undefined, description: ProviderDescription): string {
  const { key, row } = description;
  if (key.kind === 'none-needed' && !row.configured && unusable) return row.baseUrl ? 'not set up' : unusable;
  return key.kind === 'missing' ? keyWords(description) : (unusable ?? keyWords(description));
}

/** A provider as it is listed for people. */
export function describeProvider(
  provider: Provider,
  description: ProviderDescription,
  health: string | undefined,
): ProviderSummary {
  const { row, key } = description;
  const facts = provider.facts();
  return {
    id: provider.id,
    usable: facts.usable,
    detail: detailOf(facts.unusableReason, description),
    wire: row.wire,
    ...(row.baseUrl ? { host: row.baseUrl.host } : {}),
    local: facts.local === true,
    simulated: facts.simulated === true,
    ...(health ? { health } : {}),
    wantsKey: row.baseUrl !== undefined && key.kind !== 'none-needed',
  };
}
