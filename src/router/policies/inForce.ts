import type { LayeredPolicy, LayerOrigin } from '../../policy/layers.ts';
import type { SourceState } from './remotePolicies.ts';

/** One layer for people: where it is from, and how good what is in force of it is. */
export interface LayerReport {
  readonly name: string;
  readonly origin: LayerOrigin;
  readonly source: string;
  readonly state: SourceState;
}

/** What is in force in a repository, and whether that is what its file says. */
export type PolicyInForce =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'in-force';
      readonly policy: LayeredPolicy;
      /** Where the repository's own file was read; `managed` where there is none and the machine's baseline holds. */
      readonly from: 'working-tree' | 'head' | 'default-branch' | 'managed';
      readonly layers: readonly LayerReport[];
      /** Some of it lies on the network, and becomes another without any file's doing. No layer tells: two sources may say the same. */
      readonly ofNetwork?: true;
    }
  /** The file has a mistake: an earlier good one stays in force. */
  | {
      readonly kind: 'last-good';
      readonly policy: LayeredPolicy;
      readonly problem: string;
      readonly layers: readonly LayerReport[];
    }
  /** The file has a mistake and there never was a good one: only targets on this machine. */
  | {
      readonly kind: 'local-only';
      readonly policy: LayeredPolicy;
      readonly problem: string;
      readonly layers: readonly LayerReport[];
    };

/** What a person should know of the layers, in sentences; undefined while all are fresh. */
export function layerWarning(inForce: PolicyInForce): string | undefined {
  if (inForce.kind === 'none') return undefined;
  // What is wrong with the repository's own file is told by itself.
  const known = inForce.kind === 'in-force' ? undefined : inForce.problem;
  const told = inForce.layers.filter(({ state }) => state.kind === 'fresh' || state.problem !== known);
  const sentences = told.flatMap(({ source, state }) => stateWords(source, state) ?? []);
  return sentences.length > 0 ? sentences.join(' ') : undefined;
}

/** Why a layer is not in force as its source has it now; undefined where it is. */
export function stateWords(source: string, state: SourceState): string | undefined {
  switch (state.kind) {
    case 'fresh':
      return undefined;
    case 'stale':
      return `The policy ${source} could not be confirmed since ${new Date(state.since).toISOString()}; the last good copy is in force. ${state.problem}`;
    case 'failed':
      return `The policy ${source} is not in force as written: ${state.problem}`;
    default:
      return state satisfies never;
  }
}
