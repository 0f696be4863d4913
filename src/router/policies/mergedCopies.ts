import { createHash } from 'node:crypto';
import { realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { readRegularFile } from '../../workspace/untracked.ts';
import { bounds } from './bounds.ts';
import { asText, type Ground, type TextRead } from './ground.ts';
import { replaceFile } from './replaceFile.ts';

/** A merged policy as git last told it, with all files of the same commit that it extends. */
export interface MergedCopy {
  readonly from: 'head' | 'default-branch';
  readonly commit: string;
  /** Texts by repository-relative path. */
  readonly files: Readonly<Record<string, string>>;
}

const record = z.object({
  root: z.string(),
  from: z.enum(['head', 'default-branch']),
  commit: z.string(),
  files: z.record(z.string(), z.string()),
});

/**
 * The merged policies of repositories, kept in the user's state folder so that they hold also after a restart while git
 * cannot read them. One file a repository, readable by that user alone.
 */
export class MergedCopies {
  readonly #folder: string | undefined;

  /** @param stateFolder left out where there is none: nothing is kept then */
  constructor(stateFolder: string | undefined) {
    this.#folder = stateFolder === undefined ? undefined : join(stateFolder, 'merged');
  }

  /** Undefined where nothing is kept, or what is kept is damaged: who asks goes without, and says so. */
  async read(root: string): Promise<MergedCopy | undefined> {
    const folder = this.#folder && (await realpath(this.#folder).catch(() => undefined)); // nothing was kept yet
    if (folder === undefined) return undefined;
    const file = await readRegularFile(folder, join(folder, nameOf(root)), bounds.bytesInAll * 2);
    if (file.kind !== 'content') return undefined;
    const { data } = record.safeParse(parsed(file.bytes.toString('utf8')));
    return data?.root === root ? data : undefined;
  }

  /** @throws when the disk does not take it */
  async keep(root: string, copy: MergedCopy): Promise<void> {
    if (this.#folder === undefined) return;
    const text = JSON.stringify({ root, ...copy } satisfies z.infer<typeof record>);
    await replaceFile(join(this.#folder, nameOf(root)), text);
  }

  /** @throws when the disk does not let it go */
  async forget(root: string): Promise<void> {
    if (this.#folder !== undefined) await rm(join(this.#folder, nameOf(root)), { force: true });
  }
}

/** The files of a copy, in place of the commit that it was made of. */
export function copyGround(root: string, { from, commit, files }: MergedCopy): Ground {
  return {
    id: `commit ${commit}`,
    root,
    words: from === 'head' ? ' on HEAD' : ' on the default branch',
    watched: () => undefined,
    read: async (path): Promise<TextRead> => {
      const text = Object.hasOwn(files, path) ? files[path] : undefined;
      return text === undefined
        ? { kind: 'mistake', message: 'There was no such file when the merged policy was last read.' }
        : asText(Buffer.from(text));
    },
  };
}

/** A ground that notes what is read of it. */
export function noting(ground: Ground): {
  readonly ground: Ground;
  /** What was read; undefined where some of it could not be. */
  files(): Readonly<Record<string, string>> | undefined;
} {
  const read = new Map<string, string>();
  let isWhole = true;
  return {
    ground: {
      ...ground,
      read: async (path, signal) => {
        const found = await ground.read(path, signal);
        if (found.kind === 'text') read.set(path, found.text);
        else isWhole = false;
        return found;
      },
    },
    files: () => (isWhole ? Object.fromEntries(read) : undefined),
  };
}

function nameOf(root: string): string {
  return `${createHash('sha256').update(root).digest('hex')}.json`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // damaged: there is no copy
  }
}
