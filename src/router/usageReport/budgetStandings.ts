import type { CompiledBudget, CompiledStep } from '../../policy/compiled.ts';
import type { LayeredPolicy, PolicyLayer } from '../../policy/layers.ts';
import { targetsIn } from '../../policy/namedTargets.ts';
import { countedClass } from '../../routing/countedClass.ts';
import { spoken } from '../../routing/labels.ts';
import type { Ledger } from '../../usage/ledger.ts';
import { periodEnd } from '../../usage/periods.ts';
import type { BudgetStanding } from '../../usage/report/usageReport.ts';
import { budgetSpend, uncountedBudgets } from '../spend.ts';
import type { ReportWorld } from './reportWorld.ts';

/** Of a budget per class, so many classes are told: those that cost the most. */
const MOST_CLASSES = 5;

/**
 * Where each budget of the policy in force stands, and why one does not bind: a budget that counts nothing must not look
 * like one that has room.
 *
 * @param classes ids of classes that had work, the dearest first
 */
export function budgetStandings(
  world: ReportWorld,
  ledger: Ledger | undefined,
  classes: readonly string[],
): readonly BudgetStanding[] {
  const { policy } = world;
  if (policy === undefined) return [];
  const unpriced = unpricedTargets(policy, world);
  return policy.layers.flatMap((layer) =>
    layer.policy.budgets.flatMap((budget) => {
      const accounts = budget.source.per === 'class' ? accountsOf(layer, classes) : [undefined];
      return accounts.map((ofClass) => standing({ layer, budget, ofClass }, world, ledger, unpriced));
    }),
  );
}

interface Account {
  readonly layer: PolicyLayer;
  readonly budget: CompiledBudget;
  /** Of a budget per class: as what its layer counts the class. */
  readonly ofClass: string | undefined;
}

/** The classes that had work, as this layer counts them; where none is its own, the default that all else counts as. */
function accountsOf(layer: PolicyLayer, classes: readonly string[]): readonly string[] {
  const own = layer.policy.classes.filter(({ id }) => classes.includes(id));
  const dearest = [...own].sort((a, b) => classes.indexOf(a.id) - classes.indexOf(b.id)).slice(0, MOST_CLASSES);
  const counted = dearest.map((one) => countedClass({ layer, own: one }));
  const isDefaultUsed = counted.length === 0 || classes.includes('default');
  return isDefaultUsed ? [...counted, countedClass({ layer, own: undefined })] : counted;
}

function standing(
  { layer, budget, ofClass }: Account,
  { policy, repository, now, teamBudgets }: ReportWorld,
  ledger: Ledger | undefined,
  unpriced: readonly string[],
): BudgetStanding {
  const { per, period } = budget.source;
  const { limitNanoUsd } = budget;
  const where = {
    classes: new Map(ofClass === undefined ? [] : [[layer.name, ofClass]]),
    repoKey: repository?.key ?? '',
    now,
    shared: { teamBudgets },
  };
  const alone = policy && only(policy, layer, budget);
  const spent = budgetSpend(alone, ledger, where)[budget.id];
  const uncounted = uncountedBudgets(alone, { teamBudgets })[budget.id];
  const whose = ofClass ?? (per === 'repo' ? repository?.name : undefined);
  const why = notEnforced(budget, {
    isKnown: spent !== undefined,
    hasLedger: ledger !== undefined,
    uncounted,
    unpriced,
  });
  return {
    id: budget.id,
    per,
    ...(period !== undefined && { period }),
    ...(whose !== undefined && { of: whose }),
    limitNanoUsd: Math.min(limitNanoUsd, spent?.limitNanoUsd ?? limitNanoUsd),
    ...(spent !== undefined && { spentNanoUsd: spent.spentNanoUsd }),
    reservedNanoUsd: spent?.reservedNanoUsd ?? 0,
    ...(period !== undefined && { until: periodEnd(now, period) }),
    steps: stepsOf(budget, spent && spent.spentNanoUsd + spent.reservedNanoUsd),
    ...(why !== undefined && { notEnforced: why }),
  };
}

/** The policy with one budget: no other has to be counted for it. */
function only(policy: LayeredPolicy, layer: PolicyLayer, budget: CompiledBudget): LayeredPolicy {
  return { ...policy, layers: [{ ...layer, policy: { ...layer.policy, budgets: [budget] } }] };
}

/** A budget that says nothing of what happens when it is used up says so at least. */
const defaultSteps: CompiledBudget['steps'] = [{ at: 100, step: 'warn', source: 'warn' }];

function stepsOf(
  { steps, limitNanoUsd, source }: CompiledBudget,
  spentNanoUsd: number | undefined,
): BudgetStanding['steps'] {
  return (steps.length === 0 ? defaultSteps : steps).map(({ at, step }) => {
    const threshold = (limitNanoUsd * at) / 100;
    return {
      atShare: at / 100,
      // biome-ignore lint/suspicious/noThenProperty: the policy language's own word; the object is data and never awaited.
      then: stepWords(step),
      reached:
        spentNanoUsd === undefined
          ? source.per !== 'task' && source.onUnknown !== 'open'
          : step === 'warn'
            ? spentNanoUsd >= threshold
            : spentNanoUsd > threshold,
    };
  });
}

function stepWords(step: CompiledStep): string {
  return typeof step === 'string'
    ? step
    : `downgrade to ${step.downgradeTo.map(({ target }) => spoken(target)).join(', then ')}`;
}

interface Known {
  readonly isKnown: boolean;
  readonly hasLedger: boolean;
  /** Why a team's is not counted, in a sentence. */
  readonly uncounted: string | undefined;
  /** Targets that the policy names and that have no price. */
  readonly unpriced: readonly string[];
}

function notEnforced(
  { source }: CompiledBudget,
  { isKnown, hasLedger, uncounted, unpriced }: Known,
): string | undefined {
  const { per, onUnknown } = source;
  const isOpen = onUnknown === 'open';
  if (!isKnown && per !== 'task') {
    const why = !hasLedger
      ? 'Nothing is written down on this machine'
      : per === 'team' || per === 'org'
        ? `What ${per === 'team' ? 'a team' : 'an organisation'} spent is not known here${uncounted === undefined ? '' : ` (${uncounted.replace(/\.$/, '')})`}`
        : 'The ledger cannot be read';
    return isOpen
      ? `${why}, and "onUnknown": "open" lets every request pass: this budget stops nothing.`
      : `${why}, so this budget counts as spent: all its steps hold.`;
  }
  if (!isOpen || unpriced.length === 0) return undefined;
  const more = unpriced.length > 3 ? ` and ${unpriced.length - 3} more` : '';
  return `What ${unpriced.slice(0, 3).map(spoken).join(', ')}${more} cost is not known, and "onUnknown": "open" lets them pass uncounted.`;
}

function unpricedTargets(policy: LayeredPolicy, { price }: ReportWorld): readonly string[] {
  return targetsIn(policy).flatMap(({ provider, model }) =>
    price(provider, model) === undefined ? `${provider}/${model}` : [],
  );
}
