/** Texts that are remembered, twice as many at most, and how many characters they have together: a few long conversations. */
const most = { texts: 2_000, characters: 1_000_000 } as const;
/** A shorter text is worked out anew sooner than it is looked up. */
const shortest = 100;

/**
 * Remembers what was worked out of a text: a conversation sends all its earlier texts again with each request. The text
 * itself is the key, so nothing is taken for another. Once there are many, those are forgotten that were not asked about
 * since there were many the last time.
 *
 * @param work depends on the text alone
 */
export function textMemo<Value>(work: (text: string) => Value): (text: string) => Value {
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();
  let characters = 0;
  const remember = (text: string, value: Value): void => {
    if (young.size >= most.texts || characters + text.length > most.characters) {
      old = young;
      young = new Map();
      characters = 0;
    }
    young.set(text, value);
    characters += text.length;
  };
  return (text) => {
    if (text.length < shortest || text.length > most.characters) return work(text);
    const known = young.get(text);
    if (known !== undefined) return known;
    const before = old.get(text);
    const value = before === undefined ? work(text) : before;
    remember(text, value);
    return value;
  };
}
