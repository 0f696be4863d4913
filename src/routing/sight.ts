import type { CompiledPolicy, DiffMeasure, NamedModule } from '../policy/compiled.ts';
import { normaliseWords } from '../policy/conditions.ts';
import type { PolicyLayer } from '../policy/layers.ts';
import type { FactFile, Facts } from './facts.ts';
import { languageOf } from './languages.ts';
import { isGenerated, isSupport, moduleBySegments, ROOT_MODULE } from './paths.ts';
import { type Words, wordsOf } from './words.ts';

/** A number of which perhaps only a lower bound is known, because some file did not say. */
export interface Measure {
  readonly least: number;
  readonly exact: boolean;
}

/** Everything a `when` is held against: the request's facts as a preference or as a constraint sees them. */
export interface Sight {
  readonly facts: Facts;
  readonly policy: CompiledPolicy;
  /** Whether the repository's own marks say which files are generated, or only the documented list. */
  readonly byMarks: boolean;
  /** Whether all the files are known; they are not when the facts leave them out, or some of what was read. */
  readonly filesKnown: boolean;
  /** What `files` and `languages` look at: no generated or ignored file, unless there is no other. */
  readonly counted: readonly string[];
  /** What `touches` looks at: every file. */
  readonly touched: readonly string[];
  /** How many of `counted` match each glob set. */
  readonly countedHits: ReadonlyMap<number, number>;
  /** The glob sets that some of `touched` match. */
  readonly touchedHits: ReadonlySet<number>;
  /** The size of the work, the same for preferences and constraints; undefined when the files are unknown. */
  readonly size: WorkSize | undefined;
  /** The glob sets that match a path, remembered for this decision. */
  readonly setsOf: SetsOf;
  readonly wordsOfText: () => Words | undefined;
  /** The languages of `counted`, each once; undefined among them when that of some file is not known. */
  readonly languages: () => ReadonlySet<string | undefined>;
}

/** The glob sets that match a path, ascending. */
type SetsOf = (path: string) => readonly number[];

export interface WorkSize {
  readonly measures: Readonly<Record<DiffMeasure, Measure>>;
  /** The modules of the code files among the counted, sorted. */
  readonly modules: readonly string[];
}

/** How much of a prompt `keywords` looks at, in UTF-16 code units: a policy must not be slow on a pasted book. */
export const KEYWORD_TEXT_LIMIT = 20_000;

/**
 * What preferences see: the files that the request works on. Reading is not work, so `reads` is left out.
 */
export function sightOfWork(
  { policy, origin, root, inside }: Pick<PolicyLayer, 'policy' | 'origin' | 'root' | 'inside'>,
  given: Facts,
): Sight {
  const facts =
    root === undefined ? given : inside === undefined ? factsUnder(root, given) : factsAround(root, inside, given);
  const work = workSeenBy(policy, facts);
  const files = work?.files ?? [];
  const setsOf = rememberSets(policy);
  // Marks can be written by whoever can edit the repository, so no other layer goes by them.
  const eye = { policy, facts, setsOf, byMarks: origin === 'repository' };
  const counted = countedFiles(eye, files);
  const size = work === undefined ? undefined : sizeOf(eye, counted, work.complete);
  return sightOf({ ...eye, size, filesKnown: work?.complete === true }, files, counted);
}

/** A request as another root sees it: of its files only what goes out is known, and nothing of them is its work. */
function factsUnder(root: string, { byBase: _, ...facts }: Facts): Facts {
  const reads = (facts.reads ?? []).flatMap((path) => (path.startsWith(root) ? [path.slice(root.length)] : []));
  return { ...facts, files: [], reads };
}

/**
 * A request as a folder around its own sees it: all its files, by their way from there. What the inner repository says of
 * them (its modules, its marks) is its own word, so only what the outer one found counts, or else the path.
 */
