import { braceExpand, Minimatch, type MinimatchOptions } from 'minimatch';
import { countBraceExpansions, expandPlainBraces } from './braces.ts';
import type { GlobSet } from './compiled.ts';
import { limits } from './limits.ts';

/** How every glob in a policy is read: no shell habits, the same on every platform. */
export const globOptions = {
  dot: true,
  nocomment: true,
  nonegate: true,
  platform: 'linux',
  braceExpandMax: limits.braceExpansions,
} as const satisfies MinimatchOptions;

/** A glob apart from its sign. */
export interface SignedGlob {
  readonly takesAway: boolean;
  readonly pattern: string;
}

/** Splits off a leading `!`. `!(a|b)` is an extended pattern ("anything but"), not a sign. */
export function readSign(glob: string): SignedGlob {
  const takesAway = glob.startsWith('!') && !glob.startsWith('!(');
  return { takesAway, pattern: takesAway ? glob.slice(1) : glob };
}

/** Whether one glob, its sign taken off, matches a path. Compiled on first use: most globs of a large policy never are. */
export type PathMatcher = (path: string) => boolean;

/** A matcher for one unsigned pattern, by minimatch's rules. The pattern must have passed {@link findGlobProblem}. */
export function pathMatcher(pattern: string): PathMatcher {
  let compiled: Minimatch | undefined;
  return (path) => {
    compiled ??= new Minimatch(pattern, globOptions);
    return compiled.match(path);
  };
}

/**
 * One list of globs: a path matches when some pattern does and no `!pattern` takes it away, wherever that one stands in
 * the list. A list of only `!pattern` matches every path but those.
 */
export function globSet(
  id: number,
  patterns: readonly string[],
  matcherOf: (pattern: string) => PathMatcher = pathMatcher,
): GlobSet {
  const signed = patterns.map(readSign);
  const adds = signed.filter((glob) => !glob.takesAway).map((glob) => matcherOf(glob.pattern));
  const takesAway = signed.filter((glob) => glob.takesAway).map((glob) => matcherOf(glob.pattern));
  return {
    id,
    patterns,
    test: (path) =>
      (adds.length === 0 || adds.some((matches) => matches(path))) && !takesAway.some((matches) => matches(path)),
  };
}

/** What is wrong with a glob. A `deadly` one can never match or must not be run; the others most likely mean something else. */
export interface GlobProblem {
  readonly deadly: boolean;
  readonly message: string;
  /** The glob that was most likely meant. */
  readonly mended?: string;
}

/**
 * What is wrong with one glob of a policy, or undefined. Looks at the text, so that it is safe on any input; only a
 * pattern with parentheses or brackets is tried in minimatch itself.
 */
export function findGlobProblem(glob: string): GlobProblem | undefined {
  const { takesAway, pattern } = readSign(glob);
  const mend = (mended: string): { mended: string } => ({ mended: takesAway ? `!${mended}` : mended });
  if (glob.length > limits.globCharacters) {
    return {
      deadly: true,
      message: `This glob has ${glob.length} characters; the limit is ${limits.globCharacters}. Split it into several.`,
    };
  }
  if (pattern === '') return { deadly: true, message: 'A glob cannot be empty. Name the files that it stands for.' };
  if (expandsTooFar(pattern)) {
    return {
      deadly: true,
      message: `The braces of this glob expand to more than ${limits.braceExpansions} patterns. Use "*" or split it into several globs.`,
    };
  }
  return findPathProblem(pattern, mend) ?? findSyntaxProblem(pattern, mend);
}

/** Counted first, and only then expanded, with a bound, for the oddities that the count does not see. */
function expandsTooFar(pattern: string): boolean {
  if (!pattern.includes('{')) return false;
  if (countBraceExpansions(pattern) > limits.braceExpansions) return true;
  if (expandPlainBraces(pattern) !== undefined) return false;
  return braceExpand(pattern, { braceExpandMax: limits.braceExpansions + 1 }).length > limits.braceExpansions;
}

type Mend = (pattern: string) => { mended: string };

