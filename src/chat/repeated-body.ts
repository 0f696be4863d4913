import { RequestFault } from './dialect.ts';
import { type BodyMember, type Item, JsonBody } from './json-body.ts';
import {
  closeBrace,
  closeBracket,
  comma,
  endOfValue,
  openBrace,
  openBracket,
  quote,
  readKey,
  skipSpace,
} from './json-bytes.ts';
import { repeatsKey } from './repeated-keys.ts';

/** A body, parsed. */
export interface ParsedBody {
  readonly body: JsonBody;
  /** What of it was not in a body before, and how many objects and lists each stands in. */
  readonly fresh: readonly { readonly value: unknown; readonly depth: number }[];
}

/** In bytes: shorter ones are parsed sooner than they are compared. */
const shortest = 8_000;
/** Bodies that are remembered, and how many bytes they have together. */
const most = { bodies: 8, bytes: 4_000_000 } as const;
/** How much of a body has to be known for the rest alone to be parsed. */
const enough = 0.5;
/** With so much of it, it is the same conversation one turn later, and takes the other's place. */
const nearlyAll = 0.9;

/** How many places a message may have moved in its list to be known again between two that differ. */
const nearby = 1;

/**
 * Parses bodies. An agent sends all that was said again with each request: what a body has in common with one before it, by
 * its text, is not parsed again but the same in memory, so that what was worked out of a message can be remembered by it.
 * Nothing may write into what it is given and what it returns.
 */
export class RepeatedBodies {
  #known: JsonBody[] = [];

  /**
   * @param bytes UTF-8
   * @throws {SyntaxError} as `JSON.parse` does
   */
  parse(bytes: Buffer): ParsedBody {
    if (bytes.length < shortest || bytes.length > most.bytes) return whole(bytes);
    const [nearest, common] = this.#nearest(bytes);
    const shared = common.prefix + common.suffix;
    const spliced = nearest && shared >= bytes.length * enough ? spliceKnown(nearest, bytes, common) : undefined;
    const parsed = spliced ?? whole(bytes);
    const isSame = nearest !== undefined && shared >= nearest.bytes.length * nearlyAll;
    this.#remember(parsed.body, isSame ? nearest : undefined);
    return parsed;
  }

  #nearest(bytes: Buffer): readonly [JsonBody | undefined, Common] {
    let nearest: JsonBody | undefined;
    let best: Common = { prefix: 0, suffix: 0 };
    for (const known of this.#known) {
      const common = commonOf(known.bytes, bytes);
      if (common.prefix + common.suffix <= best.prefix + best.suffix) continue;
      nearest = known;
      best = common;
      if (common.prefix + common.suffix >= bytes.length * nearlyAll) break;
    }
    return [nearest, best];
  }

  /** The last one first. */
  #remember(known: JsonBody, instead: JsonBody | undefined): void {
    const kept = [known];
    let bytes = known.bytes.length;
    for (const other of this.#known) {
      bytes += other === instead ? 0 : other.bytes.length;
      if (other !== instead && kept.length < most.bodies && bytes <= most.bytes) kept.push(other);
    }
    this.#known = kept;
  }
}

function whole(bytes: Buffer): ParsedBody {
  const value: unknown = JSON.parse(bytes.toString('utf8'));
  return { body: new JsonBody(bytes, value), fresh: [{ value, depth: 0 }] };
}

/** How many bytes two texts have in common at their beginnings, and behind that at their ends. Either may cut a letter in two. */
interface Common {
  readonly prefix: number;
  readonly suffix: number;
}

function commonOf(one: Buffer, other: Buffer): Common {
  const longest = Math.min(one.length, other.length);
  const prefix = grown(longest, (from, to) => one.compare(other, from, to, from, to) === 0);
  const [oneEnd, otherEnd] = [one.length, other.length];
  const suffix = grown(
    longest - prefix,
    (from, to) => one.compare(other, otherEnd - to, otherEnd - from, oneEnd - to, oneEnd - from) === 0,
  );
  return { prefix, suffix };
}

/** How far something holds, compared in ever longer pieces while it does, and in ever shorter ones from where it does not. */
function grown(longest: number, isSame: (from: number, to: number) => boolean): number {
  let at = 0;
  let step = 1024;
  let isGrowing = true;
  while (at < longest && step >= 1) {
    const to = Math.min(longest, at + step);
    if (isSame(at, to)) at = to;
    else isGrowing = false;
    step = isGrowing ? step * 2 : Math.floor(step / 2);
  }
  return at;
}

/** Whether what ends here is over wherever it stands: a number or a word may go on. */
function isClosed(bytes: Buffer, end: number): boolean {
  const last = bytes[end - 1];
  return last === quote || last === closeBrace || last === closeBracket;
}