function factsAround(root: string, inside: string, { byBase: _, around, outside, ...facts }: Facts): Facts {
  const elsewhere = new Set(outside);
  const wayTo = (path: string): string => {
    if (path.startsWith(root)) return path.slice(root.length);
    return elsewhere.has(path) ? path : `${inside}${path}`;
  };
  const files = facts.files?.map(
    ({ path, added, deleted }): FactFile => ({
      path: `${inside}${path}`,
      ...(added === undefined ? {} : { added }),
      ...(deleted === undefined ? {} : { deleted }),
    }),
  );
  const { languages, reads } = facts;
  return {
    ...facts,
    ...(files ? { files } : {}),
    ...(reads ? { reads: reads.map(wayTo) } : {}),
    ...(languages
      ? { languages: Object.fromEntries(Object.entries(languages).map(([path, id]) => [`${inside}${path}`, id])) }
      : {}),
    ...around?.[inside],
  };
}

/**
 * What constraints, budgets and their gates see: every file whose text goes out, read or worked on. `diff` still
 * measures the work alone: reading ten modules changes none. A request that leaves `reads` out reads nothing else.
 */
export function sightOfOutgoing(work: Sight): Sight {
  const { facts, policy } = work;
  const { reads = [], readsIncomplete = false } = facts;
  if (reads.length === 0) return readsIncomplete ? { ...work, filesKnown: false } : work;
  const files = new Map<string, FactFile>(reads.map((path) => [path, { path }]));
  for (const file of workSeenBy(policy, facts)?.files ?? []) files.set(file.path, file);
  const all = [...files.values()];
  const filesKnown = work.filesKnown && !readsIncomplete;
  return sightOf({ ...work, filesKnown }, all, countedFiles(work, all));
}

/** The files of the work by the layer's own `diff.base`; undefined: not known. */
function workSeenBy(
  policy: CompiledPolicy,
  { files, byBase }: Facts,
): { readonly files: readonly FactFile[]; readonly complete: boolean } | undefined {
  const base = policy.source.diff?.base ?? 'session';
  if (base === 'session' || byBase === undefined) return files && { files, complete: true };
  const whole = byBase[base];
  if (whole === undefined) return files && { files, complete: false };
  const counted = new Set(whole.map(({ path }) => path));
  return {
    files: [...whole, ...(files ?? []).filter(({ path }) => !counted.has(path))],
    complete: files !== undefined,
  };
}

/** Whose eyes a request is seen with. */
type Eye = Pick<Sight, 'policy' | 'facts' | 'setsOf' | 'byMarks'>;

function sightOf(
  { policy, facts, setsOf, size, byMarks, filesKnown }: Eye & Pick<Sight, 'size' | 'filesKnown'>,
  files: readonly FactFile[],
  countedFiles: readonly FactFile[],
): Sight {
  const counted = countedFiles.map((file) => file.path);
  const touched = files.map((file) => file.path);
  const countedHits = new Map<number, number>();
  for (const [sets, paths] of byAnswer(counted, setsOf)) {
    for (const set of sets) countedHits.set(set, (countedHits.get(set) ?? 0) + paths);
  }
  const touchedHits = new Set<number>();
  for (const sets of byAnswer(touched, setsOf).keys()) for (const set of sets) touchedHits.add(set);
  let known: ReadonlySet<string | undefined> | undefined;
  const languages = (): ReadonlySet<string | undefined> => {
    known ??= new Set(counted.map((path) => languageIn(facts, path)));
    return known;
  };
  return {
    facts,
    policy,
    filesKnown,
    byMarks,
    counted,
    touched,
    countedHits,
    touchedHits,
    size,
    setsOf,
    wordsOfText: wordsIn(facts),
    languages,
  };
}

/** The same files, in a request that says something else. */
export function withWordsOf(facts: Facts, sight: Sight): Sight {
  return { ...sight, facts, wordsOfText: wordsIn(facts) };
}

/** The words of a request, found when they are first asked for. */
export function wordsIn({ text }: Facts): Sight['wordsOfText'] {
  let words: Words | undefined;
  return () => {
    if (text !== undefined) words ??= wordsOf(normaliseWords(text.slice(0, KEYWORD_TEXT_LIMIT)));
    return words;
  };
}

