import type { LayeredPolicy } from '../../policy/layers.ts';
import type { WhatIsKnown } from '../../router/router.ts';
import type { ProviderFacts, State } from '../../routing/state.ts';
import type { Spend } from '../../usage/spend.ts';
import type { RouterProcess } from '../compose.ts';

/** What the router knows of the world, for whoever writes a policy. Nothing here waits. */
export interface Knowledge extends WhatIsKnown {
  readonly now: number;
  /** undefined: no such provider is configured or well known. */
  provider(id: string): ProviderFacts | undefined;
  /** Ids of all providers, those that can be used first. */
  readonly providers: readonly string[];
  /** What each class of work came to in this repository since a moment, by the class's id; undefined: not written down. */
  usage(root: string, since: number): ReadonlyMap<string, Spend> | undefined;
  /** What counts against each budget now, by its id. */
  spent(layers: LayeredPolicy, root: string): State['spent'];
}

/** What is known at this moment. */
export function knowledgeOf({ router, providers }: RouterProcess): Knowledge {
  const known = router.knowledge();
  return {
    ...known,
    now: Date.now(),
    provider: (id) => providers.get(id)?.facts(),
    get providers() {
      const facts = providers.list().map((provider) => provider.facts());
      return [...facts.filter(({ usable }) => usable), ...facts.filter(({ usable }) => !usable)].map(({ id }) => id);
    },
    usage: (root, since) => router.views.usageByClass(root, since),
    spent: (layers, root) => router.views.spentByBudget(layers, root),
  };
}
