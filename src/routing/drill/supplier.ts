import type { ResolvedTarget } from '../../policy/compiled.ts';
import type { State } from '../state.ts';

/** Whoever a class of work may depend on: the company that serves a model, or the one that made it. */
export interface Supplier {
  readonly kind: 'provider' | 'maker';
  readonly id: string;
}

/** What sets a maker's name apart from a provider's, here as in the globs of constraints. */
const MAKER = 'maker:';

/** Reads `anthropic` or `maker:anthropic`. */
export function readSupplier(name: string): Supplier {
  return name.startsWith(MAKER) ? { kind: 'maker', id: name.slice(MAKER.length) } : { kind: 'provider', id: name };
}

export function supplierName({ kind, id }: Supplier): string {
  return kind === 'maker' ? `${MAKER}${id}` : id;
}

/** What tells who has a part in a target. */
export type SupplierFacts = Pick<State, 'model' | 'provider'>;

/** Whether a target cannot be had without a supplier. A model whose maker is not known is nobody's. */
export function hasPart({ kind, id }: Supplier, { provider, model }: ResolvedTarget, { model: of }: SupplierFacts) {
  return kind === 'provider' ? provider === id : of(provider, model)?.maker === id;
}

/** Both suppliers of a target; none for what runs in this process, which no supplier can take away. */
export function suppliersOf({ provider, model }: ResolvedTarget, facts: SupplierFacts): readonly Supplier[] {
  const known = facts.provider(provider);
  if (known?.local === true && known.host === undefined) return [];
  const maker = facts.model(provider, model)?.maker;
  return [{ kind: 'provider', id: provider }, ...(maker === undefined ? [] : [{ kind: 'maker' as const, id: maker }])];
}

/** Suppliers by their names, each once, in the order in which they are met. */
export function distinctSuppliers(suppliers: Iterable<Supplier>): readonly Supplier[] {
  const byName = new Map<string, Supplier>();
  for (const supplier of suppliers) {
    const name = supplierName(supplier);
    if (!byName.has(name)) byName.set(name, supplier);
  }
  return [...byName.values()];
}
