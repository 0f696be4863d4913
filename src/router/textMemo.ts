/** Texts that are remembered, and how many characters they may have together: a few long conversations. */
const most = { texts: 4_000, characters: 2_000_000 } as const;
/** A shorter text is worked out anew sooner than it is looked up. */
const shortest = 100;

/**
 * Remembers what was worked out of a text: a conversation sends all its earlier texts again with each request. The text
 * itself is the key, so nothing is taken for another; those that were not asked about for longest are forgotten first.
 *
 * @param work depends on the text alone
 */
export function textMemo<Value>(work: (text: string) => Value): (text: string) => Value {
  const known = new Map<string, Value>();
  let characters = 0;
  const forget = (text: string): void => {
    known.delete(text);
    characters -= text.length;
  };
  return (text) => {
    if (text.length < shortest || text.length > most.characters) return work(text);
    const before = known.get(text);
    if (before !== undefined) {
      known.delete(text);
      known.set(text, before);
      return before;
    }
    const value = work(text);
    known.set(text, value);
    characters += text.length;
    for (const oldest of known.keys()) {
      if (known.size <= most.texts && characters <= most.characters) break;
      forget(oldest);
    }
    return value;
  };
}
