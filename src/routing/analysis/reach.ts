import type { Work } from '../../policy/analysis/memo.ts';
import type { CompiledPolicy, CompiledWhen } from '../../policy/compiled.ts';
import { holds } from '../conditions.ts';
import type { Facts } from '../facts.ts';
import { type Sight, sightOfWork } from '../sight.ts';
import { exampleOf } from './example.ts';
import type { PathWorld } from './pathWorld.ts';
import { everything, type Part, type Region, split } from './region.ts';
import { FALSE, TRUE, type Truths, UNKNOWN } from './truth.ts';
import { truthsOf, type Verdict } from './truths.ts';

/** A rule that takes a request before others get to see it. */
export interface Taker {
  readonly id: string;
  readonly when: CompiledWhen;
}

/** A request that meets a condition, and the rule that takes it all the same. */
export interface Taken {
  readonly facts: Facts;
  readonly by: string;
}

/** Whether some request meets conditions and is taken by nobody before. */
export type Reach =
  | { readonly kind: 'open'; readonly facts: Facts }
  /** Proven: no request does. Those in `taken` meet the conditions, tried on the real rules; with none of them, nothing does. */
  | { readonly kind: 'closed'; readonly taken: readonly Taken[] }
  | { readonly kind: 'unknown' };

/** What is being searched. */
export interface Question {
  readonly policy: CompiledPolicy;
  /** All of these must be true. */
  readonly goals: readonly CompiledWhen[];
  /** The rules that come before, in order. */
  readonly takers: readonly Taker[];
  readonly world: PathWorld;
  /** Where names of branches come from: never the repository's files. */
  readonly branches: PathWorld;
}

/** Regions that one question may look at. */
const MOST_REGIONS = 300;
/** What a region costs, and each rule that an example of it is tried on. */
const REGION_WORK = 1_500;
const TAKER_WORK = 10;
/** Examples that are kept to show what takes the requests. */
const MOST_TAKEN = 4;

/**
 * Looks for a request, guided by counterexamples (as in "Counterexample-guided abstraction refinement", Clarke et al.,
 * 2000): takes an example of what is left, tries it on the real rules, and where a rule takes it, cuts what is left along
 * that rule's clauses. Ends with an example that nobody takes, or with nothing left, which is a proof.
 */
export function search(question: Question, work: Work): Reach {
  const { goals, takers, world, branches } = question;
  const waiting: Region[] = [everything];
  const taken: Taken[] = [];
  let isSure = true;
  let left = MOST_REGIONS;
  for (let region = waiting.pop(); region !== undefined; region = waiting.pop()) {
    if (left <= 0 || work.left <= 0) return { kind: 'unknown' };
    left -= 1;
    work.left -= REGION_WORK + TAKER_WORK * takers.length;
    const goal = verdictOnGoals(goals, region);
    if ((goal.truths & TRUE) === 0) continue;
    if (goal.open !== undefined) {
      waiting.push(...partsOf(region, goal, TRUE));
      continue;
    }
    const example = exampleOf(region, world, branches);
    if (example.kind === 'none') continue;
    const tried = example.kind === 'found' ? tryOut(question, example.facts) : undefined;
    if (tried?.kind === 'free') return { kind: 'open', facts: tried.facts };
    if (tried !== undefined && taken.length < MOST_TAKEN && !taken.some(({ by }) => by === tried.taker.id)) {
      taken.push({ facts: tried.facts, by: tried.taker.id });
    }
    const verdict = tried === undefined ? undefined : truthsOf(tried.taker.when, region);
    if (verdict?.truths === TRUE) continue;
    // An example that is not of this region, or none at all: then only what follows from the region itself counts.
    if (verdict === undefined || verdict.open === undefined) {
      if (!takers.some(({ when }) => truthsOf(when, region).truths === TRUE)) isSure = false;
      continue;
    }
    waiting.push(...partsOf(region, verdict, FALSE | UNKNOWN));
  }
  return isSure ? { kind: 'closed', taken } : { kind: 'unknown' };
}

function verdictOnGoals(goals: readonly CompiledWhen[], region: Region): Verdict {
  const verdicts = goals.map((goal) => truthsOf(goal, region));
  const isOut = verdicts.some(({ truths }) => (truths & TRUE) === 0);
  return { truths: isOut ? FALSE : TRUE, open: verdicts.find(({ open }) => open !== undefined)?.open };
}

/** The last pushed is the first popped: so the parts in which the clause comes to what is `wanted` stand last. */
function partsOf(region: Region, { open }: Verdict, wanted: Truths): readonly Region[] {
  if (open === undefined || open.key === 'not' || open.key === 'anyOf') return [];
  const isWanted = ({ truth }: Part): number => ((truth & wanted) === 0 ? 0 : 1);
  return [...split(region, open)].sort((a, b) => isWanted(a) - isWanted(b)).map((part) => part.region);
}

type Trial =
  | { readonly kind: 'free'; readonly facts: Facts }
  | { readonly kind: 'taken'; readonly facts: Facts; readonly taker: Taker };

/** An example on the real rules; undefined where it does not meet the conditions after all. */
function tryOut({ policy, goals, takers }: Question, facts: Facts): Trial | undefined {
  const sight = sightOfWork({ policy, origin: 'repository' }, facts);
  if (!goals.every((goal) => holds(goal, sight) === true)) return undefined;
  const taker = firstTaker(takers, sight);
  return taker === undefined ? { kind: 'free', facts } : { kind: 'taken', facts, taker };
}

function firstTaker(takers: readonly Taker[], sight: Sight): Taker | undefined {
  return takers.find(({ when }) => holds(when, sight) === true);
}
