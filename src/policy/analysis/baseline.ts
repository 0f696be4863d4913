import type { DocumentPath } from '../document.ts';
import { type Finding, quote } from '../finding.ts';
import type { LayeredPolicy, PolicyLayer } from '../layers.ts';
import type { Policy, Route } from '../schema.ts';

/** A setting of which one value is stricter than another, as one layer writes it. */
interface Setting {
  /** The same in every layer that speaks of the same thing. */
  readonly name: string;
  readonly path: DocumentPath;
  readonly written: string | number | boolean;
  /** Higher is stricter. */
  readonly strictness: number;
}

/**
 * What the innermost layer writes more loosely than a layer around it: it has no effect, since of two numbers the stricter
 * holds. The committed file is not an outer layer in this sense: an edit that is to be merged may loosen it.
 */
export function looserThanBaseline({ layers }: LayeredPolicy): readonly Finding[] {
  const own = layers.at(-1);
  if (own === undefined) return [];
  const outer = layers.slice(0, -1).filter(({ origin }) => origin === 'managed' || origin === 'extended');
  const strictest = new Map<string, { readonly setting: Setting; readonly layer: PolicyLayer }>();
  for (const layer of outer) {
    for (const setting of settingsOf(layer.policy.source)) {
      const known = strictest.get(setting.name);
      if (known === undefined || setting.strictness > known.setting.strictness) {
        strictest.set(setting.name, { setting, layer });
      }
    }
  }
  return settingsOf(own.policy.source).flatMap((setting): readonly Finding[] => {
    const rule = strictest.get(setting.name);
    if (rule === undefined || rule.setting.strictness <= setting.strictness) return [];
    return [looserFinding(setting, rule.setting, rule.layer)];
  });
}

function looserFinding({ path, written }: Setting, stricter: Setting, layer: PolicyLayer): Finding {
  const [said, holds] = [JSON.stringify(written), JSON.stringify(stricter.written)];
  // Of a constraint's own mode "observe" is the only word there is; the stricter is to leave it out.
  const canBeWritten = !(path[0] === 'constraints' && path.at(-1) === 'mode');
  const name = layer.name === '' ? layer.source : layer.name;
  return {
    code: 'looser-than-baseline',
    severity: 'warning',
    message: `${said} has no effect here: ${quote(name)} says ${holds}, and of the two the stricter holds. ${canBeWritten ? `Write ${holds}, something stricter, or nothing.` : 'Leave it out.'}`,
    path,
    ...(canBeWritten ? { fix: { title: `Change to ${holds}`, replacement: holds } } : {}),
    witness: { by: [name] },
  };
}

const MODES = ['observe', 'warn', 'enforce'] as const;
const DIRECTIONS = ['any', 'up', 'none'] as const;
const ON_MISSING = ['warn', 'skip', 'block'] as const;

function settingsOf(policy: Policy): readonly Setting[] {
  return [...topSettings(policy), ...routeSettings(policy), ...ruleSettings(policy)];
}

function topSettings({ mode, overrides, diversity, attestations }: Policy): readonly Setting[] {
  return [
    ...word(['mode'], mode, MODES),
    ...word(['overrides', 'direction'], overrides?.direction, DIRECTIONS),
    ...word(['overrides', 'reason'], overrides?.reason, ['optional', 'required']),
    ...atMost(['overrides', 'maxPerDay'], overrides?.maxPerDay),
    ...atLeast(['diversity', 'minSuppliers'], diversity?.minSuppliers),
    ...word(['attestations', 'onMissing'], attestations?.onMissing, ON_MISSING),
    ...atLeast(['attestations', 'eval', 'minPassRate'], attestations?.eval?.minPassRate),
    ...atLeast(['attestations', 'eval', 'minTasks'], attestations?.eval?.minTasks),
    ...atMost(['attestations', 'eval', 'maxAgeDays'], attestations?.eval?.maxAgeDays),
    ...atMost(['attestations', 'adversarial', 'maxAgeDays'], attestations?.adversarial?.maxAgeDays),
    ...atMost(['attestations', 'adversarial', 'maxSuccessRate'], attestations?.adversarial?.maxSuccessRate),
  ];
}

/** Classes are compared by their ids, wherever in the file their caps are written. */
function routeSettings({ classes = [], routes = {}, default: fallback }: Policy): readonly Setting[] {
  const ofRoute = (
    route: Pick<Route, 'maxCostUsd' | 'passFloor'>,
    id: string,
    path: DocumentPath,
  ): readonly Setting[] => [
    ...atMost([...path, 'maxCostUsd'], route.maxCostUsd, `class ${id} cap`),
    ...atLeast([...path, 'passFloor'], route.passFloor, `class ${id} floor`),
  ];
  const isRoute = typeof fallback === 'object' && 'use' in fallback;
  return [
    ...classes.flatMap((work, index) => ofRoute(work, work.id, ['classes', index])),
    ...Object.entries(routes).flatMap(([id, route]) => ofRoute(route, id, ['routes', id])),
    ...(isRoute ? ofRoute(fallback, '(default)', ['default']) : []),
  ];
}

/** Constraints, budgets and gates of the same name are taken to be about the same thing. */
function ruleSettings({ constraints = [], budgets = [], review = {} }: Policy): readonly Setting[] {
  return [
    ...constraints.flatMap(({ id, maxCostUsd, mode }, index) => [
      ...atMost(['constraints', index, 'maxCostUsd'], maxCostUsd, `constraint ${id} cap`),
      ...word(['constraints', index, 'mode'], mode, ['observe', 'enforce'], `constraint ${id} mode`),
      // A constraint without a mode is in force, and cannot be pointed at: it is only ever the stricter of two.
      ...(mode === undefined ? [{ ...IN_FORCE, name: `constraint ${id} mode`, path: ['constraints', index] }] : []),
    ]),
    ...budgets.flatMap(({ id, per, period, usd }, index) =>
      atMost(['budgets', index, 'usd'], usd, `budget ${id} per ${per} ${period ?? ''}`),
    ),
    ...Object.entries(review).flatMap(([gate, { approvals }]) => atLeast(['review', gate, 'approvals'], approvals)),
  ];
}

const IN_FORCE = { written: 'enforce', strictness: 1 } as const;

function word(
  path: DocumentPath,
  written: string | undefined,
  fromLooseToStrict: readonly string[],
  name = path.join('.'),
): readonly Setting[] {
  return written === undefined ? [] : [{ name, path, written, strictness: fromLooseToStrict.indexOf(written) }];
}

function atMost(path: DocumentPath, written: number | undefined, name = path.join('.')): readonly Setting[] {
  return written === undefined ? [] : [{ name, path, written, strictness: -written }];
}

function atLeast(path: DocumentPath, written: number | undefined, name = path.join('.')): readonly Setting[] {
  return written === undefined ? [] : [{ name, path, written, strictness: written }];
}
