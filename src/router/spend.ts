import type { CompiledPolicy } from '../policy/compiled.ts';
import type { State } from '../routing/state.ts';
import type { Ledger } from '../usage/ledger.ts';
import { periodStart } from '../usage/periods.ts';
import type { SpendFilter } from '../usage/spend.ts';

/** Of whose spending a budget is. undefined: not known on this machine (a team's, an organisation's). */
function filterOf(per: string, where: { readonly class: string; readonly repoKey: string }): SpendFilter | undefined {
  switch (per) {
    case 'developer':
      return {};
    case 'class':
      return { class: where.class };
    case 'repo':
      return { repoKey: where.repoKey };
    default:
      return undefined;
  }
}

/**
 * What each budget of a policy has been charged so far, in nano-dollars. A budget that cannot be counted here is left
 * out: the decision then treats its spend as unknown, and says so.
 */
export function budgetSpend(
  policy: CompiledPolicy | undefined,
  ledger: Ledger | undefined,
  where: { readonly class: string; readonly repoKey: string; readonly now: number },
): State['spent'] {
  const spent: Record<string, { spentNanoUsd: number; reservedNanoUsd: number }> = {};
  for (const { id, source } of policy?.budgets ?? []) {
    const filter = filterOf(source.per, where);
    if (!filter || !ledger || ledger.health.kind === 'degraded') continue;
    const since = source.period === undefined ? 0 : periodStart(where.now, source.period);
    spent[id] = {
      spentNanoUsd: ledger.spentSince(since, filter).costNanoUsd,
      reservedNanoUsd: ledger.reservations.held(id, where.now),
    };
  }
  return spent;
}
