import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isManifest } from '../routing/paths.ts';
import { type Recall, recall, remember, settledKey } from './recall.ts';

/** What matters of one folder. */
export interface FolderFacts {
  readonly hasManifest: boolean;
  readonly hasAttributes: boolean;
}

/** Looks at one folder of the working tree, named relative to the root ("" is the root). */
export type LookAtFolder = (folder: string) => Promise<FolderFacts>;

const NOTHING: FolderFacts = { hasManifest: false, hasAttributes: false };

/**
 * Looks at folders on the disk and remembers each until its own timestamp changes, which it does when an entry appears or
 * goes. So manifests that git does not know yet are seen, and a repository of any size costs a handful of stats.
 * The path must not lead through a symbolic link.
 */
export function folderReader(root: string): LookAtFolder {
  const seen: Recall<FolderFacts> = new Map();
  return async (folder) => {
    const absolute = join(root, folder);
    const key = await settledKey(absolute);
    const known = key && recall(seen, folder, key);
    if (known) return known;
    const facts = await look(absolute);
    if (key) remember(seen, folder, key, facts);
    return facts;
  };
}

/** The same for one question about many paths: each folder is looked at once. */
export function eachOnce(look: LookAtFolder): LookAtFolder {
  const seen = new Map<string, Promise<FolderFacts>>();
  return (folder) => {
    const found = seen.get(folder) ?? look(folder);
    seen.set(folder, found);
    return found;
  };
}

async function look(absolute: string): Promise<FolderFacts> {
  try {
    const names = await readdir(absolute);
    return { hasManifest: names.some(isManifest), hasAttributes: names.includes('.gitattributes') };
  } catch {
    // A folder that is gone or closed to us holds nothing that counts.
    return NOTHING;
  }
}

/** The ancestors of a path, nearest first, without the root. */
export function ancestorsOf(path: string): string[] {
  const ancestors: string[] = [];
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
    ancestors.push(path.slice(0, end));
  return ancestors;
}
