import type { CompiledConstraint, CompiledPolicy, ResolvedTarget, TargetChain } from '../../policy/compiled.ts';
import type { DocumentPath } from '../../policy/document.ts';
import type { ProviderFacts } from '../state.ts';

/** What an analysis may know about targets. Whatever is undefined is not held against anyone. */
export interface TargetFacts {
  maker(provider: string, model: string): string | undefined;
  /** undefined: not configured, so nothing can be known about it. */
  provider?(id: string): Pick<ProviderFacts, 'host' | 'local' | 'residency' | 'retention'> | undefined;
}

/** A chain of targets that work is sent to, where it is written, and the classes that use it. */
export interface UsedChain {
  readonly chain: TargetChain;
  readonly path: DocumentPath;
  /** `default` for work of no class. */
  readonly classes: readonly string[];
}

/** Every route of a policy by the place where its targets are written; classes without their own share the default's. */
export function usedChains({ classes, default: fallback, source }: CompiledPolicy): readonly UsedChain[] {
  const isRoute = typeof source.default === 'object' && 'use' in source.default;
  const inherited = classes.filter(
    ({ source: { id, use } }) => use === undefined && !Object.hasOwn(source.routes ?? {}, id),
  );
  const own = classes.filter((work) => !inherited.includes(work));
  return [
    ...own.map(({ id, index, route, source: { id: written, use } }) => ({
      chain: route.use,
      path: use === undefined ? ['routes', written, 'use'] : ['classes', index, 'use'],
      classes: [id],
    })),
    {
      chain: fallback.use,
      path: isRoute ? ['default', 'use'] : ['default'],
      classes: [...inherited.map(({ id }) => id), 'default'],
    },
  ];
}

/** Constraints that hold for every request and are in force. */
export function standingConstraints({ constraints }: CompiledPolicy): readonly CompiledConstraint[] {
  return constraints.filter(({ when, source }) => when === undefined && source.mode === undefined);
}

/** What constraints leave of a chain, as far as names, makers and facts about providers decide it. */
export function leftOf(
  chain: TargetChain,
  constraints: readonly CompiledConstraint[],
  facts: TargetFacts,
): TargetChain {
  return chain.filter((target) => !constraints.some((constraint) => isRefused(target, constraint, facts)));
}

/** Whether a constraint is certain to refuse a target; what it costs and whether it is attested is not asked here. */
function isRefused(target: TargetChain[number], constraint: CompiledConstraint, facts: TargetFacts): boolean {
  const named = asModel(target);
  const maker = target.kind === 'model' ? facts.maker(target.provider, target.model) : undefined;
  const { allow, deny, source } = constraint;
  if (source.block === true) return true;
  if (deny?.(named, maker) === true) return true;
  const mayBeMade = maker === undefined && target.kind === 'model';
  const dependsOnMaker = mayBeMade && source.allow?.some((glob) => glob.startsWith('maker:')) === true;
  if (allow?.(named, maker) === false && !dependsOnMaker) return true;
  const provider = target.kind === 'model' ? facts.provider?.(target.provider) : undefined;
  return provider !== undefined && isRefusedProvider(provider, constraint);
}

function isRefusedProvider(
  { host, local, residency, retention }: NonNullable<ReturnType<NonNullable<TargetFacts['provider']>>>,
  { hosts, source }: CompiledConstraint,
): boolean {
  if (hosts !== undefined && (host === undefined || !hosts(host))) return true;
  if (source.local === true && local !== true) return true;
  if (source.residency !== undefined && (residency === undefined || !source.residency.includes(residency))) return true;
  return source.retention !== undefined && retention !== source.retention;
}

/** `native` as target globs see it. */
function asModel(target: TargetChain[number]): ResolvedTarget {
  return target.kind === 'model' ? target : { kind: 'model', target: 'native', provider: 'native', model: '' };
}
