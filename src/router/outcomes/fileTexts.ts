import { type BigIntStats, statSync } from 'node:fs';
import { join } from 'node:path';
import { isSameShown } from '../../workspace/looks.ts';
import { readRegularFile } from '../../workspace/untracked.ts';

/** Files larger than this are not watched, in bytes. */
const LARGEST_FILE = 1_000_000;
/** Texts that are kept, in characters; the least recently asked for goes first. */
const MOST_CHARACTERS = 8_000_000;

interface Known {
  readonly shown: BigIntStats;
  readonly text: string;
}

/** Texts of files as they lie on the disk, read again when their time or size is another: most are the same at each look. */
export class FileTexts {
  readonly #known = new Map<string, Known>();
  #characters = 0;

  /**
   * With plain line ends, empty where there is no such file; undefined where nothing can be said of it: it is no plain file, too
   * large, closed to us, or leads out of the root.
   *
   * @param seen plain files that were looked at a moment ago, by their absolute paths: how they are now nobody asks
   */
  async read(root: string, path: string, seen?: ReadonlyMap<string, BigIntStats>): Promise<string | undefined> {
    const absolute = join(root, path);
    const shown = withText(seen?.get(absolute) ?? statusOf(absolute));
    const known = this.#known.get(absolute);
    if (known !== undefined && isSameShown(known.shown, shown)) {
      this.#known.delete(absolute);
      this.#known.set(absolute, known);
      return known.text;
    }
    if (known !== undefined) this.#forget(absolute, known);
    const file = await readRegularFile(root, absolute, LARGEST_FILE);
    if (file.kind === 'missing') return '';
    if (file.kind !== 'content' || shown === undefined) return undefined;
    const text = withPlainLines(file.bytes.toString('utf8'));
    // One that was written meanwhile is read again the next time.
    this.#known.set(absolute, { shown, text });
    this.#characters += text.length;
    for (const [oldest, one] of this.#known) {
      if (this.#characters <= MOST_CHARACTERS) break;
      this.#forget(oldest, one);
    }
    return text;
  }

  /** Whether a file was written at a moment or after it, in milliseconds since the epoch, as far as its time tells. */
  writtenSince(root: string, path: string, at: number): boolean {
    try {
      return (statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0) >= at;
    } catch {
      return false; // closed to us, or no path at all
    }
  }

  #forget(absolute: string, { text }: Known): void {
    this.#known.delete(absolute);
    this.#characters -= text.length;
  }
}

/** Line ends are the editor's and git's affair. */
export function withPlainLines(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n/g, '\n') : text;
}

/** Undefined where there is none, or none that is ours to see. */
function statusOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined; // closed to us, or no path at all
  }
}

/** Undefined of what is not worth reading. */
function withText(status: BigIntStats | undefined): BigIntStats | undefined {
  return status?.isFile() && status.size <= LARGEST_FILE ? status : undefined;
}
