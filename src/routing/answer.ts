import { ruleOf } from './candidate.ts';
import type { Decision } from './decision.ts';
import { explainDecision, removalWords } from './explain.ts';
import { onOneLine } from './labels.ts';

const NANO_USD_PER_USD = 1e9;

/** A decision as `explain --json` prints it; the form is a promise to scripts. */
export interface Answer {
  readonly id?: string | number;
  readonly class: string;
  /** `provider/model`, `native`, or null where nothing serves it. */
  readonly model: string | null;
  readonly provider: string | null;
  readonly outcome: Decision['outcome']['kind'];
  /** The targets that are left, in the order of trying. */
  readonly candidates: readonly string[];
  readonly removed: readonly { readonly model: string; readonly rule?: string; readonly reason: string }[];
  readonly review: readonly string[];
  readonly blocked: boolean;
  /** The rules that refused or took something away. */
  readonly by: readonly string[];
  /** Sentences for people, the headline first. */
  readonly why: readonly string[];
  readonly cost: {
    readonly lowUsd: number | null;
    readonly highUsd: number | null;
    readonly priced: boolean;
    readonly priceAsOf: string | null;
  };
  /** What was counted of the work. */
  readonly counted: Decision['counted'];
  readonly modules: readonly string[];
  /** The hash of what was in force. */
  readonly policy: string;
}

export function answerOf(decision: Decision): Answer {
  const { outcome, removed } = decision;
  const { headline, lines } = explainDecision(decision);
  return {
    class: decision.class,
    model: modelOf(decision),
    provider: outcome.kind === 'routed' ? outcome.target.provider : null,
    outcome: outcome.kind,
    candidates: candidatesOf(decision),
    removed: removed.map(({ target, reason }) => {
      const rule = ruleOf(reason);
      const words = onOneLine(`${target.target} ${removalWords(reason)}`);
      return { model: target.target, ...(rule === undefined ? {} : { rule }), reason: words };
    }),
    review: decision.gates,
    blocked: outcome.kind === 'blocked',
    by: rulesIn(decision),
    why: [headline, ...lines],
    cost: costOf(decision),
    counted: decision.counted,
    modules: decision.modules,
    policy: decision.policyHash,
  };
}

function modelOf({ outcome }: Decision): string | null {
  switch (outcome.kind) {
    case 'routed':
      return outcome.target.target;
    case 'native':
      return 'native';
    case 'blocked':
    case 'unserved':
      return null;
  }
}

function candidatesOf({ outcome }: Decision): readonly string[] {
  if (outcome.kind !== 'routed') return [];
  return [outcome.target, ...outcome.fallbacks].map(({ target }) => target);
}

function rulesIn({ outcome, removed, budgets }: Decision): readonly string[] {
  const rules = new Set([
    ...(outcome.kind === 'blocked' ? outcome.by : []),
    ...removed.flatMap(({ reason }) => ruleOf(reason) ?? []),
    ...budgets.filter(({ did }) => did !== 'nothing' && did !== 'not-enforced').map(({ id }) => id),
  ]);
  return [...rules].sort();
}

function costOf({ cost }: Decision): Answer['cost'] {
  const isPriced = cost.kind === 'priced';
  return {
    lowUsd: isPriced ? cost.lowNanoUsd / NANO_USD_PER_USD : null,
    highUsd: isPriced ? cost.highNanoUsd / NANO_USD_PER_USD : null,
    priced: cost.kind !== 'unpriced',
    priceAsOf: cost.kind === 'unpriced' ? null : cost.price.asOf,
  };
}
