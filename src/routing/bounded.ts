import type { Clause, CompiledWhen } from '../policy/compiled.ts';
import { ruleOf } from './candidate.ts';
import type { Decision, KeptCandidate, Reason, RemovedCandidate, SkippedClass } from './decision.ts';

/** Entries that one list of a decision carries. */
export const MOST_CARRIED = 200;
/** And what they come to, in characters of JSON. A decision is kept and sent; a hostile policy must not make it a flood. */
const LIST_CHARACTERS = 60_000;

/** Names and branches of a clause that a decision carries where it is long; words for people show fewer. */
const MOST_NAMES = 8;
const MOST_BRANCHES = 4;
const DEEPEST = 3;
const CLAUSE_CHARACTERS = 4_000;
const MOST_PATTERNS = 20;
/** What an entry's keys, brackets and numbers take, about. */
const ENTRY_CHARACTERS = 60;

type Lists = Pick<Decision, 'kept' | 'removed' | 'why'>;

/**
 * What a decision carries of its lists, with how much was left out: the most telling entries, in their order. Budgets
 * stay whole, because spend is reserved by them; a policy has few enough.
 */
export function boundedLists(lists: Lists): Lists & Pick<Decision, 'leftOut'> {
  if (areShort(lists)) return lists;
  const kept = mostTelling<KeptCandidate>(lists.kept, () => 0);
  const removed = mostTelling<RemovedCandidate>(lists.removed, firstOfEachRule());
  const why = mostTelling<Reason>(lists.why, backgroundRank);
  const counts = {
    kept: lists.kept.length - kept.length,
    removed: lists.removed.length - removed.length,
    why: lists.why.length - why.length,
  };
  const leftOut = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  return { kept, removed, why, ...(Object.keys(leftOut).length === 0 ? {} : { leftOut }) };
}

/** Most certainly are: to write them out took a fifth of a decision's time. */
function areShort({ kept, removed, why }: Lists): boolean {
  const longest = Math.max(kept.length, removed.length, why.length);
  return (
    longest <= MOST_CARRIED && mostCharacters(kept) + mostCharacters(removed) + mostCharacters(why) <= LIST_CHARACTERS
  );
}

/** No fewer characters of JSON than something comes to. */
export function mostCharacters(value: unknown): number {
  // Each may have to be escaped; no number takes more than 25.
  if (typeof value === 'string') return 6 * value.length + 2;
  if (typeof value !== 'object' || value === null) return 25;
  let characters = 2;
  if (Array.isArray(value)) {
    for (const one of value) characters += mostCharacters(one) + 1;
    return characters;
  }
  // The names are ours.
  for (const name in value) characters += name.length + 4 + mostCharacters((value as Record<string, unknown>)[name]);
  return characters;
}

/** Of classes passed over, the nearest to the winner that fit. */
export function boundedSkipped(skipped: readonly SkippedClass[]): readonly SkippedClass[] {
  const nearest = skipped.slice(-MOST_CARRIED);
  let characters = 0;
  const place = nearest.findLastIndex(({ id, failed }) => {
    characters += ENTRY_CHARACTERS + id.length + (failed.seen?.length ?? 0) + charactersIn(failed.clause);
    return characters > LIST_CHARACTERS;
  });
  // As with any list, the first is carried whatever it takes.
  return place === -1 ? nearest : nearest.slice(Math.min(place + 1, nearest.length - 1));
}

/** Each clause as it is told: of a long one, its beginning. */
export function boundedClauses(clauses: readonly Clause[], depth = 0): readonly Clause[] {
  return clauses.map((clause) => (charactersIn(clause) <= CLAUSE_CHARACTERS ? clause : boundedClause(clause, depth)));
}

export function boundedPatterns(patterns: readonly string[]): readonly string[] {
  return patterns.length <= MOST_PATTERNS ? patterns : patterns.slice(0, MOST_PATTERNS);
}

/**
 * About how many characters of JSON a clause comes to. Added up rather than written out: every decision asks this of
 * each class that it passed over, and writing them out took a third of its time.
 */
