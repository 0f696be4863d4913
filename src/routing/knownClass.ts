import type { Clause, CompiledPolicy, CompiledWhen } from '../policy/compiled.ts';
import type { LayeredPolicy } from '../policy/layers.ts';
import type { Classification } from './classify.ts';
import type { FactFile, Facts } from './facts.ts';
import { areSameFiles, areSamePaths } from './knownSights.ts';
import { type Sight, wordsIn } from './sight.ts';

/** What was found of some facts, and everything that it was found by. */
interface Known {
  readonly policy: LayeredPolicy;
  readonly facts: Facts;
  readonly classification: Classification;
}

/** Requests about the same files that are remembered: the latest. */
const MOST = 8;
/** Of more lists of keywords it takes longer to ask what each finds than to classify anew. */
const MOST_LISTS = 32;

/** A request is classified before its decision, and for each that follows. */
const last = new WeakMap<Facts, Known>();
/** By the very list of files, as sights are. */
const known = new WeakMap<readonly FactFile[], readonly Known[]>();

/**
 * The classification of a request. The steps of an agent are about the same files again and again: where nothing has changed that
 * a condition of the policy looks at, neither has what the conditions find.
 *
 * @param classify makes it anew
 */
export function knownClass(
  policy: LayeredPolicy,
  facts: Facts,
  classify: (policy: LayeredPolicy, facts: Facts) => Classification,
): Classification {
  const before = last.get(facts);
  if (before?.policy === policy) return before.classification;
  const found = ofSameFiles(policy, facts, classify);
  last.set(facts, found);
  return found.classification;
}

function ofSameFiles(
  policy: LayeredPolicy,
  facts: Facts,
  classify: (policy: LayeredPolicy, facts: Facts) => Classification,
): Known {
  const { files } = facts;
  if (files === undefined) return { policy, facts, classification: classify(policy, facts) };
  const before = known.get(files) ?? [];
  const { keywords, tokens } = looksOf(policy);
  const words = wordsIn(facts);
  const same = before.find(
    (one) => one.policy === policy && areAlike(one.facts, facts, tokens) && sayAlike(one, { facts, words }, keywords),
  );
  if (same !== undefined) return same;
  const found = { policy, facts, classification: classify(policy, facts) };
  known.set(files, [found, ...before].slice(0, MOST));
  return found;
}

/** Everything that a condition may look at, but for the list of files, which both have, and the prompt's words. */
function areAlike(one: Facts, other: Facts, tokens: boolean): boolean {
  return (
    one.kind === other.kind &&
    areSameFiles(one, other) &&
    one.around === other.around &&
    areSamePaths(one.outside, other.outside) &&
    one.client === other.client &&
    one.team === other.team &&
    one.branch === other.branch &&
    one.intent === other.intent &&
    one.context?.images === other.context?.images &&
    one.context?.tools === other.context?.tools &&
    (!tokens || one.context?.tokens === other.context?.tokens)
  );
}

/** Whether each list of keywords finds the same in both prompts. */
function sayAlike(
  one: Known,
  { facts, words }: { readonly facts: Facts; readonly words: Sight['wordsOfText'] },
  keywords: Looks['keywords'],
): boolean {
  if (keywords.length === 0 || one.facts.text === facts.text) return true;
  if (keywords.length > MOST_LISTS) return false;
  const before = one.classification.views.at(-1)?.work.wordsOfText();
  return keywords.every((any) => before?.hasSome(any) === words()?.hasSome(any));
}

/** What the conditions of a policy look at of that which is another in each request. */
interface Looks {
  readonly keywords: readonly (readonly string[])[];
  /** How long it all is. */
  readonly tokens: boolean;
}

const looks = new WeakMap<LayeredPolicy, Looks>();

function looksOf(policy: LayeredPolicy): Looks {
  const before = looks.get(policy);
  if (before !== undefined) return before;
  const clauses = policy.layers.flatMap((layer) => whensOf(layer.policy).flatMap(clausesIn));
  const found = {
    keywords: clauses.flatMap((clause) => (clause.key === 'keywords' ? [clause.any] : [])),
    tokens: clauses.some((clause) => clause.key === 'context' && clause.measure === 'tokens'),
  };
  looks.set(policy, found);
  return found;
}

/** Every condition of a policy, but for those within one. */
function whensOf({ classes, default: fallback, constraints, budgets }: CompiledPolicy): readonly CompiledWhen[] {
  const routes = [fallback, ...classes.map(({ route }) => route)];
  const trials = routes.flatMap(({ trial }) => trial ?? []);
  return [...classes, ...trials, ...constraints, ...budgets].flatMap(({ when }) => when ?? []);
}

/** Those within others included. */
function clausesIn({ clauses }: CompiledWhen): readonly Clause[] {
  return clauses.flatMap((clause) => {
    if (clause.key === 'not') return clausesIn(clause.when);
    return clause.key === 'anyOf' ? clause.whens.flatMap(clausesIn) : clause;
  });
}
