import type { Price } from '../models/model.ts';
import type { LayeredPolicy } from '../policy/layers.ts';
import { targetsIn } from '../policy/namedTargets.ts';
import type { Decision } from '../routing/decision.ts';
import { decideDry } from './dryRun.ts';
import { type Machine, makerOf } from './machine.ts';
import type { CostRange } from './taskSize.ts';
import type { Task } from './tasks.ts';

/** What one class of work came to. */
export interface ClassTally {
  tasks: number;
  /** How many went to which model; `blocked`, `unserved` and `native` beside them. */
  readonly models: Map<string, number>;
  readonly gates: Map<string, number>;
  /** Providers, and makers where they are known. */
  readonly suppliers: Set<string>;
  cost: CostRange;
  /** Tasks whose cost is not known: they are in no sum. */
  unpriced: number;
}

/** A sum over the tasks that can be compared. */
export interface Line {
  readonly name: string;
  readonly cost: CostRange;
}

export interface Simulation {
  readonly tasks: number;
  readonly classes: ReadonlyMap<string, ClassTally>;
  /** How many tasks some gate was asked for. */
  readonly gated: number;
  /** How many tasks every line has a price for; the lines are sums over these. */
  readonly compared: number;
  readonly lines: readonly Line[];
  readonly baselines: readonly Baseline[];
  /** Stopped by the person before all was done. */
  readonly stopped: boolean;
}

/** A target that everything might be sent to instead. */
export interface Baseline {
  readonly name: 'all large' | 'all mid';
  readonly target: string;
  readonly price: Price;
}

export interface SimulationInput {
  readonly machine: Machine;
  readonly policy: LayeredPolicy;
  /** Ends the simulation with what was done so far. */
  readonly signal: AbortSignal;
  /** The policy to compare with, where there is one, by its name for people. */
  readonly against?: { readonly name: string; readonly policy: LayeredPolicy } | undefined;
}

const NOTHING: CostRange = { lowNanoUsd: 0, highNanoUsd: 0 };

/** Decides every task and adds up. Says nothing about how well any model would do it. */
export async function simulate(tasks: AsyncIterable<Task>, input: SimulationInput): Promise<Simulation> {
  const { machine, policy, against, signal } = input;
  const baselines = baselinesOf(machine, policy);
  const classes = new Map<string, ClassTally>();
  const sums = new Map<string, CostRange>();
  let [all, gated, compared] = [0, 0, 0];
  for await (const task of untilStopped(tasks, signal)) {
    all += 1;
    const decision = decideDry(machine, policy, { facts: task.facts });
    const cost = costOf(machine, policy, decision, task);
    tally(classes, decision, cost);
    gated += Number(decision.gates.length > 0);
    const lines: (readonly [name: string, cost: CostRange | undefined])[] = [['this policy', cost]];
    if (against !== undefined) {
      const other = decideDry(machine, against.policy, { facts: task.facts });
      lines.push([against.name, costOf(machine, against.policy, other, task)]);
    }
    for (const { name, price } of baselines) lines.push([name, task.costAt(price)]);
    if (lines.some(([, known]) => known === undefined)) continue;
    compared += 1;
    for (const [name, known] of lines) sums.set(name, plus(sums.get(name) ?? NOTHING, known ?? NOTHING));
  }
  const lines = [...sums].map(([name, cost]) => ({ name, cost }));
  return { tasks: all, classes, gated, compared, lines, baselines, stopped: signal.aborted };
}

async function* untilStopped(tasks: AsyncIterable<Task>, signal: AbortSignal): AsyncGenerator<Task> {
  try {
    for await (const task of tasks) {
      if (signal.aborted) return;
      yield task;
    }
  } catch (error) {
    // Whoever asked git, or read a file, when it was stopped says so by an error.
    if (!signal.aborted) throw error;
  }
}

/** Undefined where the task is not served by a model with a price. */
function costOf(machine: Machine, policy: LayeredPolicy, { outcome }: Decision, task: Task): CostRange | undefined {
  if (outcome.kind !== 'routed') return undefined;
  const price = machine.price(policy, outcome.target.provider, outcome.target.model);
  return price && task.costAt(price);
}

function tally(classes: Map<string, ClassTally>, decision: Decision, cost: CostRange | undefined): void {
  const before = classes.get(decision.class);
  const entry: ClassTally = before ?? {
    tasks: 0,
    models: new Map(),
    gates: new Map(),
    suppliers: new Set(),
    cost: NOTHING,
    unpriced: 0,
  };
  classes.set(decision.class, entry);
  const { outcome } = decision;
  entry.tasks += 1;
  add(entry.models, outcome.kind === 'routed' ? outcome.target.target : outcome.kind);
  for (const gate of decision.gates) add(entry.gates, gate);
  if (outcome.kind !== 'routed') return;
  entry.suppliers.add(outcome.target.provider);
  const maker = makerOf(outcome.target.model);
  if (maker !== undefined) entry.suppliers.add(maker);
  if (cost === undefined) entry.unpriced += 1;
  else entry.cost = plus(entry.cost, cost);
}

/**
 * The dearest target of the policy and the median one, by the list price of a million tokens in and a quarter of that
 * out; targets that cost nothing are no baseline, and neither is a median that is the dearest or the cheapest itself.
 */
function baselinesOf(machine: Machine, policy: LayeredPolicy): readonly Baseline[] {
  const priced = targetsIn(policy).flatMap(({ provider, model }) => {
    const price = machine.price(policy, provider, model);
    const weight = price === undefined ? 0 : 4 * price.rates.input + price.rates.output;
    return price === undefined || weight === 0 ? [] : [{ target: `${provider}/${model}`, price, weight }];
  });
  priced.sort((a, b) => a.weight - b.weight || (a.target < b.target ? -1 : 1));
  const large = priced.at(-1);
  const mid = priced[Math.floor((priced.length - 1) / 2)];
  if (large === undefined || mid === undefined) return [];
  const isBetween = mid.weight > (priced[0]?.weight ?? 0) && mid.weight < large.weight;
  return [
    { name: 'all large', target: large.target, price: large.price },
    ...(isBetween ? [{ name: 'all mid' as const, target: mid.target, price: mid.price }] : []),
  ];
}

function plus(one: CostRange, other: CostRange): CostRange {
  return {
    lowNanoUsd: one.lowNanoUsd + other.lowNanoUsd,
    highNanoUsd: one.highNanoUsd + other.highNanoUsd,
  };
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
