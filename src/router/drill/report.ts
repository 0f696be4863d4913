import { setImmediate } from 'node:timers/promises';
import { findModel } from '../../models/catalogue.ts';
import type { LayeredPolicy } from '../../policy/layers.ts';
import { corpusOf, type Sample } from '../../routing/analysis/corpus.ts';
import { classExamples, classesIn } from '../../routing/drill/classExample.ts';
import {
  byDependence,
  type NearFallback,
  nearFallbacks,
  suppliersIn,
  unknownMakers,
} from '../../routing/drill/dependence.ts';
import { type Drill, holdDrill } from '../../routing/drill/drill.ts';
import { beginRehearsal, type DrillGround, type Rehearsal } from '../../routing/drill/rehearsal.ts';
import type { Supplier } from '../../routing/drill/supplier.ts';
import type { FactFile } from '../../routing/facts.ts';
import type { State } from '../../routing/state.ts';
import type { SupplierUse } from '../../usage/supplierUse.ts';
import { createState, priceNow, type World } from '../world.ts';

/** Requests that are decided; of a hostile policy's more, the first. */
const MOST_REQUESTS = 20_000;
/** How many are decided before others in the process have a turn. */
const AT_ONCE = 100;

export interface DrillRequest {
  readonly policy: LayeredPolicy;
  readonly world: World;
  /** Of the repository; none where there is none. */
  readonly files: readonly FactFile[];
  /** Who is down; left out: each supplier in turn. */
  readonly down?: Supplier | undefined;
  readonly use?: SupplierUse | undefined;
}

/** What a failover drill found. */
export interface DrillReport {
  readonly hash: string;
  readonly down: Supplier | undefined;
  /** How many requests were decided. */
  readonly decided: number;
  /** How many more there would have been. */
  readonly leftOut: number;
  /** Single points of failure first; the one of `down` alone where that was asked. */
  readonly drills: readonly Drill[];
  /** With nobody down: what nobody serves even so. */
  readonly now: Drill;
  readonly near: readonly NearFallback[];
  /** Classes that no request was found to come to. */
  readonly unreached: readonly string[];
  readonly unknownMakers: readonly string[];
  readonly use: SupplierUse | undefined;
}

/**
 * Decides representative requests of every class as they are, and again without a supplier, or without each in turn.
 * Nothing counts as spent, everything else as healthy, and nobody is asked.
 *
 * @throws when aborted
 */
export async function drillReport(request: DrillRequest, signal: AbortSignal): Promise<DrillReport> {
  const { policy, files, down, use } = request;
  const rehearsal = beginRehearsal(policy, groundOf(request));
  const corpus = corpusOf(policy, policy, files);
  await addAll(rehearsal, corpus.slice(0, MOST_REQUESTS), signal);
  const missed = classesNotIn(rehearsal);
  if (missed.length > 0) await addAll(rehearsal, classExamples(policy, new Set(missed)), signal);
  const drills: Drill[] = [];
  for (const supplier of down === undefined ? suppliersIn(rehearsal) : [down]) {
    await setImmediate(undefined, { signal });
    drills.push(holdDrill(rehearsal, supplier));
  }
  return {
    hash: policy.hash,
    down,
    decided: rehearsal.decided,
    leftOut: Math.max(0, corpus.length - MOST_REQUESTS),
    drills: drills.sort(byDependence),
    now: holdDrill(rehearsal, undefined),
    near: nearFallbacks(rehearsal),
    unreached: classesNotIn(rehearsal),
    unknownMakers: unknownMakers(rehearsal),
    use,
  };
}

async function addAll(rehearsal: Rehearsal, samples: readonly Sample[], signal: AbortSignal): Promise<void> {
  for (const [place, sample] of samples.entries()) {
    if (place % AT_ONCE === 0) await setImmediate(undefined, { signal });
    rehearsal.add(sample);
  }
}

function classesNotIn({ policy, scenes }: Rehearsal): readonly string[] {
  const seen = new Set(scenes.map((scene) => scene.class));
  return classesIn(policy).filter((id) => !seen.has(id));
}

function groundOf({ policy, world }: DrillRequest): DrillGround {
  const spent = nothingSpent(policy);
  return {
    model: (_provider, model) => findModel(model),
    provider: (id) => world.provider(id)?.facts(),
    price: (provider, model) => priceNow(world, policy, provider, model),
    state: ({ kind, context }) =>
      createState(world, { kind, policy, estimatedTokens: context?.tokens ?? 0, spent, taskSpentNanoUsd: 0 }),
  };
}

function nothingSpent({ layers }: LayeredPolicy): State['spent'] {
  const budgets = layers.flatMap(({ policy }) => policy.budgets);
  return Object.fromEntries(budgets.map(({ id }) => [id, { spentNanoUsd: 0, reservedNanoUsd: 0 }]));
}

/** Whether something stops in some drill, if only in part. */
export function someClassStops({ drills }: DrillReport): boolean {
  return drills.some(({ classes }) => classes.some(({ effect }) => effect === 'stops' || effect === 'stops-in-part'));
}