function charactersIn(clause: Clause): number {
  switch (clause.key) {
    case 'files':
    case 'touches':
    case 'branch':
      return ENTRY_CHARACTERS;
    case 'kind':
    case 'languages':
    case 'client':
    case 'team':
    case 'intent':
    case 'keywords':
      return clause.any.reduce((sum, name) => sum + name.length + 3, ENTRY_CHARACTERS);
    case 'diff':
      return ENTRY_CHARACTERS + clause.range.text.length;
    case 'context':
      return ENTRY_CHARACTERS + ('range' in clause ? clause.range.text.length : 0);
    case 'not':
      return charactersInAll(clause.when);
    case 'anyOf':
      return clause.whens.reduce((sum, when) => sum + charactersInAll(when), ENTRY_CHARACTERS);
  }
}

function charactersInAll({ clauses }: CompiledWhen): number {
  return clauses.reduce((sum, clause) => sum + charactersIn(clause), ENTRY_CHARACTERS);
}

function boundedClause(clause: Clause, depth: number): Clause {
  const inner = ({ clauses }: CompiledWhen): CompiledWhen => ({
    clauses: depth >= DEEPEST ? [] : boundedClauses(clauses, depth + 1),
  });
  switch (clause.key) {
    case 'languages':
    case 'client':
    case 'team':
    case 'intent':
    case 'keywords':
      return { ...clause, any: clause.any.slice(0, MOST_NAMES) };
    case 'kind':
      return { ...clause, any: clause.any.slice(0, MOST_NAMES) };
    case 'not':
      return { ...clause, when: inner(clause.when) };
    case 'anyOf':
      return { ...clause, whens: clause.whens.slice(0, MOST_BRANCHES).map(inner) };
    case 'files':
    case 'touches':
    case 'branch':
    case 'diff':
    case 'context':
      return clause;
  }
}

/** Entries of the lowest ranks first, up to both limits; what stays keeps its order. */
function mostTelling<Entry>(entries: readonly Entry[], rank: (entry: Entry) => number): readonly Entry[] {
  if (entries.length <= MOST_CARRIED && JSON.stringify(entries).length <= LIST_CHARACTERS) return entries;
  const ranked = entries.map((entry, place) => ({ entry, place, rank: rank(entry) }));
  const carried: typeof ranked = [];
  let characters = 0;
  for (const item of ranked.sort((a, b) => a.rank - b.rank || a.place - b.place)) {
    if (carried.length === MOST_CARRIED) break;
    characters += JSON.stringify(item.entry).length;
    // The first is carried whatever it takes: a decision without its reason would be worse than a long one.
    if (characters > LIST_CHARACTERS && carried.length > 0) break;
    carried.push(item);
  }
  return carried.sort((a, b) => a.place - b.place).map(({ entry }) => entry);
}

/** The first removal by each rule, and each that no rule made, comes before the others. */
function firstOfEachRule(): (removal: RemovedCandidate) => number {
  const seen = new Set<string>();
  return ({ reason }) => {
    const rule = ruleOf(reason);
    if (rule === undefined) return 0;
    if (seen.has(rule)) return 1;
    seen.add(rule);
    return 0;
  };
}

/** How much a reason is background: what made the outcome comes first, what changed nothing last. */
function backgroundRank(reason: Reason): number {
  switch (reason.kind) {
    case 'routed':
    case 'native':
    case 'nothing-left':
    case 'class-matched':
    case 'default-used':
    case 'no-policy':
    case 'untrusted':
    case 'mode-observe':
    case 'unpriced':
      return 0;
    case 'blocked-by':
      return 1;
    case 'else-used':
    case 'tried-although-failing':
    case 'escalated':
    case 'trial':
    case 'pinned':
    case 'switched':
    case 'overridden':
    case 'override-refused':
    case 'budget':
    case 'mode-warn':
    case 'gate':
    case 'not-enforced-here':
      return 2;
    case 'constraint-applied':
      return reason.removed > 0 ? 3 : 4;
    case 'constraint-observed':
    case 'gate-not-enforced':
    case 'attestation-missing':
      return 3;
    case 'candidate-removed':
      return 5;
  }
}
