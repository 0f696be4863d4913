import type { DocumentPath } from './document.ts';
import type { Policy, Route, Target, Targets, Trial, When } from './schema.ts';
import { targetList } from './targets.ts';

/** Something in a policy and where it is written. */
export interface Placed<Value> {
  readonly value: Value;
  readonly path: DocumentPath;
}

/** Every place of a policy that names targets, aliases' own lists included. */
export function* targetPlaces(policy: Policy): Generator<Placed<Targets>> {
  const { default: fallback } = policy;
  if (typeof fallback === 'object' && 'use' in fallback) yield* targetsOfRoute(fallback, ['default']);
  else yield { value: fallback, path: ['default'] };
  for (const [name, value] of Object.entries(policy.models ?? {})) yield { value, path: ['models', name] };
  for (const [index, { use }] of (policy.classes ?? []).entries()) {
    if (use !== undefined) yield { value: use, path: ['classes', index, 'use'] };
  }
  for (const [id, route] of Object.entries(policy.routes ?? {})) yield* targetsOfRoute(route, ['routes', id]);
  for (const [index, constraint] of (policy.constraints ?? []).entries()) {
    if (constraint.else !== undefined) yield { value: constraint.else, path: ['constraints', index, 'else'] };
  }
  for (const [index, budget] of (policy.budgets ?? []).entries()) {
    const path = ['budgets', index];
    if (typeof budget.then === 'object')
      yield { value: budget.then.downgradeTo, path: [...path, 'then', 'downgradeTo'] };
    for (const [step, { then }] of (budget.steps ?? []).entries()) {
      if (typeof then === 'object')
        yield { value: then.downgradeTo, path: [...path, 'steps', step, 'then', 'downgradeTo'] };
    }
  }
}

function* targetsOfRoute(route: Route, path: DocumentPath): Generator<Placed<Targets>> {
  yield { value: route.use, path: [...path, 'use'] };
  if (route.escalateTo !== undefined) yield { value: route.escalateTo, path: [...path, 'escalateTo'] };
  if (route.trial !== undefined) yield { value: route.trial.use, path: [...path, 'trial', 'use'] };
}

/** The single targets of a place, each with the path of its name. */
export function* referencesIn({ value, path }: Placed<Targets>): Generator<Placed<string>> {
  const isList = Array.isArray(value);
  for (const [index, target] of targetList(value).entries()) {
    yield reference(target, isList ? [...path, index] : path);
  }
}

function reference(target: Target, path: DocumentPath): Placed<string> {
  return typeof target === 'string' ? { value: target, path } : { value: target.model, path: [...path, 'model'] };
}

/** A condition, nested ones included, with the rule that it belongs to. */
export interface PlacedWhen extends Placed<When> {
  readonly owner: 'class' | 'constraint' | 'budget' | 'trial';
  /** 1 for a rule's own `when`. */
  readonly depth: number;
}

/** Every `when` of a policy and every condition inside one. */
export function* whenPlaces(policy: Policy): Generator<PlacedWhen> {
  for (const [index, { when }] of (policy.classes ?? []).entries()) {
    yield* nestedWhens({ value: when, path: ['classes', index, 'when'], owner: 'class', depth: 1 });
  }
  for (const { value: trial, path } of trialPlaces(policy)) {
    if (trial.when === undefined) continue;
    yield* nestedWhens({ value: trial.when, path: [...path, 'when'], owner: 'trial', depth: 1 });
  }
  for (const [index, { when }] of (policy.constraints ?? []).entries()) {
    if (when === undefined) continue;
    yield* nestedWhens({ value: when, path: ['constraints', index, 'when'], owner: 'constraint', depth: 1 });
  }
  for (const [index, { when }] of (policy.budgets ?? []).entries()) {
    if (when === undefined) continue;
    yield* nestedWhens({ value: when, path: ['budgets', index, 'when'], owner: 'budget', depth: 1 });
  }
}

function* nestedWhens(placed: PlacedWhen): Generator<PlacedWhen> {
  yield placed;
  const { value, path, owner } = placed;
  const depth = placed.depth + 1;
  if (value.not !== undefined) yield* nestedWhens({ value: value.not, path: [...path, 'not'], owner, depth });
  for (const [index, branch] of (value.anyOf ?? []).entries()) {
    yield* nestedWhens({ value: branch, path: [...path, 'anyOf', index], owner, depth });
  }
}

