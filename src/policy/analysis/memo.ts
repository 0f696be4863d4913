/** What an analysis remembers by the text of what it looked at, so that a keystroke only costs the rule it changed. */
export interface Memo {
  /** The remembered value for a key, computed on first use. `room` keeps different kinds of value apart. */
  get<Value>(room: string, key: string, compute: () => Value): Value;
  /** What may still be spent on this look at a policy; whoever begins one refills it. */
  readonly work: Work;
}

/** Work counted in steps of some ten nanoseconds: without a clock, that is how an analysis knows when to stop. */
export interface Work {
  left: number;
}

/** Enough for any policy that people write; a hostile one is left alone after about a second. */
export const workForOneLook = 4_000_000;

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
    work: { left: workForOneLook },
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
