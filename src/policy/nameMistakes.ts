import type { DiagnosticCode, Severity } from './diagnostic.ts';
import type { DocumentPath } from './document.ts';
import { type Finding, quote, replaceWith } from './finding.ts';
import type { OuterNames } from './outer.ts';
import type { Policy } from './schema.ts';
import { type SuggestWord, suggestWords } from './similar.ts';
import { gatePlaces } from './walk.ts';

/** Ids that stand twice, names of classes, gates and budgets that lead nowhere, and classes with two routes or none. */
export function nameMistakes(policy: Policy, outer: OuterNames): Finding[] {
  const suggest = suggestWords();
  return [
    ...duplicateIds('classes', policy.classes),
    ...duplicateIds('constraints', policy.constraints),
    ...duplicateIds('budgets', policy.budgets),
    ...duplicateTrials(policy),
    ...classesCalledDefault(policy),
    ...routeMistakes(policy, suggest),
    ...(outer.unread && policy.extends !== undefined
      ? []
      : [...gateMistakes(policy, outer, suggest), ...testMistakes(policy, outer, suggest)]),
  ];
}

function duplicateIds(list: string, rules: readonly { readonly id: string }[] = []): Finding[] {
  const seen = new Set<string>();
  return rules.flatMap(({ id }, index): Finding[] => {
    const isRepeated = seen.has(id);
    seen.add(id);
    return isRepeated ? [duplicate(id, `"${list}"`, [list, index, 'id'])] : [];
  });
}

function duplicateTrials(policy: Policy): Finding[] {
  const seen = new Set<string>();
  return Object.entries(policy.routes ?? {}).flatMap(([route, { trial }]): Finding[] => {
    if (trial === undefined) return [];
    const isRepeated = seen.has(trial.id);
    seen.add(trial.id);
    return isRepeated ? [duplicate(trial.id, 'the trials', ['routes', route, 'trial', 'id'])] : [];
  });
}

/** Not an error, because it binds all the same; only nobody can tell the two apart by name. */
function classesCalledDefault(policy: Policy): Finding[] {
  return (policy.classes ?? []).flatMap(({ id }, index): Finding[] => {
    if (id !== 'default') return [];
    const message =
      '"default" is what work of no class is called, in explanations, reports and tests. Choose another id for this class.';
    return [{ code: 'duplicate-id', severity: 'warning', message, path: ['classes', index, 'id'] }];
  });
}

function duplicate(id: string, where: string, path: DocumentPath): Finding {
  const message = `The id ${quote(id)} stands a second time among ${where}. Explanations and reports go by it: choose another.`;
  return { code: 'duplicate-id', severity: 'error', message, path };
}

function routeMistakes(policy: Policy, suggest: SuggestWord): Finding[] {
  const routes = policy.routes ?? {};
  const classes = policy.classes ?? [];
  const ids = new Set(classes.map((work) => work.id));
  const unknown = Object.keys(routes)
    .filter((id) => !ids.has(id))
    .map((id) =>
      unknownName(
        'unknown-class',
        'error',
        `${quote(id)} is not the id of a class`,
        suggest(id, ids),
        ['routes', id],
        'key',
      ),
    );
  const ofClasses = classes.flatMap(({ id, use }, index): Finding[] => {
    const isRouted = Object.hasOwn(routes, id);
    if (use !== undefined && isRouted) {
      const message = `The class ${quote(id)} also has a route in "routes". Keep one of the two.`;
      return [{ code: 'two-routes', severity: 'error', message, path: ['classes', index, 'use'], part: 'key' }];
    }
    if (use === undefined && !isRouted) {
      const message = `The class ${quote(id)} has no "use" and no route, so its work goes where "default" says. Add "use" if it should go elsewhere.`;
      return [{ code: 'no-route', severity: 'information', message, path: ['classes', index, 'id'] }];
    }
    return [];
  });
  return [...unknown, ...ofClasses];
}

function gateMistakes(policy: Policy, outer: OuterNames, suggest: SuggestWord): Finding[] {
  const gates = new Set([...Object.keys(policy.review ?? {}), ...outer.gates.keys()]);
  return [...gatePlaces(policy)]
    .filter(({ value }) => !gates.has(value))
    .map(({ value, path }) =>
      unknownName('unknown-gate', 'error', `${quote(value)} is not a gate in "review"`, suggest(value, gates), path),
    );
}

/** A test that names what is not there cannot do what its writer meant. It binds nothing, so the policy stays in force. */
function testMistakes(policy: Policy, outer: OuterNames, suggest: SuggestWord): Finding[] {
  const classes = new Set([...(policy.classes ?? []).map((work) => work.id), ...outer.classes]);
  const gates = new Set([...Object.keys(policy.review ?? {}), ...outer.gates.keys()]);
  const budgets = new Set(['task', ...(policy.budgets ?? []).map((budget) => budget.id), ...outer.budgets]);
  return (policy.tests ?? []).flatMap(({ given, expect }, index): Finding[] => {
    const path = ['tests', index];
    const findings: Finding[] = [];
    const expected = expect.class;
    if (expected !== undefined && expected !== 'default' && !classes.has(expected)) {
      const what = `${quote(expected)} is not the id of a class`;
      findings.push(
        unknownName('unknown-class', 'warning', what, suggest(expected, classes), [...path, 'expect', 'class']),
      );
    }
    for (const [place, gate] of (expect.review ?? []).entries()) {
      if (gates.has(gate)) continue;
      const what = `${quote(gate)} is not a gate in "review"`;
      findings.push(
        unknownName('unknown-gate', 'warning', what, suggest(gate, gates), [...path, 'expect', 'review', place]),
      );
    }
    for (const budget of Object.keys(given.spent ?? {})) {
      if (budgets.has(budget)) continue;
      const what = `${quote(budget)} is not the id of a budget`;
      findings.push(
        unknownName(
          'unknown-budget',
          'warning',
          what,
          suggest(budget, budgets),
          [...path, 'given', 'spent', budget],
          'key',
        ),
      );
    }
    return findings;
  });
}

function unknownName(
  code: DiagnosticCode,
  severity: Severity,
  what: string,
  meant: string | undefined,
  path: DocumentPath,
  part?: 'key',
): Finding {
  const advice = meant === undefined ? 'Define it, or remove this.' : `Did you mean ${quote(meant)}?`;
  return {
    code,
    severity,
    message: `${what}. ${advice}`,
    path,
    ...(part === undefined ? {} : { part }),
    ...(meant === undefined ? {} : replaceWith(meant)),
  };
}
