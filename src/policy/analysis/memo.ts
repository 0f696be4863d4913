/** What an analysis remembers by the text of what it looked at, so that a keystroke only costs the rule it changed. */
export interface Memo {
  /** The remembered value for a key, computed on first use. `room` keeps different kinds of value apart. */
  get<Value>(room: string, key: string, compute: () => Value): Value;
}

/** Entries that are kept at least; twice as many at most. */
const KEPT = 8_000;

/**
 * A bounded memory. One that grows full forgets what was not asked for since it was last half full. Values are whatever
 * the one room that a caller names holds, so callers never share a room between types.
 */
export function createMemo(): Memo {
  let recent = new Map<string, { readonly value: unknown }>();
  let older = new Map<string, { readonly value: unknown }>();
  return {
    get<Value>(room: string, key: string, compute: () => Value): Value {
      const name = `${room}\n${key}`;
      const known = recent.get(name) ?? older.get(name);
      const entry = known ?? { value: compute() };
      if (recent.size >= KEPT) {
        older = recent;
        recent = new Map();
      }
      recent.set(name, entry);
      return entry.value as Value;
    },
  };
}