/** Parses what a text does not have in common with one before it; undefined where it is to be parsed as a whole. */
function spliceKnown(known: JsonBody, bytes: Buffer, common: Common): ParsedBody | undefined {
  const { members } = known;
  if (members === 'none') return undefined;
  try {
    return new Splicing(known.bytes, members, bytes, common).body();
  } catch (error) {
    // Whoever parses all of it says what is wrong with it, if anything is.
    if (error instanceof RequestFault || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** One text that is put together of what stood in another, and what is new. */
class Splicing {
  readonly #before: Buffer;
  readonly #bytes: Buffer;
  readonly #known: readonly BodyMember[];
  readonly #prefix: number;
  /** From here on the texts are the same again, and so many bytes further on in this one. */
  readonly #sameFrom: number;
  readonly #shift: number;
  readonly #fresh: { readonly value: unknown; readonly depth: number }[] = [];

  constructor(before: Buffer, known: readonly BodyMember[], bytes: Buffer, { prefix, suffix }: Common) {
    this.#before = before;
    this.#known = known;
    this.#bytes = bytes;
    this.#prefix = prefix;
    this.#sameFrom = bytes.length - suffix;
    this.#shift = bytes.length - before.length;
  }

  body(): ParsedBody | undefined {
    const members = this.#members();
    const value: Record<string, unknown> = {};
    for (const member of members) {
      // Written twice, or what an assignment takes for something else.
      if (Object.hasOwn(value, member.key) || member.key === '__proto__') return undefined;
      value[member.key] = member.value;
    }
    return { body: new JsonBody(this.#bytes, value, members), fresh: this.#fresh };
  }

  #members(): readonly BodyMember[] {
    const bytes = this.#bytes;
    const start = skipSpace(bytes, 0);
    if (bytes[start] !== openBrace) throw other();
    const members = this.#known.filter((member) => this.#isSame(member));
    for (let at = members.at(-1)?.end ?? start + 1; ; at = members.at(-1)?.end ?? at) {
      const next = this.#next(at, members.length === 0, closeBrace);
      if (bytes[next] === closeBrace) {
        if (skipSpace(bytes, next + 1) !== bytes.length) throw other();
        return members;
      }
      members.push(this.#sameAt(this.#known, next, movedMember) ?? this.#member(next));
    }
  }

  #member(start: number): BodyMember {
    const { key, valueStart } = readKey(this.#bytes, start);
    const twin = this.#known.find((member) => member.key === key);
    if (this.#bytes[valueStart] !== openBracket || twin?.items === undefined) {
      return { ...this.#parse(valueStart, 1), key, start, valueStart, items: undefined };
    }
    // Before the place where the texts part, a list begins in both or in neither.
    const items = valueStart < this.#prefix ? twin.items.filter((item) => this.#isSame(item)) : [];
    // Clients move their marks from one message to another, and those between are the same.
    let place = items.length;
    for (let at = items.at(-1)?.end ?? valueStart + 1; ; at = items.at(-1)?.end ?? at) {
      const next = this.#next(at, items.length === 0, closeBracket);
      if (this.#bytes[next] === closeBracket) {
        return { key, start, valueStart, end: next + 1, value: items.map(({ value }) => value), items };
      }
      const same = this.#sameAt(twin.items, next, movedItem);
      const again = same === undefined ? this.#again(twin.items, place, next) : undefined;
      items.push(same ?? again?.item ?? this.#parse(next, 2));
      place = (again?.place ?? place) + 1;
    }
  }

  /** Whether a value stands in what both texts begin with. */
  #isSame({ end }: Item): boolean {
    return end < this.#prefix || (end === this.#prefix && isClosed(this.#bytes, end));
  }

  /** What stood near this place of a list, where it is written here. */
  #again(
    known: readonly Item[],
    place: number,
    start: number,
  ): { readonly item: Item; readonly place: number } | undefined {
    for (let at = Math.max(0, place - nearby); at <= place + nearby && at < known.length; at += 1) {
      const item = known[at];
      if (item === undefined || !isClosed(this.#before, item.end)) continue;
      const end = start + item.end - item.start;
      if (end > this.#bytes.length || this.#before.compare(this.#bytes, start, end, item.start, item.end) !== 0)
        continue;
      return { item: movedItem(item, start - item.start), place: at };
    }
    return undefined;
  }

  #parse(start: number, depth: number): Item {
    const bytes = this.#bytes;
    const written = { count: 0 };
    const end = endOfValue(bytes, start, written);
    const value: unknown = JSON.parse(bytes.toString('utf8', start, end));
    if (repeatsKey(written, value)) throw other();
    this.#fresh.push({ value, depth });
    return { start, end, value };
  }

  /** What stands at this place in what both texts end with. */
  #sameAt<Kind extends Item>(known: readonly Kind[], start: number, moved: (one: Kind, by: number) => Kind) {
    const found = start < this.#sameFrom ? undefined : startingAt(known, start - this.#shift);
    return found && moved(found, this.#shift);
  }

  /** Where the next value begins, or the end of what holds them. */
  #next(at: number, isFirst: boolean, close: number): number {
    const next = skipSpace(this.#bytes, at);
    const code = this.#bytes[next];
    if (isFirst || code === close) return next;
    const after = skipSpace(this.#bytes, next + 1);
    if (code !== comma || this.#bytes[after] === close) throw other();
    return after;
  }
}

function startingAt<Kind extends Item>(items: readonly Kind[], start: number): Kind | undefined {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle]?.start ?? start) < start) low = middle + 1;
    else high = middle;
  }
  return items[low]?.start === start ? items[low] : undefined;
}

function movedItem({ start, end, value }: Item, by: number): Item {
  return { start: start + by, end: end + by, value };
}

function movedMember(member: BodyMember, by: number): BodyMember {
  if (by === 0) return member;
  const { start, valueStart, end, items } = member;
  const place = { start: start + by, valueStart: valueStart + by, end: end + by };
  return { ...member, ...place, items: items?.map((item) => movedItem(item, by)) };
}

function other(): RequestFault {
  return new RequestFault('The text is put together in another way than the one before it.');
}
