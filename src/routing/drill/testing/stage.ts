import type { LayeredPolicy } from '../../../policy/layers.ts';
import { corpusOf } from '../../analysis/corpus.ts';
import type { State } from '../../state.ts';
import { beginRehearsal, type Rehearsal } from '../rehearsal.ts';

/** Files of a small repository, one for most conditions of the example policies. */
export const FILES = ['src/a.ts', 'src/a.test.ts', 'docs/x.md', 'pii/people.csv', '.env'];

/** A rehearsal of a policy on a repository's files, in a world of the test. */
export function rehearsed(policy: LayeredPolicy, state: State, files: readonly string[] = FILES): Rehearsal {
  const rehearsal = beginRehearsal(policy, {
    state: () => state,
    model: (provider, model) => state.model(provider, model),
    provider: (id) => state.provider(id),
    price: (provider, model) => state.price(provider, model),
  });
  const paths = files.map((path) => ({ path }));
  for (const sample of corpusOf(policy, policy, paths)) rehearsal.add(sample);
  return rehearsal;
}
