import { closeSync, constants, openSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Decision } from '../routing/decision.ts';
import type { Facts } from '../routing/facts.ts';
import { linesFromEnd } from './linesFromEnd.ts';
import { utcDay } from './periods.ts';
import { errorCode, failed, type WriteResult, written } from './writeResult.ts';

/** One decision with what it was made from, complete enough to explain and replay it. It stays on this machine. */
export interface DecisionRecord {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly requestId: string;
  /** The root of the repository. */
  readonly root?: string;
  readonly facts: Facts;
  readonly decision: Decision;
}

export interface DecisionLogLimits {
  /** Days that are kept, today included. */
  readonly days: number;
  readonly bytesPerDay: number;
  readonly bytesPerRecord: number;
  /** A prompt's own words are kept up to here: as far as class keywords are likely to stand. */
  readonly textCharacters: number;
}

export const decisionLogLimits: DecisionLogLimits = {
  days: 30,
  bytesPerDay: 32 * 1024 * 1024,
  bytesPerRecord: 1024 * 1024,
  textCharacters: 2_000,
};

const FOLDER = 'decisions';
/** Looking further back for one decision takes longer than anyone waits. */
const MOST_SEARCHED = 5_000;
/** What comes within so many milliseconds is written at once: opening the file takes longer than writing to it. */
const TOGETHER_MS = 100;
/** Of fewer, the line is made to see how long it is. */
const MANY_FILES = 500;
const DAY_MS = 86_400_000;
const LINE_END = 0x0a;
const LINE_END_BYTES = 1;
const fileOfDay = /^(\d{4}-\d{2}-\d{2})\.jsonl$/;

/** A record as it is written. */
interface Line {
  /** JSON, without the line's end. */
  readonly text: string;
  /** With it. */
  readonly bytes: number;
}

interface Waiting {
  readonly record: DecisionRecord;
  settle(result: WriteResult): void;
}

/**
 * The local decision log: a JSON line a decision, a file a UTC day, readable by its owner only, never synced. Appends
 * are done one after the other; several processes may write to the same files.
 */
export class DecisionLog {
  readonly #folder: string;
  readonly #limits: DecisionLogLimits;
  readonly #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<void> = Promise.resolve();
  #sweptFor = '';

  /** @param stateFolder see {@link ./stateFolder.ts openStateFolder}. */
  constructor(stateFolder: string, limits: Partial<DecisionLogLimits> = {}) {
    this.#folder = join(stateFolder, FOLDER);
    this.#limits = { ...decisionLogLimits, ...limits };
  }

  /** Writes a decision down after all that were given before it, with those of the same moment. The promise never rejects. */
  append(record: DecisionRecord): Promise<WriteResult> {
    return new Promise((settle) => {
      this.#waiting.push({ record, settle });
      this.#timer ??= setTimeout(() => void this.flush(), TOGETHER_MS);
    });
  }

