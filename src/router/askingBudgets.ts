import type { AskingBudget, OverrideResult } from '../contract/messages.ts';
import type { CompiledBudget } from '../policy/compiled.ts';
import { formatUsd, spoken } from '../routing/labels.ts';
import type { RouterContext } from './context.ts';
import { untilOf } from './permissions.ts';
import { policyIn } from './prepare.ts';

/** The budgets of what is in force in these folders that ask a person, and have a period that a yes can hold for. */
export async function askingBudgets(
  context: RouterContext,
  roots: readonly string[],
): Promise<readonly AskingBudget[]> {
  const { budgets, spent } = await budgetsIn(context, roots);
  return budgets.map(({ id, source, limitNanoUsd }) => {
    const known = spent[id]?.spentNanoUsd;
    const limit = `${formatUsd(limitNanoUsd)}${source.period === undefined ? '' : ` a ${source.period}`}`;
    const told = known === undefined ? `of ${limit}` : `${formatUsd(known)} of ${limit} is spent`;
    return { id, spent: told, until: untilOf(source.period, context.now()) };
  });
}

/** A person allows more of one of them, until its period ends. */
export async function permitBudget(
  context: RouterContext,
  roots: readonly string[],
  id: string,
): Promise<OverrideResult> {
  const { budgets, root } = await budgetsIn(context, roots);
  const budget = budgets.find((one) => one.id === id);
  if (budget === undefined)
    return {
      done: false,
      message: `No budget "${spoken(id)}" that asks is in force here any more. Nothing was changed.`,
    };
  const { per, period } = budget.source;
  context.permissions.permit({ id, per, ...(period === undefined ? {} : { period }) }, root);
  return {
    done: true,
    message: `Budget "${spoken(id)}" may be spent from further${period === undefined ? ' for a day' : ` until the ${period} ends (UTC)`}.`,
  };
}

async function budgetsIn(
  context: RouterContext,
  roots: readonly string[],
): Promise<{
  readonly budgets: readonly CompiledBudget[];
  readonly spent: ReturnType<RouterContext['spent']>;
  readonly root: string;
}> {
  const workspace = await context.workspaceOf(roots);
  const inForce = await context.policyOf(workspace);
  const root = workspace?.root ?? '';
  const budgets = (policyIn(inForce)?.layers ?? [])
    .flatMap(({ policy }) => policy.budgets)
    .filter(({ source, steps }) => source.per !== 'task' && steps.some(({ step }) => step === 'ask'));
  const spent = context.spent(inForce, new Map(), { root, taskId: undefined, taskSpentNanoUsd: 0 });
  return { budgets, spent, root };
}
