import type {
  Clause,
  CompiledBudget,
  CompiledClass,
  CompiledConstraint,
  CompiledPolicy,
  CompiledRoute,
  CompiledStep,
  CompiledTrial,
  NamedModule,
  TargetChain,
} from './compiled.ts';
import { compileWhen, type RegisterGlobs } from './conditions.ts';
import { parseInstant } from './instants.ts';
import { type Around, type OuterNames, outerNames, qualified } from './outer.ts';
import { indexPaths } from './pathIndex.ts';
import { filedGlobs } from './policyGlobs.ts';
import type { Budget, BudgetStep, ClassOfWork, Constraint, Policy, Route, Targets, Trial } from './schema.ts';
import { hostMatcher, targetMatcher } from './targetGlob.ts';
import { expandAliases } from './targets.ts';

const NANO_USD_PER_USD = 1e9;

type Expand = (targets: Targets) => TargetChain;

/** The names of one policy as it is compiled: its own and, behind them, those of the layers around it. */
interface Names {
  readonly expand: Expand;
  /** Qualifies an id of this policy. */
  own(id: string): string;
  /** The qualified name of each gate that is written. */
  gates(written: string | readonly string[] | undefined): readonly string[];
}

/** As what a policy is compiled. */
export interface CompileOptions extends Pick<Around, 'outer'> {
  /** The layer's name, which qualifies its ids; left out: the repository's own file. */
  readonly name?: string;
}

/**
 * Makes a policy ready for decisions: aliases expanded where they were written, classes joined with their routes, globs
 * indexed, ranges, dates and money read. Takes what `parsePolicy` returned; a policy with errors is never compiled, so
 * nothing here has to guess what a broken rule meant. It may use the aliases and gates of the layers around it, which mean
 * what they mean there.
 *
 * @param hash of the policy's text, computed by the caller; it names this policy in records and cache keys
 */
export function compilePolicy(policy: Policy, hash: string, options: CompileOptions = {}): CompiledPolicy {
  const lists = new GlobLists();
  const register: RegisterGlobs = (globs) => lists.register(globs);
  const outer = outerNames(options);
  const { aliases, expand } = expandAliases(policy.models, outer.aliases);
  const names = namesOf(policy, options.name ?? '', outer, expand);
  const fallback = compileDefault(policy.default, names, register);
  const routes = new Map(Object.entries(policy.routes ?? {}));
  const classes = (policy.classes ?? []).map(
    (source, index): CompiledClass => ({
      index,
      id: names.own(source.id),
      when: compileWhen(source.when, register),
      route: routeOfClass(source, routes.get(source.id), fallback, names, register),
      source,
    }),
  );
  const finals = classes.filter(({ source }) => source.final === true);
  const constraints = (policy.constraints ?? []).map((source) => compileConstraint(source, names, register));
  const budgets = (policy.budgets ?? []).map((source) => compileBudget(source, names, register));
  const modules = typeof policy.modules === 'object' ? policy.modules : undefined;
  const namedModules = new Map<number, NamedModule>();
  for (const [place, [name, globs]] of Object.entries(modules?.named ?? {}).entries()) {
    const set = register(globs);
    if (!namedModules.has(set)) namedModules.set(set, { name, place });
  }
  return {
    hash,
    name: options.name ?? '',
    source: policy,
    aliases,
    gates: new Map(Object.entries(policy.review ?? {}).map(([gate, definition]) => [names.own(gate), definition])),
    classes,
    finalClasses: finals,
    otherClasses: finals.length === 0 ? classes : classes.filter(({ source }) => source.final !== true),
    classById: firstById(classes),
    default: fallback,
    constraints,
    budgets,
    ...(policy.diff?.ignore === undefined ? {} : { ignoreSet: register(policy.diff.ignore) }),
    ...(modules?.support === undefined ? {} : { supportSet: register(modules.support) }),
    ...(modules?.roots === undefined ? {} : { rootsSet: register(modules.roots) }),
    namedModules,
    ...groupBySet(classes),
    index: indexPaths(lists.all, filedGlobs(policy)),
  };
}

function namesOf(policy: Policy, name: string, outer: OuterNames, expand: Expand): Names {
  const own = (id: string): string => qualified(name, id);
  const gate = (id: string): string =>
    Object.hasOwn(policy.review ?? {}, id) ? own(id) : (outer.gates.get(id) ?? own(id));
  return { expand, own, gates: (written) => [...new Set(listOf(written).map(gate))] };
}

/** The glob lists of a policy, each distinct one once. */
class GlobLists {
  readonly all: (readonly string[])[] = [];
  readonly #ids = new Map<string, number>();

  register(globs: readonly string[]): number {
    const key = JSON.stringify(globs);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.all.push(globs) - 1;
    this.#ids.set(key, id);
    return id;
  }
}

function compileDefault(written: Policy['default'], names: Names, register: RegisterGlobs): CompiledRoute {
  const isRoute = typeof written === 'object' && 'use' in written;
  return isRoute ? compileRoute(written, names, register) : { use: names.expand(written), review: [] };
}