  /** Writes what still waits; resolves when all that was given is written or was found to be impossible to write. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting.splice(0);
    if (batch.length > 0) this.#last = this.#last.then(() => this.#write(batch));
    return this.#last;
  }

  /** The newest decisions, newest first. Lines that cannot be read are left out. */
  async recent(count: number): Promise<readonly DecisionRecord[]> {
    await this.flush();
    const found: DecisionRecord[] = [];
    for (const day of await this.#daysFromNewest()) {
      for await (const line of linesFromEnd(this.#fileOf(day))) {
        if (found.length >= count) return found;
        const record = parsed(line);
        if (record) found.push(record);
      }
    }
    return found;
  }

  /** The decision on a request, among the newest so many; undefined where there is none, or none any more. */
  async find(requestId: string, among = MOST_SEARCHED): Promise<DecisionRecord | undefined> {
    await this.flush();
    let searched = 0;
    for (const day of await this.#daysFromNewest()) {
      for await (const line of linesFromEnd(this.#fileOf(day))) {
        searched += 1;
        if (searched > among) return undefined;
        const record = line.includes(requestId) ? parsed(line) : undefined;
        if (record?.requestId === requestId) return record;
      }
    }
    return undefined;
  }

  async #daysFromNewest(): Promise<readonly string[]> {
    return (await this.#days()).sort().reverse();
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    for (const day of new Set(batch.map(({ record }) => utcDay(record.at)))) {
      const ofDay = batch.filter(({ record }) => utcDay(record.at) === day);
      try {
        await this.#writeDay(day, ofDay);
      } catch (error) {
        for (const { settle } of ofDay) settle(failed(NOT_LOGGED, error));
      }
    }
  }

  async #writeDay(day: string, ofDay: readonly Waiting[]): Promise<void> {
    const file = this.#fileOf(day);
    const lines: Line[] = [];
    const kept: Waiting[] = [];
    let size: number | undefined;
    for (const waiting of ofDay) {
      const line = this.#lineOf(waiting.record);
      if ('kind' in line) {
        waiting.settle(line);
        continue;
      }
      if (this.#sweptFor !== day) {
        await mkdir(this.#folder, { recursive: true, mode: 0o700 });
        await this.#sweep(waiting.record.at);
        this.#sweptFor = day;
      }
      size ??= sizeOf(file);
      if (size + line.bytes > this.#limits.bytesPerDay) {
        waiting.settle(failed(NOT_LOGGED, `today's log is full (${this.#limits.bytesPerDay} bytes)`));
        continue;
      }
      size += line.bytes;
      lines.push(line);
      kept.push(waiting);
    }
    // At once: opening, writing and closing by way of another thread is thrice the work of all of it. A folder that hangs
    // holds up the ledger beside it just the same.
    if (lines.length > 0) appendAtOnce(file, lines);
    for (const { settle } of kept) settle(written);
  }

  #lineOf(record: DecisionRecord): Line | WriteResult {
    const shortened = this.#shortened(record);
    const most = this.#limits.bytesPerRecord;
    if (namesMany(record) && isLongerThan(shortened, most))
      return failed(NOT_LOGGED, `it takes more than ${most} bytes`);
    const text = JSON.stringify(shortened);
    const bytes = Buffer.byteLength(text) + LINE_END_BYTES;
    return bytes > most ? failed(NOT_LOGGED, `it takes ${bytes} bytes`) : { text, bytes };
  }

  #shortened(record: DecisionRecord): DecisionRecord {
    const { text } = record.facts;
    if (text === undefined || text.length <= this.#limits.textCharacters) return record;
    return { ...record, facts: { ...record.facts, text: text.slice(0, this.#limits.textCharacters) } };
  }

  async #sweep(now: number): Promise<void> {
    const oldest = utcDay(now - (this.#limits.days - 1) * DAY_MS);
    for (const day of await this.#days()) {
      if (day < oldest) await rm(this.#fileOf(day), { force: true });
    }
  }

  async #days(): Promise<string[]> {
    try {
      return (await readdir(this.#folder)).flatMap((name) => fileOfDay.exec(name)?.[1] ?? []);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    }
  }

  #fileOf(day: string): string {
    return join(this.#folder, `${day}.jsonl`);
  }
}

/** Something else than a file in its place, such as a pipe that nobody reads, is an error, and keeps nobody waiting. */
const APPENDS = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | (constants.O_NONBLOCK ?? 0);

function appendAtOnce(path: string, lines: readonly Line[]): void {
  // Each is copied once, into what is written in one go.
  const all = Buffer.allocUnsafe(lines.reduce((sum, { bytes }) => sum + bytes, 0));
  let end = 0;
  for (const { text } of lines) {
    end += all.write(text, end);
    end = all.writeUInt8(LINE_END, end);
  }
  const file = openSync(path, APPENDS, 0o600);
  try {
    writeFileSync(file, all);
  } finally {
    closeSync(file);
  }
}

const NOT_LOGGED = 'The decision was not logged';

/** Whether it may well be too long: nearly all of one's length is that of the files that it names. */
function namesMany({ facts: { files, reads, outside, byBase, around } }: DecisionRecord): boolean {
  const count = (files?.length ?? 0) + (reads?.length ?? 0) + (outside?.length ?? 0);
  return count > MANY_FILES || byBase !== undefined || around !== undefined;
}

/** Whether a record certainly takes more bytes as JSON, found out without making it: its texts alone are too long. */
function isLongerThan(record: DecisionRecord, bytes: number): boolean {
  let left = bytes;
  const waiting: unknown[] = [record];
  while (waiting.length > 0) {
    const value = waiting.pop();
    left -= typeof value === 'string' ? value.length : 1;
    if (left < 0) return true;
    // Objects of ours have no inherited fields, and a list of their values would be made for each.
    if (typeof value === 'object' && value !== null) for (const name in value) waiting.push(Reflect.get(value, name));
  }
  return false;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** A line that a killed process left half written is no record. The rest was written by {@link DecisionLog.append}. */
function parsed(line: string): DecisionRecord | undefined {
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === 'object' && record !== null && 'decision' in record && 'facts' in record
      ? (record as DecisionRecord)
      : undefined;
  } catch {
    // Not JSON: the half of a line.
    return undefined;
  }
}
