import { type LayeredPolicy, labelsIn } from '../policy/layers.ts';
import type { DeclaredPolicy } from '../usage/policyBook.ts';

/** The names that the layers in force declare, each once: what may be told of a request without telling anything else. */
export function declaredIn(policy: LayeredPolicy): Pick<DeclaredPolicy, 'names' | 'labels'> {
  const layers = policy.layers.map((layer) => layer.policy);
  const routes = layers.flatMap(({ classes, default: fallback }) => [fallback, ...classes.map(({ route }) => route)]);
  const targets = [
    ...routes.flatMap(({ use, escalateTo = [], trial }) => [...use, ...escalateTo, ...(trial?.use ?? [])]),
    ...layers.flatMap(({ constraints }) => constraints.flatMap((constraint) => constraint.else ?? [])),
    ...layers.flatMap(({ budgets }) =>
      budgets.flatMap(({ steps }) => steps.flatMap(({ step }) => (typeof step === 'object' ? step.downgradeTo : []))),
    ),
  ].flatMap((target) => (target.kind === 'model' ? [target] : []));
  return {
    names: {
      classes: unique(layers.flatMap(({ classes }) => classes.map(({ id }) => id))),
      rules: unique(layers.flatMap(({ constraints }) => constraints.map(({ id }) => id))),
      budgets: unique(layers.flatMap(({ budgets }) => budgets.map(({ id }) => id))),
      trials: unique(routes.flatMap(({ trial }) => (trial ? [trial.id] : []))),
      targets: unique(targets.map(({ target }) => target)),
      providers: unique(targets.map(({ provider }) => provider)),
    },
    labels: labelsIn(policy),
  };
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
