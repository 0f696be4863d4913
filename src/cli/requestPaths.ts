import type { RequestFacts } from '../policy/schema.ts';
import { toRepositoryPath } from '../workspace/workingPaths.ts';
import { CommandError } from './command.ts';

/** A path with its root, of any system. */
const ABSOLUTE = /^(?:[\\/]|[A-Za-z]:)/;
const DRIVE = /^(?:[\\/]{2}|[A-Za-z]:)/;

/**
 * A request with its paths as globs see them, so that a guard of `.env` also holds for `./.env` and `sub\..\.env`, and one
 * of `pii/**` for an absolute path into the repository.
 *
 * @param root the repository's folder, asked for when a path is absolute
 * @throws {CommandError} where a path names no file, or one outside of the repository
 */
export function withPlainPaths(
  request: RequestFacts,
  root: () => Promise<string>,
): RequestFacts | Promise<RequestFacts> {
  const { files, reads } = request;
  const written = [...(files ?? []).map((file) => (typeof file === 'string' ? file : file.path)), ...(reads ?? [])];
  const absolute = written.filter((path) => ABSOLUTE.test(path));
  // Thousands of requests a second have none, and none of those waits.
  if (absolute.length === 0) return withPaths(request, plainPath);
  return placed(absolute, root).then((ways) => withPaths(request, (path) => plainPath(ways.get(path) ?? path)));
}

function withPaths(request: RequestFacts, plain: (path: string) => string): RequestFacts {
  const { files, reads } = request;
  return {
    ...request,
    ...(files === undefined
      ? {}
      : {
          files: onePerPath(
            files.map((file) => (typeof file === 'string' ? plain(file) : { ...file, path: plain(file.path) })),
          ),
        }),
    ...(reads === undefined ? {} : { reads: reads.map(plain) }),
  };
}

type RequestFile = NonNullable<RequestFacts['files']>[number];

/** A file that is named twice is one file, with the sizes that were told of it first. */
function onePerPath(files: readonly RequestFile[]): RequestFile[] {
  const known = new Map<string, RequestFile>();
  for (const file of files) {
    const path = typeof file === 'string' ? file : file.path;
    const before = known.get(path);
    if (before === undefined || (typeof before === 'string' && typeof file === 'object')) known.set(path, file);
  }
  return [...known.values()];
}

/** The way to each of these files from the root of the repository. */
async function placed(absolute: readonly string[], rootOf: () => Promise<string>): Promise<Map<string, string>> {
  const root = await rootOf();
  const ways = new Map<string, string>();
  for (const written of absolute) {
    const isElsewhere = process.platform !== 'win32' && DRIVE.test(written);
    const way = isElsewhere ? undefined : await toRepositoryPath(root, written.replaceAll('\\', '/'));
    if (way === undefined) {
      throw new CommandError(`"${written}" is no file in ${root}: name files in it, best by their paths from there.`);
    }
    ways.set(written, way);
  }
  return ways;
}

/**
 * A path of any system with "/" and without empty segments, "." and "..". By text alone: no repository is needed. What
 * leads out of it stands without its ways up, none of which a `**` glob would match.
 *
 * @throws {CommandError} where nothing but a folder is left of it
 */
export function plainPath(written: string): string {
  const segments: string[] = [];
  let last = '';
  for (const segment of written.replaceAll('\\', '/').split('/')) {
    if (segment === '' || segment === '.') continue;
    last = segment;
    if (segment === '..') segments.pop();
    else segments.push(segment);
  }
  if (segments.length === 0 || last === '..') throw new CommandError(`"${written}" names a folder: name files.`);
  return segments.join('/');
}