/** Shapes that no repository-relative path has. */
function findPathProblem(pattern: string, mend: Mend): GlobProblem | undefined {
  if (pattern.startsWith('/')) {
    const inside = pattern.replace(/^\/+/, '');
    return {
      deadly: true,
      message: 'Paths are relative to the repository, so a glob that begins with "/" matches nothing. Remove the "/".',
      ...(inside === '' ? {} : mend(inside)),
    };
  }
  const segments = pattern.split('/');
  if (segments.includes('.') || segments.includes('..')) {
    const inside = segments.filter((segment) => segment !== '.');
    return {
      deadly: true,
      message: 'Paths have no "." or ".." in them, so this glob matches nothing. Begin at the repository root.',
      ...(inside.length === 0 || segments.includes('..') ? {} : mend(inside.join('/'))),
    };
  }
  if (pattern.endsWith('/')) {
    return {
      deadly: true,
      message: 'Only files are matched, so a glob that ends with "/" matches nothing. End it with "/**".',
      ...mend(`${pattern}**`),
    };
  }
  return undefined;
}

/** Brackets, parentheses, backslashes and braces that are not what they seem; what is deadly is told first. */
function findSyntaxProblem(pattern: string, mend: Mend): GlobProblem | undefined {
  const hasBrackets = /[[(]/.test(pattern);
  const error = hasBrackets ? refusalOf(pattern) : undefined;
  if (error !== undefined) {
    return { deadly: true, message: `This glob cannot be used${error}. Write it without nested parentheses.` };
  }
  const backslash = /\\(?:[A-Za-z0-9_]|$)/.exec(pattern);
  if (backslash !== null) {
    const isLast = backslash.index === pattern.length - 1;
    return {
      deadly: isLast,
      message: isLast
        ? 'This glob ends with a "\\" that escapes nothing. Remove it, or write "/" between folders.'
        : 'A "\\" escapes the character after it; folders are separated by "/".',
      // One that was doubled once too often, or that stands beside a "/", is still one step down.
      ...(isLast ? {} : mend(pattern.replace(/\\[\\/]*/g, '/'))),
    };
  }
  const tight = withoutSpacesInBraces(pattern);
  if (tight !== pattern) {
    const message = 'A space in "{a, b}" is a part of the name that is looked for. Write "{a,b}".';
    return { deadly: false, message, ...mend(tight) };
  }
  if (hasBrackets && hasUnclosedBracket(pattern)) {
    return {
      deadly: false,
      message: 'This "[" is never closed, so it stands for itself. Close it, or write "\\\\[" to say that you mean it.',
    };
  }
  return undefined;
}

/** Why the matcher does not take a pattern, in brackets; undefined where it does. */
function refusalOf(pattern: string): string | undefined {
  try {
    new Minimatch(pattern, globOptions);
    return undefined;
  } catch (error) {
    return error instanceof Error ? ` (${error.message})` : '';
  }
}

/** The same with `{a, b}` as `{a,b}`: without spaces at the ends of alternatives, where hardly any file's name has one. */
function withoutSpacesInBraces(pattern: string): string {
  if (!pattern.includes(' ') || countBraceExpansions(pattern) === 1) return pattern;
  const lastClosed = pattern.lastIndexOf('}');
  let depth = 0;
  let tight = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at] ?? '';
    if (character === ' ' && depth > 0) {
      let end = at;
      while (pattern[end] === ' ') end += 1;
      const isAtAnEnd = /[{,]/.test(pattern[at - 1] ?? '') || /[,}]/.test(pattern[end] ?? '');
      if (!isAtAnEnd) tight += pattern.slice(at, end);
      at = end - 1;
      continue;
    }
    tight += character;
    if (character === '\\') tight += pattern[++at] ?? '';
    else if (character === '{' && at < lastClosed) depth += 1;
    else if (character === '}') depth -= 1;
  }
  return tight;
}

function hasUnclosedBracket(pattern: string): boolean {
  for (const segment of pattern.split('/')) {
    const bare = segment.replace(/\\./g, '');
    if (bare.lastIndexOf('[') > bare.lastIndexOf(']')) return true;
  }
  return false;
}
