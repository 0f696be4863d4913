import { posix } from 'node:path';
import type { GuardedFiles } from './guardedFiles.ts';
import { SOMEWHERE } from './shellWords.ts';

/** A guarded path, without a root; one that the pattern may have matched, where there is a pattern. */
export type Named =
  | { readonly kind: 'found'; readonly path: string; readonly inside: boolean }
  | { readonly kind: 'none' }
  /** It cannot be told. */
  | { readonly kind: 'unknown' };

const none: Named = { kind: 'none' };

/**
 * What a command was given to print, where that is a guarded file by its name. A path in a folder that only the shell knew,
 * or on some other machine, is judged by what is known of it. Patterns that mean files of the workspace are left to what
 * lies there; of others nobody here knows what they matched, so one that may name a guarded file does.
 */
export function guardedByName(written: string, { isGuarded, namedBy }: GuardedFiles, root: string): Named {
  const unknown = written.lastIndexOf(SOMEWHERE);
  const path = posix.normalize(unknown < 0 ? written : written.slice(unknown + SOMEWHERE.length));
  const isWithin = path.startsWith(`${root}/`);
  const inside = unknown < 0 && (isWithin || !/^(?:\/|\.\.\/|~)/.test(path));
  const short = isWithin ? path.slice(root.length + 1) : path.replace(/^(?:\.\.\/|\/|~[^/]*\/)+/, '');
  if (short === '' || short === '.' || short === '..') return none;
  if (!/[*?[{]/.test(short)) return isGuarded(short) ? { kind: 'found', path: short, inside } : none;
  if (inside) return none;
  const found = namedBy(visibleOnly(short));
  return found.kind === 'found' ? { ...found, inside } : found;
}

/** A shell's pattern as one of ours: at the start of a name its `*` and `?` do not stand for a dot. */
function visibleOnly(pattern: string): string {
  return pattern
    .split('/')
    .map((name) => {
      if (name.startsWith('?')) return `[!.]${name.slice(1)}`;
      if (!name.startsWith('*') || /[{}]/.test(name)) return name;
      const rest = name.replace(/^\*+/, '');
      return rest === '' || rest.startsWith('.') ? `[!.]*${rest}` : `{${rest},[!.]*${rest}}`;
    })
    .join('/');
}
