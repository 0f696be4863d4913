import { posix } from 'node:path';

/** The longest path that an operating system opens, in characters. */
export const longestPath = 4_096;

/** Letters that paths are made of, with a dot or a slash among them: `src/a.ts`, `.env`, `docs/LICENSE`. */
const pathLike = /^(?=.*[./\\].)[\p{L}\p{N}_@.+()[\]~\\/-]+$/u;
/** A name with neither: `LICENSE`, `id_rsa`. */
const bareName = /^[\p{L}\p{N}_@+~-]{2,255}$/u;

/** Other places than files; their paths are not of this machine. */
const address = /(?<![a-z0-9+.-])(?!(?:file|vscode-remote):)[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'`<>]*/gi;
/** A shell's variable before a slash is some folder: what follows it is looked for here. */
const variable = /\$\{?\w{1,100}\}?[\\/]/g;

/** A path as short as it goes, so that steps on the spot cannot hide it; undefined when no file can have such a path. */
export function shortPath(path: string): string | undefined {
  if (path.length <= 1_024) return path;
  const short = posix.normalize(path);
  return short.length <= longestPath ? short : undefined;
}

export function isPathLike(word: string): boolean {
  return pathLike.test(word);
}

/** Whether a value is one path as it stands, and not several, a range of lines, a pattern or a mention with `@`. */
export function isOnePath(value: string): boolean {
  return !/[\s,*?{}"'`]|^@|[^\\/]:\d|#L?\d/.test(value);
}

const quoted = /"([^"\n]+)"|'([^'\n]+)'/g;
const escaped = /(?:[^\s\\"']|\\[^\n])+/g;

/** Paths with spaces in them: a whole line, what stands between quotes, and words whose spaces a shell is told to keep. */
function* spacedPaths(text: string): Generator<string> {
  const found = [
    ...(text.length <= longestPath ? [text.trim()] : []),
    ...Array.from(text.matchAll(quoted), (match) => match[1] ?? match[2] ?? ''),
    ...Array.from(text.matchAll(escaped), ([word]) => word)
      .filter((word) => word.includes('\\ '))
      .map((word) => word.replaceAll('\\ ', ' ')),
  ];
  for (const path of found) {
    if (path.length <= longestPath && /\s/.test(path) && /^[^\n"{}<>|&;]*[./\\][^\n"{}<>|&;]*$/.test(path)) yield path;
  }
}

/** Words that may be paths: of a command, a pattern, a cut piece of JSON. The caller keeps those that are files. */
export function* pathWords(text: string): Generator<string> {
  yield* spacedPaths(text);
  const here = text.replace(address, ' ').replace(variable, ' ');
  for (const piece of here.split(/[\s"'`,;:!?<>|&=$^{}#%]+/)) {
    const word = shortPath(piece.replace(/^(?:\*+[\\/])+/, '').replace(/^[@([]+(?=[./~\p{L}\p{N}_])/u, ''));
    if (!word) continue;
    const bare = word.replace(/[)\].]+$/, '');
    if (isPathLike(bare)) yield bare;
    if (bare !== word && isPathLike(word)) yield word;
  }
}

/** Words with neither dot nor slash, which may be the names of files all the same; the first ones of a text. */
export function* bareWords(text: string): Generator<string> {
  for (const word of text.slice(0, longestPath).split(/[\s"'`,;:!?<>|&=$^{}#%()]+/)) {
    const name = word.replace(/^@|[\\/]$/g, '');
    if (bareName.test(name)) yield name;
  }
}

/** Words that may be patterns of several files, as a shell or a search expands them. */
export function* patternWords(text: string): Generator<string> {
  if (!/[*?[{]/.test(text)) return;
  for (const word of text.slice(0, longestPath).split(/[\s"'`;|&<>=$]+/)) {
    if (word.length <= 255 && /[*?[{]/.test(word) && /^[\p{L}\p{N}_@.+()[\]{}~\\/*?!,-]+$/u.test(word)) yield word;
  }
}
