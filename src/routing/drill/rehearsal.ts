import type { LayeredPolicy } from '../../policy/layers.ts';
import type { RequestKind } from '../../policy/schema.ts';
import type { Sample } from '../analysis/corpus.ts';
import { ruleOf } from '../candidate.ts';
import { decide } from '../decide.ts';
import type { Decision } from '../decision.ts';
import type { Facts } from '../facts.ts';
import type { State } from '../state.ts';
import { hasPart, type Supplier, type SupplierFacts } from './supplier.ts';
import { typicalSize } from './typicalRequest.ts';

/** The world that a drill is held in. Who is healthy, and how large requests are, is the drill's own. */
export interface DrillGround extends SupplierFacts, Pick<State, 'price'> {
  state(facts: Facts): State;
}

/** Requests that the policy cannot tell apart, whoever fails. */
export interface Scene {
  readonly class: string;
  /** The first of them. */
  readonly sample: Sample;
  readonly kinds: ReadonlySet<RequestKind>;
  readonly requests: number;
  /** With everything healthy. */
  readonly decision: Decision;
}

/** Every request decided once with everything healthy, so that each drill decides only what may come out differently. */
export interface Rehearsal {
  readonly policy: LayeredPolicy;
  readonly ground: DrillGround;
  /** How many requests were decided. */
  readonly decided: number;
  readonly scenes: readonly Scene[];
  add(sample: Sample): void;
}

export function beginRehearsal(policy: LayeredPolicy, ground: DrillGround): Rehearsal {
  const scenes = new Map<string, Scene & { kinds: Set<RequestKind>; requests: number }>();
  let decided = 0;
  return {
    policy,
    ground,
    get decided() {
      return decided;
    },
    get scenes() {
      return [...scenes.values()];
    },
    add: (sample) => {
      decided += 1;
      const { kind } = sample.facts;
      const decision = decideWithout(policy, ground, sample.facts);
      const key = decision.leftOut === undefined ? likenessOf(kind, decision) : `${decided}`;
      const known = scenes.get(key);
      if (known === undefined) {
        scenes.set(key, { class: decision.class, sample, kinds: new Set([kind]), requests: 1, decision });
      } else {
        known.kinds.add(kind);
        known.requests += 1;
      }
    },
  };
}

/**
 * What decides how a request comes out once somebody fails: health takes away from what is left last of all, so requests
 * of one class that keep the same targets, and lose the same others to the same rules, go on alike.
 */
function likenessOf(kind: RequestKind, { class: work, outcome, kept, removed }: Decision): string {
  return JSON.stringify([
    work,
    kind === 'completion',
    outcome.kind,
    outcome.kind === 'routed' ? [outcome.target, ...outcome.fallbacks].map(({ target }) => target) : [],
    kept.map(({ target, broughtBy }) => [target.target, broughtBy]),
    removed.map(({ target, reason }) => [target.target, reason.kind, ruleOf(reason)]),
  ]);
}

/** Decides a request of typical size with everything healthy but one supplier; left out: nobody fails. */
export function decideWithout(policy: LayeredPolicy, ground: DrillGround, facts: Facts, down?: Supplier): Decision {
  const state = ground.state(facts);
  const { input, output } = typicalSize(facts);
  return decide(policy, facts, {
    ...state,
    inputTokens: () => ({ low: input, high: input }),
    outputTokens: { low: output, high: output },
    unhealthy: (provider, model) => {
      const target = { kind: 'model', target: `${provider}/${model}`, provider, model } as const;
      return down !== undefined && hasPart(down, target, ground) ? 'it is down in this drill' : undefined;
    },
  });
}
