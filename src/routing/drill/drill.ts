import { type RequestKind, requestKinds } from '../../policy/schema.ts';
import type { Decision } from '../decision.ts';
import { type DrillGround, decideWithout, type Rehearsal, type Scene } from './rehearsal.ts';
import { type Serving, type Shared, servingIn, sharedBy } from './serving.ts';
import { type Stop, stopOf } from './stop.ts';
import type { Supplier } from './supplier.ts';
import { typicalCost } from './typicalRequest.ts';

/** What becomes of a request without a supplier. */
export type After =
  | { readonly kind: 'unchanged' }
  /** `shares`: what the stand-in has in common with who serves now. */
  | { readonly kind: 'moved'; readonly to: Serving; readonly shares?: Shared }
  | { readonly kind: 'stopped'; readonly stop: Stop };

/** Requests of a class that go from the same target to the same other, or stop for the same reason. */
export interface Part {
  readonly kinds: readonly RequestKind[];
  readonly requests: number;
  /** One of them: a file, or what was made up. */
  readonly example: string;
  readonly now: Serving;
  readonly after: After;
  /** For one request of typical size; undefined: unpriced. */
  readonly nowNanoUsd?: number;
  readonly afterNanoUsd?: number;
  /** The second as a multiple of the first; left out where either is not known or the first is nothing. */
  readonly priceRatio?: number;
}

export interface ClassDrill {
  readonly class: string;
  /** `not-served`: no request of it is served with everything healthy either. */
  readonly effect: 'stops' | 'stops-in-part' | 'moves' | 'unchanged' | 'not-served';
  /** What stops first, then what moves, then the rest. */
  readonly parts: readonly Part[];
  /** Requests that are refused, or that nobody serves, with everything healthy. */
  readonly notServed: number;
  /** The first of those, where no request of the class is served. */
  readonly refusal?: Decision;
}

/** What would happen if a supplier were gone, by class of work, in the order of the requests. */
export interface Drill {
  /** undefined: nobody is. */
  readonly supplier: Supplier | undefined;
  readonly classes: readonly ClassDrill[];
}

/** Decides everything again with a supplier down. */
export function holdDrill({ policy, ground, scenes }: Rehearsal, supplier: Supplier | undefined): Drill {
  const byClass = new Map<string, Scene[]>();
  for (const scene of scenes) {
    const own = byClass.get(scene.class);
    if (own === undefined) byClass.set(scene.class, [scene]);
    else own.push(scene);
  }
  const classes = [...byClass].map(([name, own]): ClassDrill => {
    const parts = new Map<string, OpenPart>();
    let notServed = 0;
    for (const scene of own) {
      const now = servingIn(scene.decision.outcome, ground);
      if (now === undefined) {
        notServed += scene.requests;
        continue;
      }
      const decision = decideWithout(policy, ground, scene.sample.facts, supplier);
      const to = servingIn(decision.outcome, ground);
      // Only a supplier that is down makes a difference, so without one nothing stops.
      const stop = to === undefined && supplier !== undefined ? stopOf(decision, supplier, ground) : undefined;
      addTo(parts, scene, now, stop === undefined ? movedTo(now, to ?? now) : { kind: 'stopped', stop });
    }
    const closed = [...parts.values()].map((part) => closePart(part, ground)).sort(byGravity);
    const refusal = closed.length === 0 ? own[0]?.decision : undefined;
    const found = { class: name, effect: effectOf(closed), parts: closed, notServed };
    return refusal === undefined ? found : { ...found, refusal };
  });
  return { supplier, classes };
}

interface OpenPart {
  readonly now: Serving;
  readonly after: After;
  readonly example: string;
  readonly kinds: Set<RequestKind>;
  requests: number;
}

function movedTo(now: Serving, to: Serving): After {
  if (now.target === to.target) return { kind: 'unchanged' };
  const shares = sharedBy(now, to);
  return { kind: 'moved', to, ...(shares === undefined ? {} : { shares }) };
}

function addTo(parts: Map<string, OpenPart>, { sample, kinds, requests }: Scene, now: Serving, after: After): void {
  const key = JSON.stringify([now.target, after.kind, endOf(after)]);
  const known = parts.get(key);
  if (known === undefined) {
    parts.set(key, { now, after, example: sample.about[0] ?? '', kinds: new Set(kinds), requests });
  } else {
    known.requests += requests;
    for (const kind of kinds) known.kinds.add(kind);
  }
}

function endOf(after: After): unknown {
  switch (after.kind) {
    case 'unchanged':
      return '';
    case 'moved':
      return after.to.target;
    case 'stopped':
      return [after.stop.because, after.stop.rules];
    default:
      return after satisfies never;
  }
}

function closePart({ now, after, example, kinds: seen, requests }: OpenPart, ground: DrillGround): Part {
  const kinds = requestKinds.filter((kind) => seen.has(kind));
  const nowNanoUsd = costOf(now, kinds, ground);
  const afterNanoUsd = after.kind === 'moved' ? costOf(after.to, kinds, ground) : undefined;
  const isComparable = nowNanoUsd !== undefined && nowNanoUsd > 0 && afterNanoUsd !== undefined;
  return {
    kinds,
    requests,
    example,
    now,
    after,
    ...(nowNanoUsd === undefined ? {} : { nowNanoUsd }),
    ...(afterNanoUsd === undefined ? {} : { afterNanoUsd }),
    ...(isComparable ? { priceRatio: afterNanoUsd / nowNanoUsd } : {}),
  };
}

function costOf(
  { provider, model }: Serving,
  kinds: readonly RequestKind[],
  { price }: DrillGround,
): number | undefined {
  if (provider === undefined || model === undefined) return undefined;
  const found = price(provider, model);
  return found && typicalCost(kinds, found);
}

const GRAVITY: readonly After['kind'][] = ['stopped', 'moved', 'unchanged'];

function byGravity(one: Part, other: Part): number {
  return GRAVITY.indexOf(one.after.kind) - GRAVITY.indexOf(other.after.kind) || other.requests - one.requests;
}

function effectOf(parts: readonly Part[]): ClassDrill['effect'] {
  if (parts.length === 0) return 'not-served';
  const stopped = parts.filter(({ after }) => after.kind === 'stopped').length;
  if (stopped > 0) return stopped === parts.length ? 'stops' : 'stops-in-part';
  return parts.some(({ after }) => after.kind === 'moved') ? 'moves' : 'unchanged';
}
