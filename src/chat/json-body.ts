import { type Member, membersOf, skipSpace } from './json-bytes.ts';
import { repeatsKey } from './repeated-keys.ts';
import { isFields, listOf } from './untrusted.ts';

/** A value as it stands in a text. */
export interface Item {
  readonly start: number;
  readonly end: number;
  readonly value: unknown;
}

/** A member of a body, and of a list also what is in it. */
export interface BodyMember extends Member, Item {
  readonly key: string;
  readonly items: readonly Item[] | undefined;
}

/** A client's body as it came, unpacked, and parsed. Nothing may write into either. */
export class JsonBody {
  /** UTF-8. */
  readonly bytes: Buffer;
  readonly value: unknown;
  #members: readonly BodyMember[] | 'none' | undefined;

  /** @param members where they are known, and no object in it repeats a key */
  constructor(bytes: Buffer, value: unknown, members?: readonly BodyMember[]) {
    this.bytes = bytes;
    this.value = value;
    this.#members = members;
  }

  /** Found out when it is first asked for; `none` where an object in it repeats a key, or it is no object. */
  get members(): readonly BodyMember[] | 'none' {
    this.#members ??= membersIn(this.bytes, this.value);
    return this.#members;
  }
}

function membersIn(bytes: Buffer, value: unknown): readonly BodyMember[] | 'none' {
  if (!isFields(value)) return 'none';
  const written = { count: 0 };
  const { members } = membersOf(bytes, skipSpace(bytes, 0), written, true);
  if (repeatsKey(written, value)) return 'none';
  return members.map(({ key: name, start, valueStart, end, items }) => {
    const key = String(name);
    const inner = value[key];
    const list = listOf(inner);
    return {
      key,
      start,
      valueStart,
      end,
      value: inner,
      items: items?.map((item, index) => ({ start: item.start, end: item.end, value: list[index] })),
    };
  });
}