/** How many paths have each answer of the index, which gives the same array for the same answer: a few for many files. */
function byAnswer(paths: readonly string[], setsOf: SetsOf): ReadonlyMap<readonly number[], number> {
  const counts = new Map<readonly number[], number>();
  for (const path of paths) {
    const sets = setsOf(path);
    counts.set(sets, (counts.get(sets) ?? 0) + 1);
  }
  return counts;
}

/** Generated and ignored files do not count, unless nothing else is left. */
function countedFiles({ policy, setsOf, byMarks }: Eye, files: readonly FactFile[]): readonly FactFile[] {
  const left = files.filter(
    (file) =>
      !((byMarks ? file.generated : undefined) ?? isGenerated(file.path)) &&
      !matches(setsOf, file.path, policy.ignoreSet),
  );
  return left.length > 0 ? left : files;
}

/** @param complete false where more files may be worked on: every number is then a lower bound */
function sizeOf({ policy, setsOf }: Eye, counted: readonly FactFile[], complete: boolean): WorkSize {
  const modules = new Set<string>();
  for (const file of counted) {
    const supports = isSupport(file.path) || matches(setsOf, file.path, policy.supportSet);
    if (!supports) modules.add(moduleOf(policy, file, setsOf));
  }
  const added = sum(
    counted.map((file) => file.added),
    complete,
  );
  const deleted = sum(
    counted.map((file) => file.deleted),
    complete,
  );
  return {
    measures: {
      files: { least: counted.length, exact: complete },
      lines: { least: added.least + deleted.least, exact: added.exact && deleted.exact },
      added,
      deleted,
      modules: { least: modules.size, exact: complete },
    },
    modules: [...modules].sort(),
  };
}

/**
 * The module of one code file: what the policy names, then the nearest folder among the policy's `roots`, then the
 * top-level folder where the policy asks for that, then what the repository's manifests said, then what the path suggests.
 */
function moduleOf(policy: CompiledPolicy, file: FactFile, setsOf: SetsOf): string {
  const { path } = file;
  let named: NamedModule | undefined;
  for (const set of policy.namedModules.size === 0 ? [] : setsOf(path)) {
    const candidate = policy.namedModules.get(set);
    if (candidate !== undefined && (named === undefined || candidate.place < named.place)) named = candidate;
  }
  if (named !== undefined) return named.name;
  if (policy.rootsSet !== undefined) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      if (matches(setsOf, folder, policy.rootsSet)) return folder;
    }
  }
  const setting = policy.source.modules;
  const from = (typeof setting === 'object' ? setting.from : setting) ?? 'auto';
  if (from === 'top-level') return path.includes('/') ? path.slice(0, path.indexOf('/')) : ROOT_MODULE;
  return file.modules?.[from] ?? file.module ?? moduleBySegments(path);
}

/** The language of a path: what the editor says, else what its name says; undefined when neither knows. */
export function languageIn(facts: Facts, path: string): string | undefined {
  const languages = facts.languages;
  if (languages !== undefined && Object.hasOwn(languages, path)) return languages[path];
  return languageOf(path);
}

/** The index's answers, each asked for once in a decision: its own memory is bounded, and five places ask. */
function rememberSets({ index }: CompiledPolicy): SetsOf {
  const known = new Map<string, readonly number[]>();
  return (path) => {
    const sets = known.get(path) ?? index.match(path);
    known.set(path, sets);
    return sets;
  };
}

function matches(setsOf: SetsOf, path: string, set: number | undefined): boolean {
  return set !== undefined && setsOf(path).includes(set);
}

function sum(counts: readonly (number | undefined)[], complete: boolean): Measure {
  let least = 0;
  let exact = complete;
  for (const count of counts) {
    if (count === undefined) exact = false;
    else least += count;
  }
  return { least, exact };
}
