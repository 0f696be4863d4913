import type { ModelUse } from './modelUse.ts';

/** How far back the report of suppliers looks. */
export const supplierUseDays = 30;
const DAY_MS = 86_400_000;

/** When the report of suppliers begins, in milliseconds since the epoch. */
export function supplierUseSince(now: number): number {
  return now - supplierUseDays * DAY_MS;
}

/** What one supplier had of the requests and of the spend. */
export interface SupplierShare
  extends Pick<ModelUse, 'requests' | 'failed' | 'costNanoUsd' | 'simulatedNanoUsd' | 'unpriced'> {
  /** A provider's id or a maker's; undefined: makers that are not known. */
  readonly id: string | undefined;
  /** From 0 to 1; left out where there was no request at all. */
  readonly requestShare?: number;
  /** From 0 to 1, of what is priced; left out where nothing was spent at all. */
  readonly costShare?: number;
}

/** Who was depended on, by what was written down on this machine. */
export interface SupplierUse {
  readonly requests: number;
  readonly costNanoUsd: number;
  /** The most requests first. */
  readonly providers: readonly SupplierShare[];
  readonly makers: readonly SupplierShare[];
}

/** @param makerOf undefined: not in the catalogue */
export function supplierUse(models: readonly ModelUse[], makerOf: (model: string) => string | undefined): SupplierUse {
  const requests = models.reduce((total, one) => total + one.requests, 0);
  const costNanoUsd = models.reduce((total, one) => total + one.costNanoUsd, 0);
  const whole = { requests, costNanoUsd };
  return {
    ...whole,
    providers: sharesOf(models, ({ provider }) => provider, whole),
    makers: sharesOf(models, ({ model }) => makerOf(model), whole),
  };
}

function sharesOf(
  models: readonly ModelUse[],
  supplierOf: (use: ModelUse) => string | undefined,
  whole: Pick<SupplierUse, 'requests' | 'costNanoUsd'>,
): readonly SupplierShare[] {
  const bySupplier = new Map<string | undefined, SupplierShare>();
  for (const use of models) {
    const id = supplierOf(use);
    const before = bySupplier.get(id);
    bySupplier.set(id, {
      id,
      requests: (before?.requests ?? 0) + use.requests,
      failed: (before?.failed ?? 0) + use.failed,
      costNanoUsd: (before?.costNanoUsd ?? 0) + use.costNanoUsd,
      simulatedNanoUsd: (before?.simulatedNanoUsd ?? 0) + use.simulatedNanoUsd,
      unpriced: (before?.unpriced ?? 0) + use.unpriced,
    });
  }
  return [...bySupplier.values()]
    .map((share) => ({
      ...share,
      ...(whole.requests === 0 ? {} : { requestShare: share.requests / whole.requests }),
      ...(whole.costNanoUsd === 0 ? {} : { costShare: share.costNanoUsd / whole.costNanoUsd }),
    }))
    .sort((a, b) => b.requests - a.requests || b.costNanoUsd - a.costNanoUsd);
}
