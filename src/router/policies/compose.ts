import { createHash } from 'node:crypto';
import { compilePolicy } from '../../policy/compile.ts';
import type { CompiledPolicy } from '../../policy/compiled.ts';
import { type LayeredPolicy, type LayerReading, layered, type PolicyLayer } from '../../policy/layers.ts';
import type { Policy } from '../../policy/schema.ts';
import type { ReadLayer } from './chain.ts';
import type { LayerReport } from './inForce.ts';

/** The layers as they were read, before they are put together. Each list the outermost first. */
export interface Readings {
  /** The machine's baseline. */
  readonly managed: readonly ReadLayer[];
  /** The repository's file with what it extends; empty where there is none. */
  readonly working: readonly ReadLayer[];
  /** The same as the default branch has it; undefined where there is none that could be read. */
  readonly committed: readonly ReadLayer[] | undefined;
}

/** Puts the readings together: the baseline, what is extended, what is committed, and the repository's own file last. */
export function stackOf({ managed, working, committed }: Readings): readonly PolicyLayer[] {
  const inWorking = new Set(working);
  const inCommitted = new Set(committed);
  const own = working.filter(({ origin }) => origin === 'repository');
  const outer = working.filter(({ origin }) => origin !== 'repository');
  const beside = [...inCommitted].filter((layer) => !inWorking.has(layer));
  const readingOf = (layer: ReadLayer): LayerReading => {
    if (committed === undefined || inCommitted.has(layer))
      return inWorking.has(layer) || working.length === 0 ? 'both' : 'committed';
    return 'working';
  };
  const baseline = new Set(managed);
  const sameOuter =
    outer.every((layer) => inCommitted.has(layer)) && beside.every(({ origin }) => origin === 'committed');
  const [repository] = own;
  return [
    ...managed.map((layer) => ({ ...layer, of: 'both' as const })),
    ...[...outer, ...beside, ...own]
      .filter((layer) => !baseline.has(layer))
      .map((layer) => ({ ...layer, of: readingOf(layer) }))
      .map((layer) =>
        layer.origin === 'committed' && sameOuter && repository !== undefined
          ? { ...layer, policy: withoutRepeated(layer.policy, repository.policy) }
          : layer,
      ),
  ];
}

/**
 * A committed policy without the rules that the working tree's repeats word for word: each would apply twice and be told
 * twice. A rule means the same in both only where all that it leans on is the same, so otherwise all are kept.
 */
export function withoutRepeated(committed: CompiledPolicy, working: CompiledPolicy): CompiledPolicy {
  if (groundOf(committed) !== groundOf(working)) return committed;
  const constraints = new Set(working.constraints.map(({ source }) => JSON.stringify(source)));
  const budgets = new Set(working.budgets.map(({ source }) => JSON.stringify(source)));
  return {
    ...committed,
    constraints: committed.constraints.filter(({ source }) => !constraints.has(JSON.stringify(source))),
    budgets: committed.budgets.filter(({ source }) => !budgets.has(JSON.stringify(source))),
  };
}

/** What the meaning of a rule leans on beside its own words. */
function groundOf({ source }: CompiledPolicy): string {
  const { models, modules, diff, review, attestations, prices } = source;
  return JSON.stringify([models, modules, diff, review, attestations, prices]);
}

/** What is in force as a whole; its hash is that of all layers, and for a single file that of its text. */
export function layeredOf(stack: readonly PolicyLayer[]): LayeredPolicy {
  const [first] = stack;
  if (first !== undefined && stack.length === 1 && first.name === '') return layered(stack, first.policy.hash);
  const parts = stack.map(({ name, of, prefers, policy }) => [name, of, prefers, policy.hash]);
  return layered(stack, createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16));
}

export function reportsOf({ managed, working, committed }: Readings): readonly LayerReport[] {
  return [...new Set([...managed, ...working, ...(committed ?? [])])].map(({ name, origin, source, state }) => ({
    name,
    origin,
    source,
    state,
  }));
}

/**
 * What holds where a file is broken and no good version of it is known: nothing leaves the machine until it is mended.
 *
 * @param given its `prefers` is false for a baseline, which only forbids: the repository's own wishes stay what they are
 * @param reason what people are told who are refused by it
 */
export function localOnly(
  given: Pick<ReadLayer, 'name' | 'origin' | 'source' | 'prefers'>,
  problem: string,
  reason = 'The policy file has errors and no earlier good version is known: only models on this machine are used until it is mended',
): ReadLayer {
  const policy: Policy = {
    version: 1,
    default: 'local/workspace-copy',
    constraints: [
      {
        id: 'broken-policy',
        local: true,
        reason,
      },
    ],
  };
  const { name, origin, source, prefers } = given;
  return {
    name,
    origin,
    source,
    prefers,
    policy: compilePolicy(policy, 'broken', { name }),
    identity: `broken ${origin}`,
    state: { kind: 'failed', problem },
  };
}
