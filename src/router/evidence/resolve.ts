import { posix } from 'node:path';
import type { Workspace } from '../../workspace/workspace.ts';
import { guardedByName } from './byName.ts';
import type { Evidence } from './evidence.ts';
import type { GuardedFiles } from './guardedFiles.ts';
import type { Mention, MentionRole } from './mention.ts';
import { PlacesSeen, placeOf } from './places.ts';
import { filesOf, filesUnder, mostPatterns, reachedFiles } from './reach.ts';

/** What a request works on and what it merely sends, repository-relative; paths outside are without a root. */
export interface Resolved {
  readonly worked: readonly string[];
  /** Those of `worked` that are so for having been edited, and for nothing else. */
  readonly edited: readonly string[];
  readonly read: readonly string[];
  /** Those of `read` that lie outside. */
  readonly outside: readonly string[];
  /** Open in the editor: work only where nothing better is known. */
  readonly current: readonly string[];
  /** Something was read that nobody here can name. */
  readonly incomplete: boolean;
  /** The mentions without which something else would have been found; of the others nothing is there. */
  readonly telling: ReadonlySet<Mention>;
}

const work: ReadonlySet<MentionRole> = new Set(['edited', 'attached', 'selected', 'named', 'mentioned']);
/** Named in words alone: only a file that exists is meant. */
const spokenOf: ReadonlySet<MentionRole> = new Set(['named', 'mentioned']);
/** Looked at on the disk at a time. */
const batch = 64;

/** Finds the files that the mentions mean. `guarded` is left out where no constraint guards any. */
export async function resolveMentions(
  { root }: Workspace,
  { mentions, more }: Pick<Evidence, 'mentions' | 'more'>,
  guarded: GuardedFiles | undefined,
): Promise<Resolved> {
  const further = guarded ? suspectsAmong(more, guarded, root) : { suspects: [], complete: more.length === 0 };
  const worked = new Set<string>();
  const edited = new Set<string>();
  const given = new Set<string>();
  const read = new Set<string>();
  const outside = new Set<string>();
  const current = new Set<string>();
  const telling = new Set<Mention>();
  let incomplete = !further.complete;
  let patterns = 0;
  const onDisk: Meant[] = [];
  const meant = [
    ...mentions.flatMap(everywhere),
    ...further.suspects.map((suspect): Meant => ({ written: suspect, mention: suspect })),
  ];
  for (const { written, mention } of meant) {
    if (mention.proof === 'name') {
      const named = guarded && guardedByName(mention.path, guarded, root);
      incomplete ||= named?.kind === 'unknown';
      if (named?.kind === 'unknown') telling.add(written);
      if (named?.kind !== 'found') continue;
      telling.add(written);
      read.add(named.path);
      if (!named.inside) outside.add(named.path);
      continue;
    }
    const before = read.size;
    if (mention.proof !== 'guarded') onDisk.push({ written, mention });
    else if (guarded?.paths.has(posix.normalize(mention.path))) read.add(posix.normalize(mention.path));
    else if (guarded) for (const path of under(mention, posix.normalize(mention.path), guarded)) read.add(path);
    if (guarded && mention.reach !== 'listed' && /[*?[{]/.test(mention.path) && patterns++ < mostPatterns) {
      const reach = mention.reach === 'given' && !mention.path.includes('**') ? 'printed' : mention.reach;
      for (const path of reachedFiles(filesOf(mention.path, guarded, root), guarded, reach)) read.add(path);
      telling.add(written);
    }
    // What another has told already it would tell without that one.
    if (read.size > before || (mention.proof === 'guarded' && read.size > 0)) telling.add(written);
  }
  const seen = new PlacesSeen();
  for (let from = 0; from < onDisk.length; from += batch) {
    const some = onDisk.slice(from, from + batch);
    const places = await Promise.all(some.map(({ mention }) => placeOf(root, mention, seen)));
    places.forEach((place, at) => {
      const { written, mention } = some[at] ?? {};
      if (written === undefined || mention === undefined || place.kind === 'none') return;
      telling.add(written);
      const { role } = mention;
      if (place.kind === 'unknown') incomplete ||= !spokenOf.has(role) && role !== 'current';
      else if (place.kind === 'folder') {
        if (guarded && role === 'read') for (const path of under(mention, place.path, guarded)) read.add(path);
      } else if (!place.inside) {
        // Nobody's work here, but its text may go out: constraints are shown it.
        if (spokenOf.has(role) || role === 'current') return;
        read.add(place.path);
        outside.add(place.path);
      } else if (role === 'mentioned' && guarded?.isGuarded(place.path)) return;
      else if (work.has(role)) {
        worked.add(place.path);
        (role === 'edited' ? edited : given).add(place.path);
      } else if (role === 'current') current.add(place.path);
      else read.add(place.path);
    });
  }
  return {
    worked: [...worked],
    edited: [...edited].filter((path) => !given.has(path)),
    read: [...read],
    outside: [...outside],
    current: [...current],
    incomplete,
    telling,
  };
}

/** One of the places that a mention may mean. */
interface Meant {
  readonly written: Mention;
  readonly mention: Mention;
}

/** A mention in each place where it may be meant. */
function everywhere(written: Mention): readonly Meant[] {
  const { within, ...here } = written;
  const places = within?.map((folder) => ({ ...here, path: posix.join(folder, here.path) })) ?? [];
  return [here, ...places].map((mention) => ({ written, mention }));
}

/** Looked up at most of those mentions that may mean a guarded file. */
const mostSuspects = 5_000;

/** The mentions that may mean a guarded file, told without a look at the disk. */
function suspectsAmong(
  mentions: readonly Mention[],
  { paths, isGuarded }: GuardedFiles,
  root: string,
): { readonly suspects: readonly Mention[]; readonly complete: boolean } {
  const suspects: Mention[] = [];
  if (mentions.length === 0) return { suspects, complete: true };
  const known = new Set(paths);
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      if (known.has(folder)) break;
      known.add(folder);
    }
  }
  const mayMean = ({ path, proof }: Mention): boolean => {
    if (proof === 'name' || /^(?:[a-z][\w+-]*:|~)|[\\%]/i.test(path)) return true;
    const within = path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
    const short = /(?:^|\/)\.{0,2}(?:\/|$)/.test(within) ? posix.normalize(within).replace(/\/$/, '') : within;
    if (known.has(short)) return true;
    // What need not be on the disk is judged by its name.
    return (proof === 'nothing' || path.startsWith('/')) && isGuarded(short.replace(/^\/+/, ''));
  };
  const names = new Set(Array.from(known, (path) => path.slice(path.lastIndexOf('/') + 1)));
  for (const mention of mentions) {
    const name = posix.basename(mention.path);
    // A path in a folder can only be a guarded one that has its name.
    const isWorthIt = names.has(name) || name === '..' || name === '.';
    const places = isWorthIt ? everywhere(mention).map((one) => one.mention) : [mention];
    for (const place of places) {
      if (!mayMean(place)) continue;
      if (suspects.length === mostSuspects) return { suspects, complete: false };
      suspects.push(place);
    }
  }
  return { suspects, complete: true };
}

function under(mention: Mention, folder: string, guarded: GuardedFiles): readonly string[] {
  return mention.reach === 'listed' ? [] : reachedFiles(filesUnder(folder, guarded), guarded, mention.reach);
}
