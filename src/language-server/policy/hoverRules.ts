import { notEnforced } from '../../policy/notEnforced.ts';
import type { Budget, Constraint } from '../../policy/schema.ts';
import { formatUsd } from '../../routing/labels.ts';
import { exampleLines } from './hoverFiles.ts';
import { chainLines } from './hoverTargets.ts';
import { code, plain } from './markdown.ts';
import { type Matches, matchesOf } from './matches.ts';
import type { Look } from './openPolicies.ts';

const afterMistakes = 'What it comes to is shown once the file has no mistakes.';

/** A class of work: what it matches here, and where it goes. */
export function classLines(look: Look, id: string): readonly string[] {
  const { sound } = look.reading;
  if (sound === undefined) return [`The class ${code(id)}. ${afterMistakes}`];
  const found = sound.layers.layers
    .flatMap(({ policy }) => policy.classes)
    .find((work) => work.id === id || (work.source.id === id && sound.policy.classes.includes(work)));
  if (found === undefined) return [`No class is called ${code(id)}.`];
  const { source, route } = found;
  const gates = route.review.map(code).join(', ');
  return [
    `The class ${code(found.id)}${source.description === undefined ? '' : `: ${plain(source.description)}`}`,
    ...whenLines(look, source.when),
    'It goes to, in this order:',
    chainLines(look, route.use),
    ...(gates === '' ? [] : [`It asks for ${gates}.`]),
    ...(route.maxCostUsd === undefined ? [] : [plain(`A task may cost $${route.maxCostUsd}.`)]),
  ];
}

/** What of the repository a condition can be about. */
function whenLines(look: Look, when: Parameters<typeof matchesOf>[0]): readonly string[] {
  const { listing } = look.surroundings;
  if (listing === undefined) return [];
  const found: Matches = matchesOf(when, listing.files);
  if (found.kind === 'any') return ['It asks nothing of files.'];
  return exampleLines(found.isExact ? 'Matches' : 'Asks more than its files; those match', found.paths, listing.files);
}

/** A constraint: why it is there, what it does, and what it looks at here. */
export function constraintLines(look: Look, id: string): readonly string[] {
  const { sound } = look.reading;
  const found = sound?.layers.layers
    .flatMap(({ policy }) => policy.constraints)
    .find((constraint) => constraint.id === id || constraint.source.id === id);
  if (found === undefined) return [];
  const { source } = found;
  return [
    `The constraint ${code(found.id)}: ${plain(source.reason)}`,
    plain(effectWords(source)),
    ...(source.when === undefined ? ['It always applies.'] : whenLines(look, source.when)),
    ...(found.else === undefined ? [] : ['Where it leaves nothing:', chainLines(look, found.else)]),
  ];
}

function effectWords(constraint: Constraint): string {
  const { allow, deny, hosts, residency, retention, local, block, attested, maxCostUsd, review, until, mode } =
    constraint;
  const listed = (names: readonly string[]): string => names.slice(0, 10).join(', ') + (names.length > 10 ? ', …' : '');
  const does = [
    ...(block === true ? ['refuses the request'] : []),
    ...(allow === undefined ? [] : [`admits only ${listed(allow)}`]),
    ...(deny === undefined ? [] : [`refuses ${listed(deny)}`]),
    ...(hosts === undefined ? [] : [`admits only the hosts ${listed(hosts)}`]),
    ...(local === true ? ['admits only targets on this machine'] : []),
    ...(residency === undefined ? [] : [`admits only data kept in ${listed(residency)}`]),
    ...(retention === undefined ? [] : ['admits only endpoints that keep nothing']),
    ...(attested === true ? ['admits only attested models'] : []),
    ...(maxCostUsd === undefined ? [] : [`lets a task cost at most $${maxCostUsd}`]),
    ...(review === undefined ? [] : [`asks for ${listed([review].flat())}`]),
  ];
  const then = until === undefined ? '' : `, until ${until}`;
  const only = mode === 'observe' ? ' It only records what it would have done.' : '';
  return `It ${does.join(', ')}${then}.${only}`;
}

/** A budget: what it counts, what is left of it now, and what happens then. */
export function budgetLines(look: Look, id: string): readonly string[] {
  const { sound } = look.reading;
  const found = sound?.layers.layers
    .flatMap(({ policy }) => policy.budgets)
    .find((budget) => budget.id === id || budget.source.id === id);
  if (found === undefined || sound === undefined) return [];
  const { source } = found;
  const per = `$${source.usd} per ${source.per}${source.period === undefined ? '' : ` and ${source.period}`}`;
  const spent = look.workspace && look.surroundings.knowledge.spent(sound.layers, look.workspace.root)[found.id];
  const isCounted = source.per !== 'class' && source.per !== 'task' && spent !== undefined;
  return [
    `The budget ${code(found.id)}: ${plain(per)}`,
    ...(isCounted ? [`Spent so far on this machine: **${plain(formatUsd(spent.spentNanoUsd))}**`] : []),
    ...found.steps.map(({ at, source: step }) => plain(`At ${at} %: ${stepWords(step)}`)),
    plain(`Targets of unknown price are ${source.onUnknown === 'open' ? 'not counted' : 'kept out'}.`),
  ];
}

function stepWords(step: NonNullable<Budget['then']>): string {
  switch (step) {
    case 'warn':
      return 'a warning';
    case 'ask':
      return 'a question';
    case 'block':
      return 'refused, but for what costs nothing';
    default:
      return `on with ${[step.downgradeTo]
        .flat()
        .map((target) => (typeof target === 'string' ? target : target.model))
        .join(', ')}`;
  }
}

/** A gate: who passes it, who asks for it, and that nothing enforces it where nothing does. */
export function gateLines(look: Look, written: string): readonly string[] {
  const { sound } = look.reading;
  if (sound === undefined) return [`The gate ${code(written)}. ${afterMistakes}`];
  const layer = sound.layers.layers.findLast(({ policy }) => Object.hasOwn(policy.source.review ?? {}, written));
  const gate = layer?.policy.source.review?.[written];
  if (gate === undefined) return [`No gate is called ${code(written)}.`];
  const who = [gate.who].flat().map(code).join(', ');
  const asking = [
    ...sound.policy.classes.filter(({ route }) => hasGate(route.review, written)).map(({ id }) => `class ${code(id)}`),
    ...sound.policy.constraints
      .filter(({ review }) => hasGate(review, written))
      .map(({ id }) => `constraint ${code(id)}`),
  ];
  const instead = notEnforced.find(({ at }) => at.length === 1 && at[0] === 'review')?.instead;
  return [
    `The gate ${code(written)}: ${gate.approvals ?? 1} of ${who}${gate.within === undefined ? '' : plain(`, within ${gate.within}`)}`,
    asking.length === 0 ? 'No rule of this file asks for it.' : `Asked for by ${asking.slice(0, 10).join(', ')}.`,
    ...(instead === undefined ? [] : [plain(`Not enforced by this version: ${instead}.`)]),
  ];
}

/** Compiled gates are qualified by their layer: `org:senior`. */
function hasGate(gates: readonly string[], written: string): boolean {
  return gates.some((gate) => gate === written || gate.endsWith(`:${written}`));
}
