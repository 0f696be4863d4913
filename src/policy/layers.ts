import type { CompiledPolicy } from './compiled.ts';
import type { PolicyMode } from './schema.ts';

/** Where a layer came from. */
export type LayerOrigin =
  /** The machine's own baseline, which applies in every folder. */
  | 'managed'
  /** Named by `extends`, directly or by a layer that was. */
  | 'extended'
  /** The repository's file as it is in the working tree, or where it was deleted there, as it is committed. */
  | 'repository'
  /** The repository's file on the default branch: an edit can loosen a rule only by being merged. */
  | 'committed';

/** One policy file in force, compiled with its own aliases, modules, ignores and gates: it means what it said. */
export interface PolicyLayer {
  /** Qualifies the ids of its rules (`org:eu-only`); empty for the repository's own file. Unique among the layers. */
  readonly name: string;
  readonly origin: LayerOrigin;
  /** For people: a path, a package, an address. */
  readonly source: string;
  /** False for `committed`: only what forbids counts there, not what it prefers. */
  readonly prefers: boolean;
  readonly policy: CompiledPolicy;
}

/** Everything in force for a request, the outermost layer first and the repository's own last. Immutable. */
export interface LayeredPolicy {
  /** Of what was in force: the layers' hashes together. */
  readonly hash: string;
  readonly layers: readonly PolicyLayer[];
  /** The strictest of the layers' opinions; `enforce` where none has one. */
  readonly mode: PolicyMode;
}

const STRICTNESS: readonly PolicyMode[] = ['observe', 'warn', 'enforce'];

/** Puts layers together, the outermost first. The hash is the caller's: this floor has no crypto. */
export function layered(layers: readonly PolicyLayer[], hash: string): LayeredPolicy {
  const opinions = layers.flatMap(({ policy }) => policy.source.mode ?? []);
  const strictest = Math.max(...opinions.map((mode) => STRICTNESS.indexOf(mode)));
  return { hash, layers, mode: STRICTNESS[strictest] ?? 'enforce' };
}

/** A policy that stands alone. */
export function oneLayer(policy: CompiledPolicy, source = '.routing-policy.json'): LayeredPolicy {
  return layered([{ name: '', origin: 'repository', source, prefers: true, policy }], policy.hash);
}
