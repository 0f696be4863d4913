import { dependenceOn } from '../../routing/drill/dependence.ts';
import type { After, Drill, Part } from '../../routing/drill/drill.ts';
import type { Serving } from '../../routing/drill/serving.ts';
import { type Supplier, supplierName } from '../../routing/drill/supplier.ts';
import { typicalWords } from '../../routing/drill/typicalRequest.ts';
import { refusalSentence, removalWords } from '../../routing/explain.ts';
import { supplierUseDays } from '../../usage/supplierUse.ts';
import { type DrillReport, someClassStops } from './report.ts';
import { type SupplierRow, supplierRows } from './suppliers.ts';

const NANO_USD_PER_USD = 1e9;

/** What a drill found, for scripts. What is not known is null. */
export function drillDocument(report: DrillReport): Readonly<Record<string, unknown>> {
  const { hash, down, decided, leftOut, drills, now, near, unreached, unknownMakers, use } = report;
  return {
    policy: hash,
    down: down === undefined ? null : supplierName(down),
    stops: someClassStops(report),
    decided,
    leftOut,
    assumption: typicalWords(),
    drills: drills.map(drillOf),
    notServed: now.classes.filter(({ effect }) => effect === 'not-served').map((work) => work.class),
    sharedFallbacks: near.map(({ class: name, first, next, shares }) => ({
      class: name,
      target: first.target,
      next: next.target,
      shares,
    })),
    unreached,
    unknownMakers,
    ...(use === undefined
      ? {}
      : {
          suppliers: {
            days: supplierUseDays,
            requests: use.requests,
            costUsd: use.costNanoUsd / NANO_USD_PER_USD,
            providers: supplierRows(use, drills, 'provider').map(supplierOf),
            makers: supplierRows(use, drills, 'maker').map(supplierOf),
          },
        }),
  };
}

function drillOf(drill: Drill): unknown {
  const { worstRatio, ...dependence } = dependenceOn(drill);
  return {
    ...suppliedBy(drill.supplier),
    ...dependence,
    worstRatio: worstRatio ?? null,
    classes: drill.classes.map(({ class: name, effect, notServed, parts, refusal }) => ({
      class: name,
      effect,
      notServed,
      refusal: refusal === undefined ? null : refusalSentence(refusal),
      parts: parts.map(partOf),
    })),
  };
}

function suppliedBy(supplier: Supplier | undefined): Readonly<Record<string, unknown>> {
  return { supplier: supplier === undefined ? null : supplierName(supplier), kind: supplier?.kind ?? null };
}

function partOf({ kinds, requests, example, now, after, nowNanoUsd, afterNanoUsd, priceRatio }: Part): unknown {
  return {
    kinds,
    requests,
    example,
    now: { ...servingOf(now), costUsd: usd(nowNanoUsd) },
    ...afterOf(after, afterNanoUsd),
    priceRatio: priceRatio ?? null,
  };
}

function afterOf(after: After, costNanoUsd: number | undefined): Readonly<Record<string, unknown>> {
  switch (after.kind) {
    case 'unchanged':
      return { effect: 'unchanged' };
    case 'moved':
      return {
        effect: 'moves',
        after: { ...servingOf(after.to), costUsd: usd(costNanoUsd) },
        shares: after.shares ?? null,
      };
    case 'stopped': {
      const { because, rules, others } = after.stop;
      const refused = others.map(({ target, reason }) => ({ target: target.target, why: removalWords(reason) }));
      return { effect: 'stops', because, rules, others: refused };
    }
    default:
      return after satisfies never;
  }
}

function servingOf({ target, provider, maker }: Serving): Readonly<Record<string, unknown>> {
  return { target, provider: provider ?? null, maker: maker ?? null };
}

function supplierOf({ supplier, share, drill }: SupplierRow): unknown {
  const { stops = [], stopsInPart = [], moves = [] } = drill === undefined ? {} : dependenceOn(drill);
  return {
    supplier: supplier === undefined ? null : supplierName(supplier),
    requests: share?.requests ?? 0,
    requestShare: share?.requestShare ?? null,
    failed: share?.failed ?? 0,
    costUsd: (share?.costNanoUsd ?? 0) / NANO_USD_PER_USD,
    costShare: share?.costShare ?? null,
    unpriced: share?.unpriced ?? 0,
    drilled: drill !== undefined,
    stops,
    stopsInPart,
    moves,
  };
}

function usd(nanoUsd: number | undefined): number | null {
  return nanoUsd === undefined ? null : nanoUsd / NANO_USD_PER_USD;
}
