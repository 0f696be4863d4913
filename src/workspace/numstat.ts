import { chunks } from './blobs.ts';
import type { LineChange } from './changes.ts';
import { GitError } from './gitError.ts';

/** Asks git; a rejection is a {@link GitError}. */
export type AskGit = (args: readonly string[]) => Promise<string>;

/**
 * What no line count says anything about, by its name. The content cannot tell, since one NUL byte hides a source file from
 * git's count, and neither can the repository's attributes, since whoever makes a change writes those too.
 */
const binaryName = new RegExp(
  `\\.(?:${[
    'png|jpe?g|gif|ico|icns|webp|avif|bmp|tiff?|heic|psd',
    'pdf|docx?|xlsx?|pptx?|od[tsp]',
    'zip|gz|tgz|bz2|xz|zst|7z|rar|tar|jar|war|vsix|whl|nupkg|apk|dmg',
    'woff2?|ttf|otf|eot',
    'mp3|mp4|m4a|wav|ogg|flac|webm|mov|avi|mkv',
    'exe|dll|so|dylib|a|o|class|pyc|wasm|bin',
    'sqlite3?|db|parquet|onnx|safetensors|gguf|npy|npz|pkl',
  ].join('|')})$`,
  'i',
);

/** Whether a file counts no lines. */
export function isBinaryName(path: string): boolean {
  return binaryName.test(path);
}

const DIFF = ['diff', '-z', '--no-renames', '--no-ext-diff', '--no-textconv', '--no-color'];
// What a submodule's own working tree holds is that repository's business, and asking would start git inside it.
const SUBMODULES = '--ignore-submodules=dirty';
const PATCH = ['--text', '--patch', '--unified=0', '--inter-hunk-context=0', '--submodule=short', '--no-prefix'];

/**
 * Added and deleted lines of each path that `git diff` names. `--numstat` gives none for what it takes for binary, by an
 * attribute or a NUL byte, and `--text` does not move it; such paths are counted from their patch, which heeds `--text`.
 * One whose patch cannot be had, as it is too large, is unknown.
 *
 * @param sides what is compared, as arguments of `git diff`
 * @param paths none: all
 * @throws {GitError}
 */
export async function countDiff(
  ask: AskGit,
  sides: readonly string[],
  paths: readonly string[],
): Promise<Map<string, LineChange>> {
  const counted = new Map<string, LineChange>();
  const hidden = new Set<string>();
  for (const { path, added, deleted } of parseNumstat(
    await ask([...DIFF, '--numstat', SUBMODULES, ...sides, '--', ...paths]),
  )) {
    if (isBinaryName(path)) {
      counted.set(path, { added: 0, deleted: 0, binary: true });
    } else if (added === undefined || deleted === undefined) {
      hidden.add(path);
    } else {
      const before = counted.get(path);
      counted.set(path, { added: (before?.added ?? 0) + added, deleted: (before?.deleted ?? 0) + deleted });
    }
  }
  for (const chunk of chunks([...hidden])) {
    const patched = countPatch(await patchOf(ask, [...DIFF, ...PATCH, SUBMODULES, ...sides, '--', ...chunk]));
    for (const path of chunk) counted.set(path, patched.get(path) ?? {});
  }
  return counted;
}

async function patchOf(ask: AskGit, args: readonly string[]): Promise<string> {
  try {
    return await ask(args);
  } catch (error) {
    // Lines that cannot be counted are unknown, never 0; only a cancelled question has no answer at all.
    if (error instanceof GitError && error.code !== 'aborted') return '';
    throw error;
  }
}

/** A record of `--numstat`; without numbers where git took the file for binary. */
export interface NumstatRecord {
  readonly path: string;
  readonly added: number | undefined;
  readonly deleted: number | undefined;
}

/** Records of `--numstat -z`: "added\tdeleted\tpath\0", with "-" for binary. A conflicted path has several. */
export function parseNumstat(output: string): readonly NumstatRecord[] {
  const numberOf = (text: string | undefined) => (text === '-' ? undefined : Number(text));
  return output.split('\0').flatMap((record) => {
    const match = /^\s*(\d+|-)\t(\d+|-)\t(.+)$/s.exec(record);
    return match === null ? [] : [{ path: match[3] ?? '', added: numberOf(match[1]), deleted: numberOf(match[2]) }];
  });
}

/**
 * Lines of each file of a patch without context. Lines of a file's content begin with "+" or "-", so none can pose as a
 * header; they end at LF alone, unlike those of a regular expression's `m`.
 */
function countPatch(patch: string): Map<string, { readonly added: number; readonly deleted: number }> {
  const counted = new Map<string, { added: number; deleted: number }>();
  let file = { added: 0, deleted: 0 };
  for (const line of patch.split('\n')) {
    if (line.startsWith('diff --git ')) {
      // Without prefixes and renames, the name stands there twice.
      const names = line.slice('diff --git '.length);
      const path = unquote(names.slice(0, (names.length - 1) / 2));
      file = counted.get(path) ?? { added: 0, deleted: 0 };
      counted.set(path, file);
    } else {
      const hunk = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
      if (hunk === null) continue;
      file.deleted += Number(hunk[1] ?? 1);
      file.added += Number(hunk[2] ?? 1);
    }
  }
  return counted;
}

const escapes: Readonly<Record<string, string>> = { a: '\x07', b: '\b', t: '\t', n: '\n', v: '\v', f: '\f', r: '\r' };

/** A name as git quotes odd ones (quote.c): in double quotes, with C's escapes; bytes above ASCII stay (`core.quotePath`). */
function unquote(name: string): string {
  if (!name.startsWith('"')) return name;
  return name.slice(1, -1).replace(/\\(?:([0-7]{3})|(.))/g, (_, octal: string | undefined, letter: string) => {
    return octal === undefined ? (escapes[letter] ?? letter) : String.fromCharCode(Number.parseInt(octal, 8));
  });
}
