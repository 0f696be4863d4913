/**
 * Remembers what was worked out of an object for as long as the object is there: a conversation sends its earlier messages
 * again with each request, and those are the same in memory.
 *
 * @param work depends on the object alone, which nobody writes into, and never comes to undefined
 */
export function objectMemo<Key extends object, Value extends NonNullable<unknown>>(
  work: (key: Key) => Value,
): (key: Key) => Value {
  const known = new WeakMap<Key, Value>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const value = work(key);
    known.set(key, value);
    return value;
  };
}
