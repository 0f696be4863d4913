import type { LayeredPolicy } from '../../policy/layers.ts';
import type { ReasoningGround } from '../../router/policyReasoning.ts';
import type { RepositoryListing } from '../../router/repositoryListing.ts';
import type { Knowledge } from './knowledge.ts';

/** What is looked at beside the text. */
export interface Surroundings {
  readonly knowledge: Knowledge;
  /** Left out while the files are not listed yet, and where there are none to list. */
  readonly listing?: RepositoryListing | undefined;
  /** Of the policy file, in its repository; left out outside of one. */
  readonly path?: string | undefined;
}

/** What tests may name while somebody types; `routing-policy test` runs all, however many. */
const mostTestPaths = 10_000;
/** Extended files that are looked at while somebody types; a large one takes as long as the file itself. */
const mostExtended = 4;

/** The world around a policy that is open in an editor, as this process knows it. */
export function groundOf(layers: LayeredPolicy, { knowledge, listing, path }: Surroundings): ReasoningGround {
  const provider = (id: string) => knowledge.provider(id);
  return {
    now: knowledge.now,
    attestations: knowledge.attestations,
    model: (by, model) => knowledge.model(by, model),
    knowsProvider: (id) => provider(id) !== undefined,
    providers: knowledge.providers,
    provider,
    testedProvider: provider,
    mostTestPaths,
    mostExtended,
    price: (by, model) => knowledge.price(by, model, layers),
    listing,
    path,
  };
}
