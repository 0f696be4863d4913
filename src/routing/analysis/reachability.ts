import { type Memo, workForOneLook } from '../../policy/analysis/memo.ts';
import type { RepositoryFiles } from '../../policy/analysis/repositoryFiles.ts';
import type { CompiledClass, CompiledPolicy, CompiledWhen } from '../../policy/compiled.ts';
import type { DocumentPath } from '../../policy/document.ts';
import { type Finding, listWords, quote } from '../../policy/finding.ts';
import type { When } from '../../policy/schema.ts';
import { holds } from '../conditions.ts';
import { sightOfWork } from '../sight.ts';
import { anyPaths, type PathWorld, pathsOf } from './pathWorld.ts';
import { type Question, type Reach, search, type Taker } from './reach.ts';
import { requestWords, witnessOf } from './requestWords.ts';

/** What it takes to look at one class beside another, in steps of the work that may be done; of so many it is nothing. */
const WORK_OF_A_PAIR = 4;
const FREE_PAIRS = 1_000;

/** Where an analysis looks things up, and what it remembers. */
export interface Ground {
  readonly policy: CompiledPolicy;
  readonly memo: Memo;
  readonly anywhere: PathWorld;
  /** What of the policy changes how conditions are read, beside their own words. */
  readonly reading: string;
}

/** Begins a look at a policy: what was remembered stays, the work that may be done is refilled. */
export function groundOf(policy: CompiledPolicy, memo: Memo): Ground {
  memo.work.left = workForOneLook;
  return {
    policy,
    memo,
    anywhere: anyPaths(policy.index, memo),
    reading: JSON.stringify([policy.source.modules, policy.source.diff?.ignore]),
  };
}

/** A condition with its own words. */
interface Condition {
  readonly id: string;
  readonly when: CompiledWhen;
  readonly source: When | undefined;
}

/** The classes that are tried before this one: an organisation's final ones come before all others. */
export function classesBefore({ classes }: CompiledPolicy, work: CompiledClass): readonly CompiledClass[] {
  const isFinal = (one: CompiledClass): boolean => one.source.final === true;
  return classes.filter((other) =>
    isFinal(other) === isFinal(work) ? other.index < work.index : isFinal(other) && !isFinal(work),
  );
}

/** What an answer rested on, kept so that it only has to be checked again when another rule changed. */
interface Remembered {
  reach?: Reach;
  /** Of a proof: the words of the rules that it rests on. */
  takers?: readonly string[];
}

/**
 * The answer to a question, remembered by the words of its conditions. An example is tried again on the rules as they are
 * now, a proof stands as long as every rule that it rests on still comes before.
 */
export function ask(
  ground: Ground,
  goals: readonly Condition[],
  takers: readonly Condition[],
  here?: RepositoryFiles,
): Reach {
  const { policy, memo, anywhere } = ground;
  const key = JSON.stringify([ground.reading, takers.length > 0, goals.map(({ id, source }) => [id, source])]);
  const room = here === undefined ? 'reach' : 'reach-here';
  const remembered = memo.get(room, key, (): Remembered & { here?: RepositoryFiles } => ({}));
  const isSameGround = here === undefined || remembered.here === here;
  if (remembered.reach !== undefined && isSameGround && stillStands(remembered, policy, goals, takers)) {
    return remembered.reach;
  }
  const question: Question = {
    policy,
    goals: goals.map(({ when }) => when),
    takers: takers.map(({ id, when }): Taker => ({ id, when })),
    world: here === undefined ? anywhere : pathsOf(policy.index, here),
    branches: anywhere,
  };
  const reach = search(question, memo.work);
  remembered.reach = reach;
  remembered.takers = takers.map(wordsOf);
  if (here !== undefined) remembered.here = here;
  return reach;
}

function stillStands(
  { reach, takers: rested = [] }: Remembered,
  policy: CompiledPolicy,
  goals: readonly Condition[],
  takers: readonly Condition[],
): boolean {
  switch (reach?.kind) {
    case 'open': {
      const sight = sightOfWork({ policy, origin: 'repository' }, reach.facts);
      const isMet = goals.every(({ when }) => holds(when, sight) === true);
      return isMet && !takers.some(({ when }) => holds(when, sight) === true);
    }
    case 'closed':
    case 'unknown':
      return rested.length === takers.length && rested.every((words, index) => words === wordsOf(takers[index]));
    case undefined:
      return false;
  }
}

const words = new WeakMap<object, string>();