/** Every trial of a policy, the one of its default route included. */
function* trialPlaces({ default: fallback, routes = {} }: Policy): Generator<Placed<Trial>> {
  const own = typeof fallback === 'object' && 'use' in fallback ? fallback.trial : undefined;
  if (own !== undefined) yield { value: own, path: ['default', 'trial'] };
  for (const [id, { trial }] of Object.entries(routes)) {
    if (trial !== undefined) yield { value: trial, path: ['routes', id, 'trial'] };
  }
}

/** Every list of globs of a policy, without its place: of a large policy each place takes time and memory. */
export function globListsOf(policy: Policy): readonly (readonly string[])[] {
  const lists: (readonly string[])[] = [];
  const enter = (list: readonly string[] | undefined): void => {
    if (list !== undefined) lists.push(list);
  };
  const enterWhen = (when: When | undefined): void => {
    if (when === undefined) return;
    enter(when.files);
    enter(when.touches);
    enter(when.branch);
    enterWhen(when.not);
    for (const branch of when.anyOf ?? []) enterWhen(branch);
  };
  for (const rules of [policy.classes, policy.constraints, policy.budgets]) {
    for (const { when } of rules ?? []) enterWhen(when);
  }
  for (const { value: trial } of trialPlaces(policy)) enterWhen(trial.when);
  if (typeof policy.modules === 'object') {
    enter(policy.modules.roots);
    for (const globs of Object.values(policy.modules.named ?? {})) enter(globs);
    enter(policy.modules.support);
  }
  enter(policy.diff?.ignore);
  enter(policy.attestations && [policy.attestations.files]);
  return lists;
}

/** Every single glob of a policy. */
export function* globPlaces(policy: Policy): Generator<Placed<string>> {
  for (const { value, path } of whenPlaces(policy)) {
    for (const key of ['files', 'touches', 'branch'] as const) yield* itemsOf(value[key], [...path, key]);
  }
  if (typeof policy.modules === 'object') {
    yield* itemsOf(policy.modules.roots, ['modules', 'roots']);
    for (const [name, globs] of Object.entries(policy.modules.named ?? {})) {
      yield* itemsOf(globs, ['modules', 'named', name]);
    }
    yield* itemsOf(policy.modules.support, ['modules', 'support']);
  }
  yield* itemsOf(policy.diff?.ignore, ['diff', 'ignore']);
  if (policy.attestations !== undefined) yield { value: policy.attestations.files, path: ['attestations', 'files'] };
}

function* itemsOf(items: readonly string[] | undefined, path: DocumentPath): Generator<Placed<string>> {
  for (const [index, value] of (items ?? []).entries()) yield { value, path: [...path, index] };
}

/** Every place that names a gate. */
export function* gatePlaces(policy: Policy): Generator<Placed<string>> {
  const { default: fallback } = policy;
  if (typeof fallback === 'object' && 'use' in fallback) yield* gatesOf(fallback.review, ['default', 'review']);
  for (const [index, { review }] of (policy.classes ?? []).entries())
    yield* gatesOf(review, ['classes', index, 'review']);
  for (const [id, { review }] of Object.entries(policy.routes ?? {})) yield* gatesOf(review, ['routes', id, 'review']);
  for (const [index, { review }] of (policy.constraints ?? []).entries()) {
    yield* gatesOf(review, ['constraints', index, 'review']);
  }
}

function* gatesOf(gates: string | readonly string[] | undefined, path: DocumentPath): Generator<Placed<string>> {
  if (gates === undefined) return;
  if (typeof gates === 'string') yield { value: gates, path };
  else yield* itemsOf(gates, path);
}

/** Every date of a policy. */
export function* datePlaces(policy: Policy): Generator<Placed<string>> {
  for (const [index, { until }] of (policy.constraints ?? []).entries()) {
    if (until !== undefined) yield { value: until, path: ['constraints', index, 'until'] };
  }
  for (const { value: trial, path } of trialPlaces(policy)) yield { value: trial.until, path: [...path, 'until'] };
  for (const [target, { asOf }] of Object.entries(policy.prices ?? {})) {
    yield { value: asOf, path: ['prices', target, 'asOf'] };
  }
}
