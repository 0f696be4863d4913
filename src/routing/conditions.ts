import type { Clause, CompiledWhen, NumberRange } from '../policy/compiled.ts';
import { isInRange } from '../policy/ranges.ts';
import type { FailedClause } from './decision.ts';
import { languageIn, type Measure, type Sight } from './sight.ts';

/** `undefined` is "not known": a preference needs `true`, a constraint applies unless `false`. */
export type Truth = boolean | undefined;

/** Whether all clauses hold: false as soon as one is false, else unknown if any is unknown. */
export function holds(when: CompiledWhen, sight: Sight): Truth {
  let truth: Truth = true;
  for (const clause of when.clauses) {
    const part = clauseHolds(clause, sight);
    if (part === false) return false;
    if (part === undefined) truth = undefined;
  }
  return truth;
}

/** The first clause that is not true, and what was seen instead; undefined when all hold. */
export function firstFailure(when: CompiledWhen, sight: Sight): FailedClause | undefined {
  for (const clause of when.clauses) {
    const truth = clauseHolds(clause, sight);
    if (truth === true) continue;
    const seen = seenFor(clause, sight);
    return { clause, because: truth === false ? 'no' : 'unknown', ...(seen === undefined ? {} : { seen }) };
  }
  return undefined;
}

function clauseHolds(clause: Clause, sight: Sight): Truth {
  const { facts } = sight;
  switch (clause.key) {
    case 'kind':
      return clause.any.includes(facts.kind);
    case 'files':
      return everyFile(sight, (sight.countedHits.get(clause.set) ?? 0) === sight.counted.length);
    case 'touches':
      return sight.touchedHits.has(clause.set) || (sight.filesKnown ? false : undefined);
    case 'languages':
      return everyLanguage(clause.any, sight);
    case 'client':
    case 'team':
    case 'intent':
      return facts[clause.key] === undefined ? undefined : clause.any.includes(facts[clause.key] ?? '');
    case 'branch':
      return facts.branch === undefined ? undefined : sight.setsOf(facts.branch).includes(clause.set);
    case 'diff':
      return sight.size === undefined ? undefined : measureInRange(sight.size.measures[clause.measure], clause.range);
    case 'context':
      return contextHolds(clause, sight);
    case 'keywords':
      return sight.wordsOfText()?.hasSome(clause.any);
    case 'not': {
      const inner = holds(clause.when, sight);
      return inner === undefined ? undefined : !inner;
    }
    case 'anyOf':
      return someHolds(clause.whens, sight);
  }
}

/** With no counted file "every file" is false, not vacuously true: a plain question is nobody's documentation work. */
function everyFile(sight: Sight, allMatch: boolean): Truth {
  if (!allMatch) return false;
  if (!sight.filesKnown) return undefined;
  return sight.counted.length > 0;
}

function everyLanguage(languages: readonly string[], sight: Sight): Truth {
  let truth: Truth = true;
  for (const language of sight.languages()) {
    if (language === undefined) truth = undefined;
    else if (!languages.includes(language)) return false;
  }
  return truth === true ? everyFile(sight, true) : truth;
}

function someHolds(whens: readonly CompiledWhen[], sight: Sight): Truth {
  let truth: Truth = false;
  for (const when of whens) {
    const part = holds(when, sight);
    if (part === true) return true;
    if (part === undefined) truth = undefined;
  }
  return truth;
}

/** A lower bound can already settle it: 300 known lines are more than 200 whatever the other files hold. */
export function measureInRange(measure: Measure, range: NumberRange): Truth {
  const inRange = isInRange(measure.least, range);
  if (measure.exact) return inRange;
  if (inRange) return range.max === undefined ? true : undefined;
  const { max } = range;
  const isAbove = max !== undefined && (range.maxExclusive === true ? measure.least >= max : measure.least > max);
  return isAbove ? false : undefined;
}

function contextHolds(clause: Extract<Clause, { key: 'context' }>, sight: Sight): Truth {
  const { context } = sight.facts;
  if (clause.measure === 'tokens') {
    return context?.tokens === undefined ? undefined : isInRange(context.tokens, clause.range);
  }
  const seen = context?.[clause.measure];
  return seen === undefined ? undefined : seen === clause.is;
}

/** What stood in the way, for people; undefined where the clause says it all. */
function seenFor(clause: Clause, sight: Sight): string | undefined {
  const { facts } = sight;
  switch (clause.key) {
    case 'kind':
      return facts.kind;
    case 'files':
      return sight.counted.find((path) => !sight.setsOf(path).includes(clause.set));
    case 'languages':
      return sight.counted.find((path) => !clause.any.includes(languageIn(facts, path) ?? ''));
    case 'client':
    case 'team':
    case 'intent':
    case 'branch':
      return facts[clause.key];
    case 'diff': {
      const measure = sight.size?.measures[clause.measure];
      if (measure === undefined) return undefined;
      return measure.exact ? String(measure.least) : `at least ${measure.least}`;
    }
    case 'context':
      return facts.context?.[clause.measure] === undefined ? undefined : String(facts.context[clause.measure]);
    case 'touches':
    case 'keywords':
    case 'not':
    case 'anyOf':
      return undefined;
  }
}
