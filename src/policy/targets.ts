import type { NativeTarget, ResolvedTarget, TargetChain } from './compiled.ts';
import { limits, type Policy, type Target, type Targets } from './schema.ts';

/** One more than a chain may have, so that a chain that is too long can be told from one that just fits. */
const CHAIN_CUT = limits.chainTargets + 1;

const NATIVE: NativeTarget = { kind: 'native', target: 'native' };

/** One target as written: a model, an alias, or `native`. */
export type TargetReference =
  | { readonly kind: 'model'; readonly provider: string; readonly model: string }
  | { readonly kind: 'alias'; readonly name: string }
  | { readonly kind: 'native' };

/**
 * Reads what a target names. Whatever has a "/" is `provider/model` (all after the first "/" is the model's name);
 * a bare word is an alias, except `native`. Undefined when the provider or the model is empty.
 */
export function readTarget(reference: string): TargetReference | undefined {
  const slash = reference.indexOf('/');
  if (slash === -1) return reference === 'native' ? { kind: 'native' } : { kind: 'alias', name: reference };
  const provider = reference.slice(0, slash);
  const model = reference.slice(slash + 1);
  return provider === '' || model === '' ? undefined : { kind: 'model', provider, model };
}

/** The targets of a list or a single one, as a list. */
export function targetList(targets: Targets): readonly Target[] {
  return Array.isArray(targets) ? targets : [targets];
}

/** The name in a target, with or without settings beside it. */
export function referenceOf(target: Target): string {
  return typeof target === 'string' ? target : target.model;
}

/** What a policy's aliases come to, and how to expand targets written in the same policy. */
export interface AliasTable {
  readonly aliases: ReadonlyMap<string, TargetChain>;
  expand(targets: Targets): TargetChain;
}

type Settings = Pick<ResolvedTarget, 'effort' | 'maxOutputTokens'>;

/**
 * Expands a policy's aliases. Order is the fallback order; of equal targets the first stays; settings beside an alias go
 * to each of its models, over the alias's own. An alias that is unknown or leads back to itself adds nothing: the
 * diagnostics refuse such a policy, this only makes sure that no input can hang or overflow.
 *
 * @param outer what outer layers call aliases, already expanded; the policy's own of the same name comes first
 */
export function expandAliases(
  models: Policy['models'],
  outer: ReadonlyMap<string, TargetChain> = new Map(),
): AliasTable {
  const written = new Map(Object.entries(models ?? {}).slice(0, limits.aliases));
  const aliases = new Map<string, TargetChain>([...outer].filter(([name]) => !written.has(name)));
  /** Chains as their users see them, each model marked with the alias. Shared: thousands of classes name the same few. */
  const marked = new Map<string, TargetChain>();
  const resolve = (target: Target): TargetChain => {
    if (typeof target !== 'string') return resolveTarget(target, aliases);
    const known = marked.get(target);
    if (known !== undefined) return known;
    const chain = resolveTarget(target, aliases);
    if (aliases.has(target)) marked.set(target, chain);
    return chain;
  };
  const expand = (targets: Targets): TargetChain => {
    if (typeof targets === 'string') return resolve(targets);
    const chain = new Map<string, ResolvedTarget | NativeTarget>();
    for (const resolved of targetList(targets).flatMap(resolve)) {
      if (chain.size < CHAIN_CUT && !chain.has(resolved.target)) chain.set(resolved.target, resolved);
    }
    return [...chain.values()];
  };
  for (const name of inDependencyOrder(written)) {
    const targets = written.get(name);
    if (targets !== undefined) aliases.set(name, expand(targets));
  }
  return { aliases: new Map([...written.keys()].map((name) => [name, aliases.get(name) ?? []])), expand };
}

function resolveTarget(target: Target, aliases: ReadonlyMap<string, TargetChain>): TargetChain {
  const settings = settingsOf(target);
  const reference = readTarget(referenceOf(target));
  switch (reference?.kind) {
    case undefined:
      return [];
    case 'native':
      return [NATIVE];
    case 'model': {
      const { provider, model } = reference;
      return [{ kind: 'model', target: `${provider}/${model}`, provider, model, ...settings }];
    }
    case 'alias':
      return (aliases.get(reference.name) ?? []).map((resolved) =>
        resolved.kind === 'native' ? resolved : { ...resolved, ...settings, alias: reference.name },
      );
  }
}

function settingsOf(target: Target): Settings {
  if (typeof target === 'string') return {};
  const { effort, maxOutputTokens } = target;
  return { ...(effort === undefined ? {} : { effort }), ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }) };
}

/** The aliases that this one names directly and that exist, each once. */
export function aliasesNamedBy(targets: Targets, known: ReadonlyMap<string, Targets>): readonly string[] {
  const names = targetList(targets).map(referenceOf);
  return [...new Set(names.filter((name) => !name.includes('/') && known.has(name)))];
}

/** Aliases so ordered that each comes after those it names; a cycle is cut where it closes. Iterative: depth is unbounded. */
function inDependencyOrder(written: ReadonlyMap<string, Targets>): readonly string[] {
  const ordered = new Set<string>();
  const entered = new Set<string>();
  for (const root of written.keys()) {
    const stack = [root];
    for (let name = stack.at(-1); name !== undefined; name = stack.at(-1)) {
      const isFirstVisit = !entered.has(name);
      entered.add(name);
      const targets = written.get(name);
      const waiting =
        isFirstVisit && targets !== undefined
          ? aliasesNamedBy(targets, written).filter((needed) => !entered.has(needed))
          : [];
      if (waiting.length > 0) stack.push(...waiting);
      else {
        ordered.add(name);
        stack.pop();
      }
    }
  }
  return [...ordered];
}
