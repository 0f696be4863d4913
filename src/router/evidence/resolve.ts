import { posix } from 'node:path';
import type { Workspace } from '../../workspace/workspace.ts';
import type { Evidence } from './evidence.ts';
import type { GuardedFiles } from './guardedFiles.ts';
import type { Mention, MentionRole } from './mention.ts';
import { placeOf } from './places.ts';
import { filesOf, filesUnder, mostPatterns, reachedFiles } from './reach.ts';

/** What a request works on and what it merely sends, repository-relative; paths outside are without a root. */
export interface Resolved {
  readonly worked: readonly string[];
  /** Those of `worked` that are so for having been edited, and for nothing else. */
  readonly edited: readonly string[];
  readonly read: readonly string[];
  /** Open in the editor: work only where nothing better is known. */
  readonly current: readonly string[];
  /** Something was read that nobody here can name. */
  readonly incomplete: boolean;
}

const work: ReadonlySet<MentionRole> = new Set(['edited', 'attached', 'selected', 'named', 'mentioned']);
/** Named in words alone: only a file that exists is meant. */
const spokenOf: ReadonlySet<MentionRole> = new Set(['named', 'mentioned']);
/** Looked at on the disk at a time. */
const batch = 64;

/** Finds the files that the mentions mean. `guarded` is left out where no constraint guards any. */
export async function resolveMentions(
  { root }: Workspace,
  { mentions }: Pick<Evidence, 'mentions'>,
  guarded: GuardedFiles | undefined,
): Promise<Resolved> {
  const worked = new Set<string>();
  const edited = new Set<string>();
  const given = new Set<string>();
  const read = new Set<string>();
  const current = new Set<string>();
  let incomplete = false;
  let patterns = 0;
  const onDisk: Mention[] = [];
  for (const mention of mentions) {
    if (mention.proof !== 'guarded') onDisk.push(mention);
    else if (guarded?.paths.has(posix.normalize(mention.path))) read.add(posix.normalize(mention.path));
    else if (guarded) for (const path of under(mention, posix.normalize(mention.path), guarded)) read.add(path);
    if (guarded && mention.reach !== 'listed' && /[*?[{]/.test(mention.path) && patterns++ < mostPatterns) {
      const reach = mention.reach === 'given' && !mention.path.includes('**') ? 'printed' : mention.reach;
      for (const path of reachedFiles(filesOf(mention.path, guarded, root), guarded, reach)) read.add(path);
    }
  }
  for (let from = 0; from < onDisk.length; from += batch) {
    const some = onDisk.slice(from, from + batch);
    const places = await Promise.all(some.map((mention) => placeOf(root, mention)));
    places.forEach((place, at) => {
      const mention = some[at];
      if (mention === undefined || place.kind === 'none') return;
      const { role } = mention;
      if (place.kind === 'unknown') incomplete ||= !spokenOf.has(role) && role !== 'current';
      else if (place.kind === 'folder') {
        if (guarded && role === 'read') for (const path of under(mention, place.path, guarded)) read.add(path);
      } else if (!place.inside) {
        // Nobody's work here, but its text may go out: constraints are shown it.
        if (!spokenOf.has(role) && role !== 'current') read.add(place.path);
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
    current: [...current],
    incomplete,
  };
}

function under(mention: Mention, folder: string, guarded: GuardedFiles): readonly string[] {
  return mention.reach === 'listed' ? [] : reachedFiles(filesUnder(folder, guarded), guarded, mention.reach);
}
