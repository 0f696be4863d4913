import { OutcomeTracker, type Seen, type TextPlace } from './tracker.ts';

/** A world with one repository, whose clock and timers go on when they are told to. */
export class World {
  time = 0;
  /** By how much a timer is early by the clock, in milliseconds: it counts from the beginning of the turn that sets it. */
  early = 0;
  head: { branch?: string; commit?: string } | undefined = { branch: 'main', commit: 'c0' };
  readonly files = new Map<string, string>();
  readonly unreadable = new Set<string>();
  /** When each file was written, where that matters. */
  readonly written = new Map<string, number>();
  readonly commits = new Map<string, ReadonlyMap<string, string>>();
  readonly seen: string[] = [];
  #timers: { at: number; run: () => void }[] = [];
  readonly tracker: OutcomeTracker;

  constructor(tempo = 1) {
    this.tracker = new OutcomeTracker({
      tempo,
      now: () => this.time,
      after: (ms, run) => this.after(ms, run),
      text: ({ path }: TextPlace) =>
        Promise.resolve(this.unreadable.has(path) ? undefined : (this.files.get(path) ?? '')),
      committed: ({ path }, commit) => Promise.resolve(this.commits.get(commit)?.get(path)),
      head: () => Promise.resolve(this.head),
      seen: (taskId, seen) => {
        this.seen.push(`${taskId} ${words(seen)}`);
      },
      failed: (error) => {
        throw error;
      },
    });
  }

  /** Timers that are set. */
  get timers(): number {
    return this.#timers.length;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.time + Math.max(0, ms - this.early), run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  async pass(ms: number): Promise<void> {
    const until = this.time + ms;
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.time = Math.max(this.time, next.at);
      next.run();
      await settled();
    }
    this.time = until;
  }

  commit(name: string): void {
    this.commits.set(name, new Map(this.files));
    this.head = { ...this.head, commit: name };
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

function words(seen: Seen): string {
  return seen.kind === 'sample' ? `${seen.ageMs / 1000}s ${seen.survival.toFixed(2)}` : seen.kind;
}

export const root = '/repo';
export const before = 'one();\ntwo();\n';
export const written = 'export const total = sum(prices);\nreport(total, currency);\n';
export const after = `one();\n${written}two();\n`;
export const put = { root, path: 'a.ts', before, after };
