import type { LayeredPolicy } from '../policy/layers.ts';
import type { RequestFacts } from '../policy/schema.ts';
import { createState } from '../router/world.ts';
import { decide } from '../routing/decide.ts';
import type { Decision } from '../routing/decision.ts';
import type { Facts } from '../routing/facts.ts';
import type { State } from '../routing/state.ts';
import { type Machine, makerOf } from './machine.ts';

const NANO_USD_PER_USD = 1e9;

/** A request that is decided and never sent. */
export interface DryRequest {
  readonly facts: Facts;
  /** US dollars by budget id, and for the task so far as `task`; what is left out counts as nothing spent. */
  readonly spent?: RequestFacts['spent'];
  /** Providers, targets or `maker:NAME` that are down. */
  readonly down?: readonly string[] | undefined;
}

/** Decides a request on this machine's knowledge, with nothing spent and everything healthy unless it says otherwise. */
export function decideDry(machine: Machine, policy: LayeredPolicy, request: DryRequest): Decision {
  return decide(policy, request.facts, stateOf(machine, policy, request));
}

/** The world that {@link decideDry} decides in. */
export function stateOf(machine: Machine, policy: LayeredPolicy, { facts, spent = {}, down }: DryRequest): State {
  const tokens = facts.context?.tokens;
  const taskSpentNanoUsd = nanoUsd(spent, 'task') ?? 0;
  const state = createState(machine.world, {
    kind: facts.kind,
    policy,
    estimatedTokens: tokens ?? 0,
    spent: spentOn(policy, spent, taskSpentNanoUsd),
    taskSpentNanoUsd,
  });
  return {
    ...state,
    ...(tokens === undefined ? { inputTokens: () => undefined } : {}),
    ...(down === undefined || down.length === 0 ? {} : { unhealthy: downAmong(new Set(down)) }),
  };
}

function downAmong(down: ReadonlySet<string>): State['unhealthy'] {
  return (provider, model) => {
    const names = [provider, `${provider}/${model}`, `maker:${makerOf(model) ?? ''}`];
    return names.some((name) => down.has(name)) ? 'the request says that it is down' : undefined;
  };
}

function spentOn(policy: LayeredPolicy, spent: NonNullable<RequestFacts['spent']>, task: number): State['spent'] {
  const budgets = policy.layers.flatMap((layer) => layer.policy.budgets);
  return Object.fromEntries(
    budgets.map(({ id, source }) => {
      const unsaid = source.per === 'task' ? task : 0;
      return [id, { spentNanoUsd: nanoUsd(spent, id) ?? unsaid, reservedNanoUsd: 0 }];
    }),
  );
}

function nanoUsd(spent: NonNullable<RequestFacts['spent']>, id: string): number | undefined {
  return Object.hasOwn(spent, id) ? Math.round((spent[id] ?? 0) * NANO_USD_PER_USD) : undefined;
}
