import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fieldsOf, jsonOrUndefined, listOf } from '../chat/untrusted.ts';

/** A process that has not been heard of for so long counts as gone. */
const SILENT_MS = 20_000;
const HEARTBEAT_MS = 5_000;
/** How old an answer may be: a folder is opened, and then a client is started in it. */
const BELIEVED_MS = 250;
const MOST_ROOTS = 1_000;
const ENTRY = /^\d{1,10}-[\w-]{1,80}\.json$/;

/**
 * The folders that all of this user's routers have open: one file a process in the state folder, so that whichever
 * process holds the port serves them all. A process that dies leaves its file behind; the next to look clears it away.
 */
export class OpenRoots {
  readonly #folder: string;
  readonly #file: string;
  readonly #host = hostname();
  readonly #timer: NodeJS.Timeout;
  #own: readonly string[] = [];
  #known: { readonly at: number; readonly roots: readonly string[] } | undefined;

  /** @param stateFolder shared with the other processes */
  constructor(stateFolder: string) {
    this.#folder = join(stateFolder, 'open-roots');
    this.#file = join(this.#folder, `${process.pid}-${this.#host.replace(/[^\w-]/g, '_').slice(0, 80)}.json`);
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#timer = setInterval(() => this.#beat(), HEARTBEAT_MS);
    this.#timer.unref();
  }

  /** Which folders this process has open from now on: absolute paths. @throws when they cannot be written down */
  announce(roots: readonly string[]): void {
    this.#own = roots;
    this.#known = undefined;
    const draft = `${this.#file}.new`;
    // Readers see the old file or the new one.
    writeFileSync(draft, JSON.stringify({ pid: process.pid, host: this.#host, roots }), { mode: 0o600 });
    renameSync(draft, this.#file);
  }

  /** Those of all processes that live, this one's first. `fresh`: as of now. */
  all(fresh = false): readonly string[] {
    const now = Date.now();
    if (!fresh && this.#known && now - this.#known.at < BELIEVED_MS) return this.#known.roots;
    const roots = [...new Set([...this.#own, ...this.#others(now)])].slice(0, MOST_ROOTS);
    this.#known = { at: now, roots };
    return roots;
  }

  dispose(): void {
    clearInterval(this.#timer);
    rmSync(this.#file, { force: true });
  }

  #others(now: number): readonly string[] {
    return entriesIn(this.#folder).flatMap((name) => {
      const file = join(this.#folder, name);
      if (file === this.#file) return [];
      try {
        const entry = fieldsOf(jsonOrUndefined(readFileSync(file, 'utf8')));
        if (entry['host'] === this.#host && !isAlive(entry['pid'])) {
          rmSync(file, { force: true });
          return [];
        }
        // After the machine slept, all are silent for a moment: such are passed over and not cleared away.
        if (now - statSync(file).mtimeMs > SILENT_MS) return [];
        return listOf(entry['roots']).filter((root): root is string => typeof root === 'string' && isAbsolute(root));
      } catch {
        return []; // it went away while it was looked at
      }
    });
  }

  #beat(): void {
    const now = new Date();
    try {
      utimesSync(this.#file, now, now);
    } catch {
      // Cleared away while this process slept, or never written: said again.
      if (this.#own.length > 0) this.#announceAgain();
    }
  }

  #announceAgain(): void {
    try {
      this.announce(this.#own);
    } catch {
      // The state folder is away; the next beat tries again, and this process still serves its own.
    }
  }
}

function entriesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => ENTRY.test(name));
  } catch {
    return []; // nobody has announced anything
  }
}

function isAlive(pid: unknown): boolean {
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not ours to signal, but there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
