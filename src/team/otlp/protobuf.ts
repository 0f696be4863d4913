/** What bytes are said to be: fields by their numbers. What stands under another number is passed over. */
export interface MessageShape {
  readonly [number: number]: FieldShape;
}

/** A field, and whether there may be several of it. Messages refer to each other, so they are asked for when they are needed. */
export type FieldShape =
  | { readonly name: string; readonly kind: 'text' | 'bool' | 'whole' | 'fixed64' | 'signed64' | 'double' }
  | { readonly name: string; readonly kind: 'message'; readonly shape: () => MessageShape; readonly isList?: true };

/** A message that was read: of its fields those that were there. */
export type Message = Readonly<Record<string, unknown>>;

/** The bytes are no message of that shape. It is the only error that reading throws. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

/** How deep messages may stand in each other: those of OpenTelemetry are seven deep, values that are lists of lists apart. */
const MOST_DEPTH = 32;
const VARINT = 0;
const I64 = 1;
const LENGTH = 2;
const I32 = 5;

interface Cursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
}

const decoder = new TextDecoder();

/**
 * Reads Protocol Buffers (https://protobuf.dev/programming-guides/encoding/), in time that grows with the bytes: each is
 * looked at once, and nothing is copied but texts.
 *
 * @throws {ProtobufError}
 */
export function readMessage(bytes: Uint8Array, shape: MessageShape): Message {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return read({ bytes, view, at: 0 }, bytes.length, shape, 0);
}

function read(cursor: Cursor, end: number, shape: MessageShape, depth: number): Message {
  if (depth > MOST_DEPTH) throw new ProtobufError('messages stand too deep in each other');
  // Names are ours; a prototype of another kind could not be reached by them.
  const message: Record<string, unknown> = {};
  while (cursor.at < end) {
    const tag = varint(cursor, end);
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    if (number === 0) throw new ProtobufError('there is no field 0');
    const field = shape[number];
    if (field === undefined || !fits(field, wire)) skip(cursor, end, wire);
    else if (field.kind !== 'message') message[field.name] = scalar(cursor, end, field.kind);
    else {
      const inner = read(cursor, lengthEnd(cursor, end), field.shape(), depth + 1);
      if (field.isList !== true) message[field.name] = inner;
      else listIn(message, field.name).push(inner);
    }
  }
  return message;
}

function listIn(message: Record<string, unknown>, name: string): unknown[] {
  const before = message[name];
  if (Array.isArray(before)) return before;
  const list: unknown[] = [];
  message[name] = list;
  return list;
}

function fits({ kind }: FieldShape, wire: number): boolean {
  switch (kind) {
    case 'text':
    case 'message':
      return wire === LENGTH;
    case 'bool':
    case 'whole':
      return wire === VARINT;
    case 'fixed64':
    case 'signed64':
    case 'double':
      return wire === I64;
    default:
      return kind satisfies never;
  }
}

function scalar(cursor: Cursor, end: number, kind: Exclude<FieldShape['kind'], 'message'>): string | number | boolean {
  switch (kind) {
    case 'text': {
      const to = lengthEnd(cursor, end);
      const text = decoder.decode(cursor.bytes.subarray(cursor.at, to));
      cursor.at = to;
      return text;
    }
    case 'bool':
      return varint(cursor, end) !== 0;
    case 'whole':
      return varint(cursor, end);
    case 'fixed64':
      return Number(cursor.view.getBigUint64(eight(cursor, end), true));
    case 'signed64':
      return Number(cursor.view.getBigInt64(eight(cursor, end), true));
    case 'double':
      return cursor.view.getFloat64(eight(cursor, end), true);
    default:
      return kind satisfies never;
  }
}

function skip(cursor: Cursor, end: number, wire: number): void {
  switch (wire) {
    case VARINT:
      varint(cursor, end);
      return;
    case I64:
      eight(cursor, end);
      return;
    case LENGTH:
      cursor.at = lengthEnd(cursor, end);
      return;
    case I32:
      if (cursor.at + 4 > end) throw ended();
      cursor.at += 4;
      return;
    default:
      throw new ProtobufError('there is no such wire type');
  }
}

/** Moves on. @returns where the eight bytes begin */
function eight(cursor: Cursor, end: number): number {
  const { at } = cursor;
  if (at + 8 > end) throw ended();
  cursor.at = at + 8;
  return at;
}

function lengthEnd(cursor: Cursor, end: number): number {
  const length = varint(cursor, end);
  if (length < 0 || cursor.at + length > end) throw ended();
  return cursor.at + length;
}

/** As a signed whole number of 64 bits; beyond 2^53 it is the nearest that there is. */
function varint(cursor: Cursor, end: number): number {
  let low = 0;
  for (let shift = 0; shift < 49; shift += 7) {
    const byte = next(cursor, end);
    low += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return low;
  }
  let high = 0n;
  for (let shift = 0n; shift <= 14n; shift += 7n) {
    const byte = next(cursor, end);
    high |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return Number(BigInt.asIntN(64, (high << 49n) | BigInt(low)));
  }
  throw new ProtobufError('a number is longer than ten bytes');
}

function next(cursor: Cursor, end: number): number {
  const byte = cursor.at < end ? cursor.bytes[cursor.at] : undefined;
  if (byte === undefined) throw ended();
  cursor.at += 1;
  return byte;
}

function ended(): ProtobufError {
  return new ProtobufError('it ends in the middle');
}
