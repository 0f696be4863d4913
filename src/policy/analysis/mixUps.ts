import type { DocumentPath } from '../document.ts';
import { type Finding, quote } from '../finding.ts';
import { readSign } from '../glob.ts';
import type { Policy, When } from '../schema.ts';
import type { Memo } from './memo.ts';
import { findPath, pathSetOf } from './pathSets.ts';

/** Words in a glob by which people mean tests or documentation, as a whole folder, name or part of a name. */
const TESTS_OR_DOCS =
  /(?:^|[/*._{,-])(?:tests?|specs?|__tests__|__snapshots__|e2e|snap|docs?|documentation|md|mdx|rst|adoc)(?:[/*._},-]|$)/i;

/** `files` (every file matches) where `touches` (some file does) is meant, and the other way round. */
export function mixedUpFiles(policy: Policy, memo: Memo): readonly Finding[] {
  const guards = (policy.constraints ?? []).flatMap(({ id, when }, index) =>
    when === undefined ? [] : guardMixUps(when, ['constraints', index, 'when'], id, memo),
  );
  const classes = (policy.classes ?? []).flatMap(({ id, when, review }, index) =>
    review === undefined && policy.routes?.[id]?.review === undefined
      ? classMixUps(when, ['classes', index, 'when'], id, memo)
      : [],
  );
  return [...guards, ...classes];
}

/** A guard must not be switched off by one file more: so not by `files`, nor by `touches` inside a `not`. */
function guardMixUps(when: When, path: DocumentPath, id: string, memo: Memo, isNegated = false): readonly Finding[] {
  const isOneFile = [when.kind].flat().every((kind) => kind === 'completion');
  const key = isNegated ? 'touches' : 'files';
  const written = when[key];
  const own =
    written === undefined || isOneFile || (!isNegated && when.touches !== undefined)
      ? []
      : guardFinding({ key, globs: written, path: [...path, key], id }, memo);
  const inner = when.not === undefined ? [] : guardMixUps(when.not, [...path, 'not'], id, memo, !isNegated);
  const branches = (when.anyOf ?? []).flatMap((branch, index) =>
    guardMixUps(branch, [...path, 'anyOf', index], id, memo, isNegated),
  );
  return [...own, ...inner, ...branches];
}

interface Written {
  readonly key: 'files' | 'touches';
  readonly globs: readonly string[];
  readonly path: DocumentPath;
  readonly id: string;
}

function guardFinding({ key, globs, path, id }: Written, memo: Memo): readonly Finding[] {
  const example = exampleFor(globs, memo);
  if (example === undefined) return [];
  const { inside, outside } = example;
  const message =
    key === 'files'
      ? `"files" asks that EVERY file matches, so one more file switches the guard ${quote(id)} off: it holds for ${quote(inside)}, not for ${quote(inside)} with ${quote(outside)}. Use "touches".`
      : `Inside "not", "touches" switches the guard ${quote(id)} off as soon as SOME file matches: it does not hold for ${quote(outside)} with ${quote(inside)}. Use "files".`;
  return [finding(key, path, message, [inside, outside])];
}

/** A class of tests or documentation that wins as soon as one such file is touched: most fixes touch a test. */
function classMixUps(when: When, path: DocumentPath, id: string, memo: Memo): readonly Finding[] {
  const { touches } = when;
  const added = (touches ?? []).map(readSign).filter(({ takesAway }) => !takesAway);
  if (touches === undefined || when.files !== undefined || added.length === 0) return [];
  if (!added.every(({ pattern }) => TESTS_OR_DOCS.test(pattern))) return [];
  const example = exampleFor(touches, memo);
  if (example === undefined) return [];
  const { inside, outside } = example;
  const message = `"touches" asks that SOME file matches, and about half of all fixes and features touch tests or documentation: ${quote(outside)} with ${quote(inside)} is ${quote(id)}, too. Use "files" for work on nothing else.`;
  return [finding('touches', [...path, 'touches'], message, [inside, outside])];
}

function finding(key: 'files' | 'touches', path: DocumentPath, message: string, paths: readonly string[]): Finding {
  const other = key === 'files' ? 'touches' : 'files';
  return {
    code: 'files-or-touches',
    severity: 'warning',
    message,
    path,
    part: 'key',
    fix: { title: `Change to "${other}"`, replacement: `"${other}"` },
    witness: { paths },
  };
}

/** A path that the list matches and one that it does not; undefined where there are not both. */
function exampleFor(
  globs: readonly string[],
  memo: Memo,
): { readonly inside: string; readonly outside: string } | undefined {
  const set = pathSetOf(globs, memo);
  const source = pathSetOf(['src/*.ts'], memo);
  if (set === undefined || source === undefined) return undefined;
  const inside = findPath([set], [], memo);
  const code = findPath([source], [set], memo);
  const outside = code.kind === 'found' ? code : findPath([], [set], memo);
  return inside.kind === 'found' && outside.kind === 'found'
    ? { inside: inside.path, outside: outside.path }
    : undefined;
}
