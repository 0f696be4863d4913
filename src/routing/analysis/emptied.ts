import type { CompiledConstraint } from '../../policy/compiled.ts';
import { type Finding, listWords, quote } from '../../policy/finding.ts';
import type { Facts } from '../facts.ts';
import { ask, classesBefore, conditionOf, type Ground } from './reachability.ts';
import { requestWords, witnessOf } from './requestWords.ts';
import { leftOf, standingConstraints, type TargetFacts, type UsedChain, usedChains } from './targetsLeft.ts';

/** What it takes to look at a chain under a constraint, and at each class that comes before another, in steps of work. */
const WORK_OF_A_CHAIN = 20;
const WORK_OF_A_CLASS = 5;

/**
 * Constraints that leave some class of work without any target and offer no other. One that is written to block some
 * requests is meant to; one that holds only sometimes counts where some request is of that class and under that constraint at once.
 */
export function emptiedClasses(ground: Ground, facts: TargetFacts): readonly Finding[] {
  const { policy } = ground;
  const standing = standingConstraints(policy);
  const chains = usedChains(policy);
  const { work } = ground.memo;
  return policy.constraints.flatMap((constraint, index): readonly Finding[] => {
    const { source, when } = constraint;
    if (source.mode !== undefined || (source.block === true && when !== undefined)) return [];
    const others = standing.filter(
      (one) => one !== constraint && (when !== undefined || isBefore(one, constraint, standing)),
    );
    const isEmpty = rememberedByTargets(
      (chain) => leftOf(chain, others, facts).length > 0 && isEmptied(chain, constraint, others, facts),
    );
    const emptied = chains.filter(({ chain }) => {
      work.left -= WORK_OF_A_CHAIN;
      return work.left > 0 && isEmpty(chain);
    });
    const examples = emptied.flatMap(({ classes, chain }) =>
      classes.flatMap((id) => {
        work.left -= policy.classes.length * WORK_OF_A_CLASS;
        if (work.left <= 0) return [];
        const example = exampleOf(ground, id, constraint);
        return example === undefined ? [] : [{ id, example, chain }];
      }),
    );
    const [first] = examples;
    if (first === undefined) return [];
    return [
      emptiedFinding(
        constraint,
        index,
        first,
        examples.map(({ id }) => id),
      ),
    ];
  });
}

/** An answer about a chain, found out once for all that name the same targets. */
function rememberedByTargets(of: (chain: UsedChain['chain']) => boolean): (chain: UsedChain['chain']) => boolean {
  const known = new Map<string, boolean>();
  return (chain) => {
    const key = chain.map(({ target }) => target).join('\n');
    const answer = known.get(key) ?? of(chain);
    known.set(key, answer);
    return answer;
  };
}

/** Of constraints that hold always, the one that takes the last target is the one to name. */
function isBefore(one: CompiledConstraint, other: CompiledConstraint, all: readonly CompiledConstraint[]): boolean {
  return all.indexOf(one) < all.indexOf(other);
}

function isEmptied(
  chain: UsedChain['chain'],
  constraint: CompiledConstraint,
  others: readonly CompiledConstraint[],
  facts: TargetFacts,
): boolean {
  const rules = [constraint, ...others];
  if (leftOf(chain, rules, facts).length > 0) return false;
  const offered = rules
    .filter((rule) => leftOf(chain, [rule], facts).length < chain.length)
    .flatMap((rule) => rule.else ?? []);
  return leftOf(offered, rules, facts).length === 0;
}

/** A request of a class, or of none, that a constraint holds for. */
function exampleOf(ground: Ground, id: string, { id: rule, when, source }: CompiledConstraint): Facts | undefined {
  const { policy } = ground;
  const work = policy.classById.get(id);
  const before = work === undefined ? policy.classes : classesBefore(policy, work);
  const goals = [
    ...(work === undefined ? [] : [conditionOf(work)]),
    ...(when === undefined ? [] : [{ id: rule, when, source: source.when }]),
  ];
  const reach = ask(ground, goals, before.map(conditionOf));
  return reach.kind === 'open' ? reach.facts : undefined;
}

function emptiedFinding(
  { id, when, source }: CompiledConstraint,
  index: number,
  { example, chain }: { readonly example: Facts; readonly chain: UsedChain['chain'] },
  classes: readonly string[],
): Finding {
  const targets = listWords(
    chain.map(({ target }) => target),
    4,
  ).replace(' or ', ' and ');
  const scope = when === undefined ? '' : `, for example ${requestWords(example)}`;
  const work = `${classes.length === 1 ? 'the class' : 'the classes'} ${listWords(classes, 4).replace(' or ', ' and ')}`;
  return {
    code: 'emptied-class',
    severity: 'warning',
    message: `The constraint ${quote(id)} leaves ${work} without a target${scope}: it refuses ${targets}. ${adviceFor(source)}`,
    path: ['constraints', index, 'id'],
    witness: witnessOf(example, classes),
  };
}

function adviceFor({ block, residency, retention, else: offered }: CompiledConstraint['source']): string {
  if (block === true) return 'Without a "when" it blocks every request: add the "when" that it is meant for.';
  const other = offered === undefined ? 'Add an "else"' : 'Its "else" is refused as well: name another there';
  const said = [
    ...(residency === undefined ? [] : ['"residency"']),
    ...(retention === undefined ? [] : ['"retention"']),
  ];
  const setting = said.length === 0 ? '' : `, or say the ${said.join(' and ')} of its provider in the settings`;
  return `${other}${said.length === 0 ? ', or' : ','} give the class a target that it admits${setting}.`;
}