function wordsOf(condition: Condition | undefined): string {
  if (condition?.source === undefined) return '';
  let known = words.get(condition.source);
  if (known === undefined) {
    known = `${condition.id} ${JSON.stringify(condition.source)}`;
    words.set(condition.source, known);
  }
  return known;
}

export function conditionOf({ id, when, source }: CompiledClass): Condition {
  return { id, when, source: source.when };
}

/** Classes that no request can come to: contradictory ones, and those before which others take everything. */
export function unreachableClasses(ground: Ground, here?: RepositoryFiles): readonly Finding[] {
  const { memo } = ground;
  return ground.policy.classes.flatMap((work): readonly Finding[] => {
    // To hold a class against those before it takes time by their number, even where the answer is remembered.
    if (memo.work.left <= 0) return [];
    memo.work.left -= WORK_OF_A_PAIR * Math.max(0, work.index - FREE_PAIRS);
    const goal = conditionOf(work);
    const before = classesBefore(ground.policy, work).map(conditionOf);
    const always = ask(ground, [goal], before);
    const path = ['classes', work.index];
    if (always.kind === 'closed') return [alwaysFinding(work, always.taken, path)];
    if (always.kind === 'unknown' || here === undefined || !looksAtPaths(work.when)) return [];
    const local = ask(ground, [goal], before, here);
    const [first] = local.kind === 'closed' ? local.taken : [];
    if (local.kind !== 'closed' || first === undefined) return [];
    return [shadowedHere(work, first.facts, namesOf(local.taken), path)];
  });
}

type TakenList = Extract<Reach, { kind: 'closed' }>['taken'];

function namesOf(taken: TakenList): readonly string[] {
  return [...new Set(taken.map(({ by }) => by))];
}

function alwaysFinding(work: CompiledClass, taken: TakenList, path: DocumentPath): Finding {
  const [first] = taken;
  if (first === undefined) return contradiction(`the class ${quote(work.id)}`, [...path, 'when']);
  const by = namesOf(taken);
  return {
    code: 'unreachable-class',
    severity: 'warning',
    message: `No work ever comes to the class ${quote(work.id)}: whatever matches it is taken before by ${listWords(by, 4).replace(' or ', ' and ')}. For example, ${requestWords(first.facts)} goes to ${quote(first.by)}. Move ${quote(work.id)} up, or remove it.`,
    path: [...path, 'id'],
    witness: witnessOf(first.facts, by),
  };
}

function shadowedHere(
  work: CompiledClass,
  facts: Parameters<typeof requestWords>[0],
  by: readonly string[],
  path: DocumentPath,
): Finding {
  return {
    code: 'shadowed-here',
    severity: 'information',
    message: `No file that this repository has now comes to the class ${quote(work.id)}: ${listWords(by, 4).replace(' or ', ' and ')} ${by.length === 1 ? 'takes' : 'take'} them before. For example, ${requestWords(facts)} goes to ${quote(by[0] ?? '')}. Move ${quote(work.id)} up if that is not meant.`,
    path: [...path, 'id'],
    witness: witnessOf(facts, by),
  };
}

/** Whether a condition says anything about files; without that a repository's files cannot decide it. */
function looksAtPaths({ clauses }: CompiledWhen): boolean {
  return clauses.some((clause) => {
    if (clause.key === 'not') return looksAtPaths(clause.when);
    if (clause.key === 'anyOf') return clause.whens.some(looksAtPaths);
    return clause.key === 'files' || clause.key === 'touches';
  });
}

/** Conditions of constraints, budgets and trials that no request can meet. */
export function contradictions(ground: Ground): readonly Finding[] {
  const { constraints, budgets } = ground.policy;
  const placed = [
    ...constraints.map(({ id, when, source }, index) => ({
      id,
      when,
      source,
      path: ['constraints', index, 'when'],
      what: 'constraint',
    })),
    ...budgets.map(({ id, when, source }, index) => ({
      id,
      when,
      source,
      path: ['budgets', index, 'when'],
      what: 'budget',
    })),
  ];
  return placed.flatMap(({ id, when, source, path, what }): readonly Finding[] => {
    if (when === undefined) return [];
    const reach = ask(ground, [{ id, when, source: source.when }], []);
    return reach.kind === 'closed' ? [contradiction(`the ${what} ${quote(id)}`, path)] : [];
  });
}

function contradiction(rule: string, path: DocumentPath): Finding {
  return {
    code: 'matches-nothing',
    severity: 'warning',
    message: `No request can meet the conditions of ${rule}: they contradict each other. All keys of a "when" must hold at once; put alternatives into "anyOf".`,
    path,
    part: 'opening',
  };
}
