import { findModel } from '../models/catalogue.ts';
import type { ResolvedTarget } from '../policy/compiled.ts';
import type { ProviderFailure } from '../providers/failure.ts';
import type { Decision } from '../routing/decision.ts';
import type { RouterContext } from './context.ts';
import { asking } from './permissions.ts';
import type { Prepared } from './prepare.ts';
import { isPassthrough } from './record.ts';
import { costing } from './spend.ts';

/** How often one request waits for more of a team's budget: where little is left, each lease serves one of those that wait. */
const MOST_ROUNDS = 20;

interface Choice {
  readonly next: ResolvedTarget | undefined;
  /** The decision for which a team's budget had no lease with enough left; undefined: all had. */
  readonly short: Decision | undefined;
}

/**
 * Who is asked, one after the other, for one request. What the policy decided at first holds for the first alone: money
 * was spent since, and providers failed, so each further target is one that a decision made now still allows. The high
 * estimate of the attempt under way is set aside against its budgets.
 */
export class Candidates {
  readonly #context: RouterContext;
  readonly #prepared: Prepared;
  #giveUp: () => void = () => undefined;
  #stopped: Decision | undefined;
  #exhausted: Decision | undefined;

  constructor({ context }: { readonly context: RouterContext }, prepared: Prepared) {
    this.#context = context;
    this.#prepared = prepared;
  }

  /** The decision that let nobody take over, where that was the policy's doing. */
  get stopped(): Decision | undefined {
    return this.#stopped;
  }

  /** The decision that still let somebody serve, of whom all were tried. */
  get exhausted(): Decision | undefined {
    return this.#exhausted;
  }

  /** Waits only where a team's budget has too little leased. */
  next(
    tried: readonly ResolvedTarget[],
    failure: ProviderFailure | undefined,
  ): ResolvedTarget | undefined | Promise<ResolvedTarget | undefined> {
    const { next, short } = this.#choose(tried, failure);
    return short === undefined ? next : this.#covered({ next, short }, () => this.#choose(tried, failure));
  }

  /** Others have set aside what was leased a moment ago: with more of it, the choice is made again. */
  async #covered(first: Choice, again: () => Choice): Promise<ResolvedTarget | undefined> {
    const enough = this.#prepared.waiting();
    let choice = first;
    for (let rounds = 0; rounds < MOST_ROUNDS && choice.short !== undefined; rounds += 1) {
      this.release();
      const isMore = await this.#prepared.cover(choice.short, enough);
      choice = again();
      if (!isMore) break;
    }
    return choice.next;
  }

  #choose(tried: readonly ResolvedTarget[], failure: ProviderFailure | undefined): Choice {
    // What was set aside for the attempt that ended must not stand in the way of its own successor.
    this.release();
    this.#stopped = undefined;
    this.#exhausted = undefined;
    let next: ResolvedTarget | undefined;
    let short: Decision | undefined;
    const choose = (decision: Decision): Decision | undefined => {
      next = this.#nextIn(decision, tried, failure);
      return next && costing(decision, [next]);
    };
    const { decision, workspace, requestId, inForce } = this.#prepared;
    if (decision.budgets.length === 0) choose(tried.length === 0 ? decision : this.#decideNow());
    else {
      const taskId = (): string | undefined => this.#prepared.task?.id;
      const where = { requestId, inForce, root: workspace?.root ?? '', taskId };
      const reserved = this.#context.reserve((without) => choose(this.#decideNow(without)), where);
      this.#giveUp = reserved.giveUp;
      ({ short } = reserved);
    }
    return { next, short };
  }

  /** A budget that asks for the first time now asks nobody: the request has begun, and what was allowed for it was said. */
  #decideNow(short?: ReadonlySet<string>): Decision {
    const decision = this.#prepared.decideAgain(undefined, short);
    if (!decision.ask) return decision;
    return this.#prepared.decideAgain(new Set(asking(decision).map(({ id }) => id)), short);
  }

  #nextIn(
    decision: Decision,
    tried: readonly ResolvedTarget[],
    failure: ProviderFailure | undefined,
  ): ResolvedTarget | undefined {
    const last = tried.at(-1);
    const { outcome } = decision;
    if (outcome.kind !== 'routed') {
      if (outcome.kind === 'blocked') this.#stopped = decision;
      return undefined;
    }
    const names = new Set(tried.map(({ target }) => target));
    const next = [outcome.target, ...outcome.fallbacks].find(
      (target) =>
        !names.has(target.target) &&
        (!last ||
          !failure ||
          mends(failure, {
            failed: last,
            other: target,
            place: tried.length - 1,
            isTheirs: isPassthrough(this.#context, last),
          })),
    );
    if (next === undefined) this.#exhausted = decision;
    return next;
  }

  /** Gives up what is set aside. */
  release(): void {
    this.#giveUp();
    this.#giveUp = () => undefined;
  }
}

/** Whether another target may well do what this one failed to do. */
function mends(
  failure: ProviderFailure,
  {
    failed,
    other,
    place,
    isTheirs,
  }: {
    readonly failed: ResolvedTarget;
    readonly other: ResolvedTarget;
    /** Of the one that failed: 0 for the first. */
    readonly place: number;
    /** It was asked with the client's own credential. */
    readonly isTheirs: boolean;
  },
): boolean {
  switch (failure.kind) {
    case 'context-too-long': {
      const room = findModel(other.model)?.contextTokens;
      const had = findModel(failed.model)?.contextTokens;
      return room === undefined || had === undefined || room > had;
    }
    case 'bad-request':
      // The client's own words were refused, by a provider that speaks its dialect: it is for the client to know. One that
      // was not the first may have been asked with what only the first could read.
      return failure.refusal === undefined || place > 0;
    case 'authentication':
      // Its own login has ended: the client can mend that, and is not to be served at another's cost meanwhile.
      return !isTheirs || failure.refusal === undefined;
    default:
      return true;
  }
}
