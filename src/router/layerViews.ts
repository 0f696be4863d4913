import type { LayeredPolicy } from '../policy/layers.ts';
import type { ModuleSource, WholeBase } from '../routing/facts.ts';

/** Where the layers look for modules, where they do not all look at the same. */
export function moduleSourcesOf(policy: LayeredPolicy | undefined): readonly ModuleSource[] {
  const sources = new Set(
    policy?.layers.map(({ policy: { source } }): ModuleSource => {
      const { modules = 'auto' } = source;
      return typeof modules === 'string' ? modules : (modules.from ?? 'auto');
    }),
  );
  return sources.size > 1 ? [...sources] : [];
}

/** What the layers measure the work against, beside the session itself. */
export function basesOf(policy: LayeredPolicy | undefined): readonly WholeBase[] {
  const bases = policy?.layers.map((layer) => layer.policy.source.diff?.base ?? 'session') ?? [];
  return [...new Set(bases)].flatMap((base) => (base === 'session' ? [] : [base]));
}
