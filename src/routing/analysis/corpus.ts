import { createMemo } from '../../policy/analysis/memo.ts';
import { findPath, type PathSet, pathSetOf } from '../../policy/analysis/pathSets.ts';
import type { CompiledPolicy } from '../../policy/compiled.ts';
import type { LayeredPolicy } from '../../policy/layers.ts';
import { requestKinds, type When } from '../../policy/schema.ts';
import { whenPlaces } from '../../policy/walk.ts';
import type { FactFile, Facts } from '../facts.ts';
import { languageOf } from '../languages.ts';
import { isGenerated, isSupport } from '../paths.ts';

/** Requests that a policy cannot tell apart, with what they are about for people. */
export interface Sample {
  readonly facts: Facts;
  /** Files of the repository, or a description each of what was made up. */
  readonly about: readonly string[];
  readonly isOfFiles: boolean;
}

/** Glob lists that only one of the policies has, compared with those of the other; more would take long. */
const MOST_COMPARED = 40;

/**
 * Requests on which two policies may differ: the repository's files, one for each group that neither policy can tell
 * apart, in every kind of request; a path for each glob that matches none of them, and for what one glob list matches
 * and its successor does not; sizes on both sides of every limit; and each branch, word and claim that is named.
 */
export function corpusOf(before: LayeredPolicy, after: LayeredPolicy, files: readonly FactFile[]): readonly Sample[] {
  const policies = [before, after].map(({ layers }) => layers.map(({ policy }) => policy));
  const all = [...new Set(policies.flat())];
  const groups = groupsOf(all, files);
  const madeUp = witnesses(policies[0] ?? [], policies[1] ?? [], new Set(groups.map(({ key }) => key)), all);
  const paths = [
    ...groups.map(({ file, paths: about }) => ({ file, about, isOfFiles: true })),
    ...madeUp.map((path) => ({ file: { path }, about: [`${path} (no such file yet)`], isOfFiles: false })),
  ];
  const onPaths = paths.flatMap(({ file, about, isOfFiles }) =>
    requestKinds.map((kind): Sample => ({ facts: factsOn(kind, [file]), about, isOfFiles })),
  );
  const whens = all.flatMap(({ source }) => [...whenPlaces(source)].map(({ value }) => value));
  return [...onPaths, ...sizes(whens), ...claims(whens)];
}

interface Group {
  readonly key: string;
  readonly file: FactFile;
  readonly paths: string[];
}

function groupsOf(policies: readonly CompiledPolicy[], files: readonly FactFile[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const file of files) {
    const key = signatureOf(policies, file);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { key, file, paths: [file.path] });
    else known.paths.push(file.path);
  }
  return [...groups.values()];
}

/** Everything that a decision about one file depends on. */
function signatureOf(policies: readonly CompiledPolicy[], { path, generated }: FactFile): string {
  const sets = policies.map(({ index }) => index.match(path).join(','));
  return [...sets, languageOf(path) ?? '', generated ?? isGenerated(path), isSupport(path)].join(' ');
}

/** Made-up paths that behave like no file of the repository. */
function witnesses(
  before: readonly CompiledPolicy[],
  after: readonly CompiledPolicy[],
  known: ReadonlySet<string>,
  all: readonly CompiledPolicy[],
): readonly string[] {
  const memo = createMemo();
  const listsOf = (policies: readonly CompiledPolicy[]): Map<string, PathSet> => {
    const lists = new Map<string, PathSet>();
    for (const { patterns } of policies.flatMap(({ index }) => index.sets)) {
      const set = pathSetOf(patterns, memo);
      if (set !== undefined) lists.set(JSON.stringify(patterns), set);
    }
    return lists;
  };
  const [old, fresh] = [listsOf(before), listsOf(after)];
  const gone = [...old].filter(([text]) => !fresh.has(text)).slice(0, MOST_COMPARED);
  const come = [...fresh].filter(([text]) => !old.has(text)).slice(0, MOST_COMPARED);
  const searches = [
    ...[...new Map([...old, ...fresh]).values()].map((set) => findPath([set], [], memo)),
    ...gone.flatMap(([, was]) => come.flatMap(([, is]) => [findPath([was], [is], memo), findPath([is], [was], memo)])),
  ];
  const seen = new Set(known);
  return searches.flatMap((search) => {
    if (search.kind !== 'found') return [];
    const key = signatureOf(all, { path: search.path });
    if (seen.has(key)) return [];
    seen.add(key);
    return [search.path];
  });
}

