import type { LayeredPolicy } from '../policy/layers.ts';
import type { BudgetOutcome } from '../routing/decision.ts';
import type { State } from '../routing/state.ts';
import type { Ledger } from '../usage/ledger.ts';
import { periodStart } from '../usage/periods.ts';
import type { Spend, SpendFilter } from '../usage/spend.ts';

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

/** A sum from the ledger; undefined when the file has become unreadable, which is not zero. */
function sumOf<Sum>(read: () => Sum): Sum | undefined {
  try {
    return read();
  } catch {
    return undefined; // the ledger's own health says why, and the person is warned
  }
}

/** What was spent since midnight UTC; undefined where nothing can be read. */
export function spentToday(ledger: Ledger | undefined, now: number): Spend | undefined {
  return ledger && sumOf(() => ledger.today(now));
}

/**
 * What each budget of a policy has been charged so far, in nano-dollars. A budget that cannot be counted here is left
 * out: the decision then treats its spend as unknown, and says so.
 */
export function budgetSpend(
  policy: LayeredPolicy | undefined,
  ledger: Ledger | undefined,
  where: { readonly class: string; readonly repoKey: string; readonly now: number },
): State['spent'] {
  const spent: Record<string, { spentNanoUsd: number; reservedNanoUsd: number }> = {};
  for (const { id, source } of policy?.layers.flatMap((layer) => layer.policy.budgets) ?? []) {
    const filter = filterOf(source.per, where);
    if (!filter || !ledger || ledger.health.kind === 'degraded') continue;
    const since = source.period === undefined ? 0 : periodStart(where.now, source.period);
    const known = sumOf(() => ({
      spentNanoUsd: ledger.spentSince(since, filter).costNanoUsd,
      reservedNanoUsd: ledger.reservations.held(reservationKey(id, source.per, where), where.now),
    }));
    if (known) spent[id] = known;
  }
  return spent;
}

/** The name that money is set aside under: a budget's of one repository or class is no other's. */
function reservationKey(id: string, per: string, where: { readonly class: string; readonly repoKey: string }): string {
  switch (per) {
    case 'class':
      return `class ${where.class} ${id}`;
    case 'repo':
      return `repo ${where.repoKey} ${id}`;
    default:
      return id;
  }
}

/**
 * Sets the high estimate of a request aside against each budget that counts it, so that two windows do not both spend
 * the last of one. What cannot be set aside is not: the ledger's own health says so.
 *
 * @returns gives it up again, once what the request really cost is written down
 */
export function reserveSpend(
  budgets: readonly BudgetOutcome[],
  ledger: Ledger | undefined,
  highNanoUsd: number,
  where: { readonly class: string; readonly repoKey: string; readonly now: number },
): () => void {
  if (!ledger || highNanoUsd <= 0) return () => undefined;
  const { reservations } = ledger;
  const held = budgets
    .filter(({ per }) => filterOf(per, where))
    .map(({ id, per }) => reservations.reserve(reservationKey(id, per, where), highNanoUsd, where.now).id);
  return () => {
    for (const id of held) reservations.settle(id);
  };
}
