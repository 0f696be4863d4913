import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { CompiledClass, CompiledPolicy, CompiledRoute } from '../../policy/compiled.ts';
import { layered, type PolicyLayer, stricterMode } from '../../policy/layers.ts';
import { qualified } from '../../policy/outer.ts';
import type { Facts } from '../../routing/facts.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import { slashed } from './homeGlobs.ts';
import type { PolicyInForce } from './inForce.ts';

/** Another folder than the request's, with what is in force there. */
export interface OtherRoot {
  readonly workspace: Workspace;
  readonly inForce: PolicyInForce;
  /** Where it is around the request's folder: the way from there to that, with "/" at its end. */
  readonly inside?: string;
}

/** How the files of another root are spoken of in facts: as what lies outside, without a first "/" or drive. */
export function prefixOf(root: string): string {
  return `${slashed(root).replace(/^\/+/, '').replace(/\/+$/, '')}/`;
}

/** Whether a request touches a root: the text of one of its files goes out. */
export function touches({ reads = [] }: Facts, root: string): boolean {
  const prefix = prefixOf(root);
  return reads.some((path) => path.startsWith(prefix));
}

/**
 * What is in force for a request that touches several roots, or lies in some: the preferences of the active one, and what
 * all of them forbid, each for its own files. Their rules are told with the folder's name before them.
 */
export function withOtherRoots(active: PolicyInForce, others: readonly OtherRoot[]): PolicyInForce {
  const stack = active.kind === 'none' ? [] : active.policy.layers;
  const names = new Set(stack.map(({ name }) => name));
  const added = others.flatMap(({ workspace, inForce, inside }): PolicyLayer[] => {
    if (inForce.kind === 'none') return [];
    const folder = uniqueName(basename(workspace.root), names);
    return inForce.policy.layers
      .filter(({ origin }) => origin !== 'managed')
      .map((layer) => ({
        ...layer,
        name: layer.name === '' ? folder : `${folder}/${layer.name}`,
        ownName: layer.name,
        of: 'both',
        prefers: false,
        root: prefixOf(workspace.root),
        ...(inside === undefined ? {} : { inside }),
        // A root that says nothing of a mode is enforced, whatever another says.
        policy: under(folder, { ...layer.policy, source: { ...layer.policy.source, mode: inForce.policy.mode } }),
      }));
  });
  if (added.length === 0) return active;
  const layers = [...added, ...stack];
  const hash = createHash('sha256')
    .update(JSON.stringify(layers.map(({ name, root, policy }) => [name, root, policy.hash])))
    .digest('hex')
    .slice(0, 16);
  const silent = layered(layers, hash);
  // Its own silence enforces; what lies around it cannot say that it does not.
  const policy = active.kind === 'none' ? silent : { ...silent, mode: stricterMode(silent.mode, active.policy.mode) };
  return active.kind === 'none' ? { kind: 'in-force', policy, from: 'managed', layers: [] } : { ...active, policy };
}

function uniqueName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let n = 2; taken.has(name); n++) name = `${wanted}-${n}`;
  taken.add(name);
  return name;
}

/** The same policy with its ids told apart from those of other roots. */
function under(folder: string, policy: CompiledPolicy): CompiledPolicy {
  const own = (id: string): string => (policy.name === '' ? qualified(folder, id) : `${folder}/${id}`);
  const route = (written: CompiledRoute): CompiledRoute => ({ ...written, review: written.review.map(own) });
  const classes = new Map(
    policy.classes.map((written): [CompiledClass, CompiledClass] => [
      written,
      { ...written, id: own(written.id), route: route(written.route) },
    ]),
  );
  const renamed = (list: readonly CompiledClass[]): CompiledClass[] => list.flatMap((one) => classes.get(one) ?? []);
  return {
    ...policy,
    name: policy.name === '' ? folder : `${folder}/${policy.name}`,
    gates: new Map([...policy.gates].map(([id, gate]) => [own(id), gate])),
    classes: renamed(policy.classes),
    finalClasses: renamed(policy.finalClasses),
    otherClasses: renamed(policy.otherClasses),
    classById: new Map([...classes.values()].map((one) => [one.id, one])),
    default: route(policy.default),
    constraints: policy.constraints.map((one) => ({ ...one, id: own(one.id), review: one.review.map(own) })),
    budgets: policy.budgets.map((one) => ({ ...one, id: own(one.id) })),
  };
}
