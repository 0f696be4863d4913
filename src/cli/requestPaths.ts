import type { RequestFacts } from '../policy/schema.ts';
import { CommandError } from './command.ts';

/**
 * A request with its paths as globs see them, so that a guard of `.env` also holds for `./.env` and `sub\..\.env`.
 *
 * @throws {CommandError} where a path names no file
 */
export function withPlainPaths(request: RequestFacts): RequestFacts {
  const { files, reads } = request;
  return {
    ...request,
    ...(files === undefined
      ? {}
      : {
          files: files.map((file) =>
            typeof file === 'string' ? plainPath(file) : { ...file, path: plainPath(file.path) },
          ),
        }),
    ...(reads === undefined ? {} : { reads: reads.map(plainPath) }),
  };
}

/**
 * A path of any system with "/" and without empty segments, "." and "..". By text alone: no repository is needed. What
 * leads out of it stands without its root, its drive or its ways up, none of which a `**` glob would match.
 *
 * @throws {CommandError} where nothing but a folder is left of it
 */
export function plainPath(written: string): string {
  const segments: string[] = [];
  let last = '';
  for (const segment of written
    .replaceAll('\\', '/')
    .replace(/^[A-Za-z]:/, '')
    .split('/')) {
    if (segment === '' || segment === '.') continue;
    last = segment;
    if (segment === '..') segments.pop();
    else segments.push(segment);
  }
  if (segments.length === 0 || last === '..') throw new CommandError(`"${written}" names a folder: name files.`);
  return segments.join('/');
}
