import type { StreamDecoder } from '../chat/dialect.ts';
import type { ChatEvent } from '../chat/events.ts';
import { StreamFault } from '../chat/fault.ts';
import { parseSse } from '../chat/sse.ts';
import { longestStream, tooMuch } from '../providers/longest.ts';
import { type AttemptTap, isContent, writtenIn } from './dispatch.ts';
import { RepeatedFrame } from './repeatedFrame.ts';

/** After so many frames that were not repeated, none of a stream is learned any more. */
const mostLessons = 16;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** What a stream says on its way: usage, content, and how it ends. */
export class Overheard {
  readonly #parser = parseSse();
  readonly #decoder: StreamDecoder;
  readonly #tap: AttemptTap;
  #size = 0;
  /** What has come ends with a frame, so that the next byte begins one. */
  #isBetween = true;
  /** How the last frame was spelt, where it said a text and nothing else. */
  #usual: RepeatedFrame | undefined;
  #lessons = 0;
  hasContent = false;
  isFinished = false;
  /** Of the last piece, the bytes before the frame that could not be read. */
  understood = 0;

  constructor(decoder: StreamDecoder, tap: AttemptTap) {
    this.#decoder = decoder;
    this.#tap = tap;
  }

  /** What has come, in bytes, less what of it is still one event. */
  get size(): number {
    return this.#size - this.#parser.waiting();
  }

  /** @throws {StreamFault} */
  push(piece: Uint8Array): void {
    const bytes = Buffer.isBuffer(piece) ? piece : Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    this.#size += bytes.length;
    this.understood = 0;
    if (this.#size > longestStream) throw new StreamFault('malformed', tooMuch(longestStream));
    while (this.understood < bytes.length && !this.isFinished) {
      const end = this.#repeated(bytes, this.understood);
      this.understood = end < 0 ? this.#read(bytes, this.understood) : end;
    }
  }

  /** @throws {StreamFault} */
  end(): void {
    if (!this.isFinished) this.#hear(this.#decoder.end());
  }

  /** The end of a frame that is spelt as the one before it; -1 where there is none. */
  #repeated(bytes: Buffer, begin: number): number {
    const end = this.#isBetween && this.#usual ? this.#usual.endOf(bytes, begin) : -1;
    const text = end < 0 ? undefined : this.#usual?.text(bytes);
    if (text === undefined) return -1;
    this.#lessons = 0;
    this.#tap.said(text);
    this.hasContent = true;
    return end;
  }

  /** Reads what of a frame is here, whatever it is. @returns its end */
  #read(bytes: Buffer, begin: number): number {
    const beganBetween = this.#isBetween;
    const end = endOfFrame(bytes, begin);
    this.#isBetween = end > 0;
    const part = bytes.subarray(begin, end < 0 ? bytes.length : end);
    for (const event of this.#parser.push(part)) {
      const said = this.#decoder.push(event);
      this.#hear(said);
      this.#usual = beganBetween && said.length === 1 ? this.#learn(part) : undefined;
    }
    return begin + part.length;
  }

  #learn(frame: Buffer): RepeatedFrame | undefined {
    const key = this.#decoder.textKey?.();
    if (key === undefined || this.#lessons >= mostLessons) return undefined;
    this.#lessons += 1;
    return RepeatedFrame.of(frame, key);
  }

  #hear(events: readonly ChatEvent[]): void {
    for (const event of events) {
      hear(event, this.#tap);
      this.hasContent ||= isContent(event);
      this.isFinished ||= event.kind === 'finished';
    }
  }
}

export function hear(event: ChatEvent, tap: AttemptTap): void {
  if (event.kind === 'usage') tap.usage(event.usage);
  if (event.kind === 'started' && event.servedModel) tap.servedModel(event.servedModel);
  tap.said(writtenIn(event));
}

/** Behind the next empty line, -1 where there is none. Lines that end with CR alone are not looked for: that is rare. */
function endOfFrame(bytes: Buffer, begin: number): number {
  for (let at = bytes.indexOf(LINE_FEED, begin); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) {
    if (bytes[at + 1] === LINE_FEED) return at + 2;
    if (bytes[at + 1] === CARRIAGE_RETURN && bytes[at + 2] === LINE_FEED) return at + 3;
  }
  return -1;
}