function factsOn(kind: Facts['kind'], files: readonly FactFile[]): Facts {
  return { kind, files: files.map((file) => ({ added: 10, deleted: 5, ...file })), reads: [] };
}

/** Numbers on both sides of every limit that some condition sets, and a few usual ones. */
function limitsOf(
  whens: readonly When[],
  measure: 'files' | 'lines' | 'added' | 'deleted' | 'modules',
): readonly number[] {
  const numbers = whens.flatMap(({ diff }) => {
    const written = diff?.[measure];
    if (written === undefined) return [];
    return (String(written).match(/\d+/g) ?? []).map(Number).flatMap((number) => [number - 1, number, number + 1]);
  });
  return [...new Set([1, 2, ...numbers])].filter((number) => number >= 1 && number <= 100_000).slice(0, 60);
}

/** Changes of code in every combination of modules and lines that matters, and in every number of files. */
function sizes(whens: readonly When[]): readonly Sample[] {
  const lines = [...new Set((['lines', 'added', 'deleted'] as const).flatMap((measure) => limitsOf(whens, measure)))];
  const shapes = [
    ...limitsOf(whens, 'modules').flatMap((modules) =>
      lines.map((number) => ({ modules, lines: number, files: modules })),
    ),
    ...limitsOf(whens, 'files').map((files) => ({ modules: 1, lines: files, files })),
  ].filter(({ files }) => files <= 1_000);
  return shapes.flatMap((shape) => {
    const file = (place: number): FactFile => ({
      path: `src/m${place % shape.modules}/f${place}.ts`,
      module: `src/m${place % shape.modules}`,
      // The first one has what does not divide.
      added: Math.floor(shape.lines / shape.files) + (place === 0 ? shape.lines % shape.files : 0),
      deleted: 0,
    });
    const files = Array.from({ length: shape.files }, (_, place) => file(place));
    const about = [`a change of ${shape.lines} lines in ${shape.files} files and ${shape.modules} modules`];
    return (['edit', 'agent', 'review'] as const).map(
      (kind): Sample => ({ facts: { kind, files, reads: [] }, about, isOfFiles: false }),
    );
  });
}

/** A request for each branch, word and claim that some condition names, about a file of code and about none. */
function claims(whens: readonly When[]): readonly Sample[] {
  const memo = createMemo();
  const bare = requestKinds.map((kind) => ({
    about: `a ${kind} about no file`,
    facts: { kind, files: [], reads: [] },
  }));
  const file = { path: 'src/m0/f0.ts', added: 10, deleted: 5 };
  const claimed = whens.flatMap((when) => [
    ...(when.branch ?? []).flatMap((glob) => {
      const set = pathSetOf([glob], memo);
      const found = set && findPath([set], [], memo);
      return found?.kind === 'found' ? [{ about: `on the branch ${found.path}`, branch: found.path }] : [];
    }),
    ...(when.client ?? []).map((client) => ({ about: `from the client ${client}`, client })),
    ...(when.team ?? []).map((team) => ({ about: `from the team ${team}`, team })),
    ...(when.intent ?? []).map((intent) => ({ about: `with the intent ${intent}`, intent })),
    ...(when.keywords ?? []).map((text) => ({ about: `that says "${text}"`, text })),
    ...contexts(when),
  ]);
  return [
    ...bare.map(({ about, facts }): Sample => ({ facts, about: [about], isOfFiles: false })),
    ...claimed.flatMap(({ about, ...facts }) =>
      (['chat', 'agent'] as const).map((kind): Sample => {
        const files = kind === 'chat' ? [] : [file];
        return { facts: { kind, files, reads: [], ...facts }, about: [`a ${kind} ${about}`], isOfFiles: false };
      }),
    ),
  ];
}

function contexts({
  context,
}: When): readonly { readonly about: string; readonly context: Facts['context'] & object }[] {
  if (context === undefined) return [];
  const { tokens, images, tools } = context;
  return [
    ...(tokens === undefined ? [] : (String(tokens).match(/\d+/g) ?? []).map(Number))
      .flatMap((number) => [Math.max(0, number - 1), number, number + 1])
      .map((number) => ({ about: `with ${number} tokens`, context: { tokens: number } })),
    ...(images === undefined ? [] : [{ about: 'with an image', context: { images: true } }]),
    ...(tools === undefined ? [] : [{ about: 'with tools', context: { tools: true } }]),
  ];
}
