import type { TargetChain } from './compiled.ts';
import type { LayeredPolicy, PolicyLayer } from './layers.ts';

/** An id as everybody else sees it: with its layer's name before it (`org:eu-only`), bare where that is empty. */
export function qualified(layerName: string, id: string): string {
  return layerName === '' ? id : `${layerName}:${id}`;
}

/** What lies around a policy, as far as its text is concerned. */
export interface Around {
  /** The layers around it, the outermost first. */
  readonly outer?: LayeredPolicy | readonly PolicyLayer[];
  /** What it extends has not been read yet: a name that it does not define may be defined there. */
  readonly unread?: boolean;
}

/** The names that a policy may use without defining them. */
export interface OuterNames {
  /** What each alias means; of several of one name, the innermost layer's. */
  readonly aliases: ReadonlyMap<string, TargetChain>;
  /** The qualified name of each gate by the name it has in its layer; of several, the innermost's. */
  readonly gates: ReadonlyMap<string, string>;
  /** Qualified ids, which only its tests may name. */
  readonly classes: ReadonlySet<string>;
  readonly budgets: ReadonlySet<string>;
  /** There may be others, which nobody has looked at yet. */
  readonly unread: boolean;
}

/** The layers around a policy, the outermost first. */
export function layersOf(outer: Around['outer']): readonly PolicyLayer[] {
  if (outer === undefined) return [];
  return 'layers' in outer ? outer.layers : outer;
}

export function outerNames({ outer, unread = false }: Around): OuterNames {
  const policies = layersOf(outer).map(({ policy }) => policy);
  return {
    aliases: new Map(policies.flatMap(({ aliases }) => [...aliases])),
    gates: new Map(
      policies.flatMap(({ name, source }) =>
        Object.keys(source.review ?? {}).map((gate) => [gate, qualified(name, gate)] as const),
      ),
    ),
    classes: new Set(policies.flatMap(({ classes }) => classes.map(({ id }) => id))),
    budgets: new Set(policies.flatMap(({ budgets }) => budgets.map(({ id }) => id))),
    unread,
  };
}
