import { type Finding, quote } from '../finding.ts';
import { type LayeredPolicy, modeOf, type PolicyLayer } from '../layers.ts';

/** Rules that a message names of each baseline; the others are counted. */
const mostNamed = 3;

/**
 * Baselines that state no mode while the file that extends them says that nothing is enforced: what they forbid is then only
 * recorded, or only warned about. The language allows it, for trying a baseline out; who wrote the baseline may not know.
 */
export function silentBaselines({ layers }: LayeredPolicy): readonly Finding[] {
  const own = layers.at(-1);
  const mode = own?.policy.source.mode;
  if (own === undefined || mode === undefined || mode === 'enforce') return [];
  // Where another layer is stricter, this mode has no effect, which is told elsewhere.
  if (modeOf(layers) !== mode) return [];
  const silent = layers
    .slice(0, -1)
    .filter(({ origin, policy }) => origin === 'extended' && policy.source.mode === undefined)
    .map((layer) => ({ layer, rules: rulesOf(layer) }))
    .filter(({ rules }) => rules.length > 0);
  if (silent.length === 0) return [];
  const told = silent.map(({ layer, rules }) => `${quote(layer.name)} (${named(rules)})`);
  const names = silent.map(({ layer }) => quote(layer.name));
  return [
    {
      code: 'baseline-not-enforced',
      severity: 'information',
      message:
        `${JSON.stringify(mode)} holds for the rules of ${told.join(' and ')} too: they are only ${mode === 'observe' ? 'recorded' : 'warned about'}, ` +
        `because ${silent.length === 1 ? 'it states' : 'they state'} no "mode". Where they are to hold in every repository, write "mode": "enforce" in ${names.join(' and ')}.`,
      path: ['mode'],
      witness: { by: silent.map(({ layer }) => layer.name) },
    },
  ];
}

/** What forbids or limits something, and is not itself only there to be observed. */
function rulesOf({ policy: { source } }: PolicyLayer): readonly string[] {
  const { constraints = [], budgets = [] } = source;
  return [...constraints.filter(({ mode }) => mode !== 'observe'), ...budgets].map(({ id }) => id);
}

function named(rules: readonly string[]): string {
  const more = rules.length - mostNamed;
  const some = rules.slice(0, mostNamed).map(quote).join(', ');
  return more > 0 ? `${some} and ${more} more` : some;
}
