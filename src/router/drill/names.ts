import { catalogue, findModel } from '../../models/catalogue.ts';
import type { LayeredPolicy } from '../../policy/layers.ts';
import { targetsIn } from '../../policy/namedTargets.ts';
import { mostSimilar } from '../../policy/similar.ts';
import { readSupplier, type Supplier, supplierName } from '../../routing/drill/supplier.ts';
import { onOneLine } from '../../routing/labels.ts';

/** Names of suppliers that a sentence lists. */
const MOST_LISTED = 20;

/** Every supplier whose targets a policy names, providers first, by name. */
export function supplierNames(policy: LayeredPolicy): readonly string[] {
  const targets = targetsIn(policy);
  const providers = new Set(targets.map(({ provider }) => provider));
  const makers = new Set(targets.flatMap(({ model }) => findModel(model)?.maker ?? []));
  return [...[...providers].sort(), ...[...makers].sort().map((id) => supplierName({ kind: 'maker', id }))];
}

export type SupplierAsked =
  | { readonly kind: 'known'; readonly supplier: Supplier }
  /** `message` says which there are, and which was perhaps meant. */
  | { readonly kind: 'unknown'; readonly message: string };

/**
 * Reads who is to be down. One that the policy does not name is fine where it is known otherwise: nothing depends on it.
 *
 * @param knowsProvider whether a provider is configured or well known
 */
export function supplierAsked(
  name: string,
  policy: LayeredPolicy,
  knowsProvider: (id: string) => boolean,
): SupplierAsked {
  const supplier = readSupplier(name);
  const named = supplierNames(policy);
  const isKnown =
    supplier.kind === 'provider' ? knowsProvider(supplier.id) : catalogue.some(({ maker }) => maker === supplier.id);
  if (isKnown || named.includes(name)) return { kind: 'known', supplier };
  const meant = mostSimilar(name, named);
  const listed = named.slice(0, MOST_LISTED).map(onOneLine).join(', ');
  const more = named.length > MOST_LISTED ? ` and ${named.length - MOST_LISTED} more` : '';
  const advice = meant === undefined ? '' : ` Did you mean ${onOneLine(meant)}?`;
  const those = named.length === 0 ? 'The policy names no supplier.' : `The policy names ${listed}${more}.`;
  return { kind: 'unknown', message: `No supplier called "${onOneLine(name)}" is known here.${advice} ${those}` };
}