function compileRoute(route: Route, names: Names, register: RegisterGlobs): CompiledRoute {
  const { expand } = names;
  return {
    use: expand(route.use),
    review: names.gates(route.review),
    ...(route.escalateTo === undefined ? {} : { escalateTo: expand(route.escalateTo) }),
    ...(route.maxCostUsd === undefined ? {} : { maxCostUsd: route.maxCostUsd }),
    ...(route.passFloor === undefined ? {} : { passFloor: route.passFloor }),
    ...(route.trial === undefined ? {} : { trial: compileTrial(route.trial, names, register) }),
  };
}

/**
 * A class's own words joined with its route's: gates are united, of two caps the smaller holds, of two floors the larger.
 * A class without a `use` in either takes the whole default route, its gates and cap included.
 */
function routeOfClass(
  source: ClassOfWork,
  written: Route | undefined,
  fallback: CompiledRoute,
  names: Names,
  register: RegisterGlobs,
): CompiledRoute {
  const own = source.use === undefined ? undefined : names.expand(source.use);
  const route = written === undefined ? undefined : compileRoute(written, names, register);
  const base = route ?? (own === undefined ? fallback : undefined);
  const maxCostUsd = least(source.maxCostUsd, base?.maxCostUsd);
  const passFloor = greatest(source.passFloor, base?.passFloor);
  return {
    use: base?.use ?? own ?? fallback.use,
    review: [...new Set([...names.gates(source.review), ...(base?.review ?? [])])],
    ...(base?.escalateTo === undefined ? {} : { escalateTo: base.escalateTo }),
    ...(base?.trial === undefined ? {} : { trial: base.trial }),
    ...(maxCostUsd === undefined ? {} : { maxCostUsd }),
    ...(passFloor === undefined ? {} : { passFloor }),
  };
}

/** A date that cannot be read was an error where it is written; should one come here all the same, the trial is over. */
function compileTrial(trial: Trial, names: Names, register: RegisterGlobs): CompiledTrial {
  return {
    id: names.own(trial.id),
    use: names.expand(trial.use),
    ...(trial.when === undefined ? {} : { when: compileWhen(trial.when, register) }),
    share: trial.share,
    until: parseInstant(trial.until) ?? 0,
    source: trial,
  };
}

function compileConstraint(source: Constraint, names: Names, register: RegisterGlobs): CompiledConstraint {
  const until = source.until === undefined ? undefined : parseInstant(source.until);
  return {
    id: names.own(source.id),
    review: names.gates(source.review),
    ...(source.when === undefined ? {} : { when: compileWhen(source.when, register) }),
    ...(source.allow === undefined ? {} : { allow: targetMatcher(source.allow) }),
    ...(source.deny === undefined ? {} : { deny: targetMatcher(source.deny) }),
    ...(source.hosts === undefined ? {} : { hosts: hostMatcher(source.hosts) }),
    ...(source.else === undefined ? {} : { else: names.expand(source.else) }),
    ...(until === undefined ? {} : { until }),
    source,
  };
}

function compileBudget(source: Budget, names: Names, register: RegisterGlobs): CompiledBudget {
  const written = [...(source.steps ?? [])];
  // biome-ignore lint/suspicious/noThenProperty: the policy language's own word; the object is data and never awaited.
  if (source.then !== undefined) written.push({ at: 100, then: source.then });
  return {
    id: names.own(source.id),
    ...(source.when === undefined ? {} : { when: compileWhen(source.when, register) }),
    limitNanoUsd: Math.round(source.usd * NANO_USD_PER_USD),
    steps: written
      .map(({ at, then }) => ({ at, step: compileStep(then, names.expand), source: then }))
      .sort((a, b) => a.at - b.at),
    source,
  };
}

function compileStep(step: BudgetStep, expand: Expand): CompiledStep {
  return typeof step === 'string' ? step : { downgradeTo: expand(step.downgradeTo) };
}

function isPathClause(
  clause: Clause,
): clause is Extract<Clause, { readonly set: number }> & { key: 'files' | 'touches' } {
  return clause.key === 'files' || clause.key === 'touches';
}

/** Classes by the glob set that they cannot win without; the rest have to be evaluated whatever the paths are. */
function groupBySet(classes: readonly CompiledClass[]): Pick<CompiledPolicy, 'classesBySet' | 'unindexedClasses'> {
  const classesBySet = new Map<number, number[]>();
  const unindexedClasses: number[] = [];
  for (const { index, when } of classes) {
    const needed = when.clauses.find(isPathClause);
    if (needed === undefined) {
      unindexedClasses.push(index);
      continue;
    }
    const sharing = classesBySet.get(needed.set);
    if (sharing === undefined) classesBySet.set(needed.set, [index]);
    else sharing.push(index);
  }
  return { classesBySet, unindexedClasses };
}

function firstById(classes: readonly CompiledClass[]): ReadonlyMap<string, CompiledClass> {
  const byId = new Map<string, CompiledClass>();
  for (const compiled of classes) if (!byId.has(compiled.id)) byId.set(compiled.id, compiled);
  return byId;
}

function listOf(gates: string | readonly string[] | undefined): readonly string[] {
  if (gates === undefined) return [];
  return typeof gates === 'string' ? [gates] : gates;
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}

function greatest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}
