import type { DocumentPath } from '../../policy/document.ts';

/** What a text in a policy stands for. */
export type Role =
  /** A pattern of files; of a branch's name. */
  | 'glob'
  | 'branch'
  /** `provider/model` or an alias; a plain `provider/model`; a pattern of such. */
  | 'target'
  | 'model'
  | 'target-glob'
  | 'provider'
  | 'gate'
  | 'class'
  | 'budget'
  /** The id of a class, constraint or budget where it is defined. */
  | 'own-id'
  /** A constraint or budget that a test names. */
  | 'rule'
  /** A file that a test names. */
  | 'file'
  /** What a policy extends. */
  | 'source';

/** `*` is any key, `#` any place in a list. */
const values: readonly (readonly [pattern: string, role: Role])[] = [
  ['default', 'target'],
  ['default.use', 'target'],
  ['default.trial.use', 'target'],
  ['models.*', 'target'],
  ['classes.#.use', 'target'],
  ['routes.*.use', 'target'],
  ['default.escalateTo', 'target'],
  ['routes.*.escalateTo', 'target'],
  ['routes.*.trial.use', 'target'],
  ['constraints.#.else', 'target'],
  ['budgets.#.then.downgradeTo', 'target'],
  ['budgets.#.steps.#.then.downgradeTo', 'target'],
  ['default.review', 'gate'],
  ['classes.#.review', 'gate'],
  ['routes.*.review', 'gate'],
  ['constraints.#.review', 'gate'],
  ['tests.#.expect.review', 'gate'],
  ['constraints.#.allow', 'target-glob'],
  ['constraints.#.deny', 'target-glob'],
  ['classes.#.id', 'own-id'],
  ['constraints.#.id', 'own-id'],
  ['budgets.#.id', 'own-id'],
  ['tests.#.expect.class', 'class'],
  ['tests.#.expect.model', 'model'],
  ['tests.#.expect.provider', 'provider'],
  ['tests.#.expect.by', 'rule'],
  ['tests.#.given.down', 'provider'],
  ['tests.#.given.files', 'file'],
  ['tests.#.given.files.#.path', 'file'],
  ['tests.#.given.reads', 'file'],
  ['modules.roots', 'glob'],
  ['modules.support', 'glob'],
  ['modules.named.*', 'glob'],
  ['diff.ignore', 'glob'],
  ['attestations.files', 'glob'],
  ['extends', 'source'],
  ['extends.source', 'source'],
  ['extends.#.source', 'source'],
];

const keys: readonly (readonly [pattern: string, role: Role])[] = [
  ['models.*', 'target'],
  ['routes.*', 'class'],
  ['review.*', 'gate'],
  ['prices.*', 'model'],
  ['tests.#.given.spent.*', 'budget'],
];

/** What the text at a path stands for, in a list or alone; undefined where it is no name of anything. */
export function roleOfValue(path: DocumentPath): Role | undefined {
  const alone = typeof path.at(-1) === 'number' ? path.slice(0, -1) : path;
  const condition = roleInCondition(alone);
  if (condition !== undefined) return condition;
  const found = roleIn(values, alone) ?? roleIn(values, path);
  // `{ "model": "large", "effort": "high" }`
  if (found !== undefined || alone.at(-1) !== 'model') return found;
  const outer = roleOfValue(alone.slice(0, -1));
  return outer === 'target' ? 'target' : undefined;
}

/** What a key at a path stands for, where keys are names. */
export function roleOfKey(path: DocumentPath): Role | undefined {
  return roleIn(keys, path);
}

/** `files`, `touches` and `branch` of a condition, however deep it is nested. */
function roleInCondition(path: DocumentPath): Role | undefined {
  const isCondition = path.slice(0, -1).some((step) => step === 'when') && path[0] !== 'tests';
  if (!isCondition) return undefined;
  const key = path.at(-1);
  if (key === 'files' || key === 'touches') return path.at(-2) === 'diff' ? undefined : 'glob';
  return key === 'branch' ? 'branch' : undefined;
}

function roleIn(table: typeof values, path: DocumentPath): Role | undefined {
  return table.find(([pattern]) => isLike(pattern.split('.'), path))?.[1];
}

function isLike(pattern: readonly string[], path: DocumentPath): boolean {
  if (pattern.length !== path.length) return false;
  return pattern.every((step, index) => {
    const at = path[index];
    if (step === '#') return typeof at === 'number';
    return step === '*' ? typeof at === 'string' : step === at;
  });
}
