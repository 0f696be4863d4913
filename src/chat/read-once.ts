import type { Message } from './conversation.ts';
import type { Lost } from './events.ts';

/** Reads a value that stands at a place of a body, and reports there what of it is lost. */
type Read<Value, Result> = (value: Value, where: string, lost: Lost[]) => Result;

/**
 * Reads a value once. What a body has in common with one before it is the same in memory, and nobody writes into it: what
 * was read of it then, and what was lost, is remembered for as long as the value is.
 *
 * @param read goes by nothing else than the value and its place, not by what was lost before it
 */
export function readOnce<Value extends object, Result>(read: Read<Value, Result>): Read<Value, Result> {
  const known = new WeakMap<
    Value,
    { readonly where: string; readonly result: Result; readonly lost: readonly Lost[] }
  >();
  return (value, where, lost) => {
    const before = known.get(value);
    // At another place, what is lost is told of that place.
    if (before !== undefined && (before.lost.length === 0 || before.where === where)) {
      if (before.lost.length > 0) lost.push(...before.lost);
      return before.result;
    }
    const own: Lost[] = [];
    const result = read(value, where, own);
    known.set(value, { where, result, lost: own });
    lost.push(...own);
    return result;
  };
}

const madeBefore = new WeakMap<Message['parts'][number], Message>();

/**
 * The message that was made of the very same parts before, if one was: in dialects that write calls and results one by one
 * it is put together anew for each request. So what is found out of a message can be remembered by it.
 */
export function sameMessage(message: Message): Message {
  const [first] = message.parts;
  if (first === undefined) return message;
  const before = madeBefore.get(first);
  if (before?.role === message.role && isSameList(before.parts, message.parts)) return before;
  madeBefore.set(first, message);
  return message;
}

const saidBefore = new WeakMap<object, Message>();

/**
 * The same for a dialect in which a message goes by those before it as well: the message that says just the same and was read
 * of the same value before, if one was.
 *
 * @param source what it begins with in the body
 */
export function messageLikeBefore(source: object, message: Message): Message {
  const before = saidBefore.get(source);
  if (before !== undefined && isAlike(before, message)) return before;
  saidBefore.set(source, message);
  return message;
}

/** Of plain data. */
function isAlike(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return false;
  return names.every((name) => Object.hasOwn(other, name) && isAlike(Reflect.get(one, name), Reflect.get(other, name)));
}

function isSameList(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, at) => item === other[at]);
}
