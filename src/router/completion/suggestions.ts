/** An answer as it was given, at the place where it was asked for. */
export interface Suggestion {
  readonly id: string;
  /** Everything else that changes the answer: document, language, policy, targets. */
  readonly scope: string;
  readonly prefix: string;
  readonly suffix: string;
  readonly text: string;
}

export interface Match {
  readonly suggestion: Suggestion;
  /** What is left of it after what has been typed since. */
  readonly text: string;
}

/** What is left of a suggestion after what was typed through it; undefined when it does not fit any more. */
export function typeThrough(suggestion: Suggestion, prefix: string, suffix: string): string | undefined {
  if (suffix !== suggestion.suffix || !prefix.startsWith(suggestion.prefix)) return undefined;
  const typed = prefix.slice(suggestion.prefix.length);
  if (!suggestion.text.startsWith(typed)) return undefined;
  const rest = suggestion.text.slice(typed.length);
  return rest.trim() === '' ? undefined : rest;
}

/** Each answer holds on to the document as it was: in a long one fewer are kept. In characters. */
const mostCharacters = 4_000_000;

const sizeOf = ({ prefix, suffix, text }: Suggestion): number => prefix.length + suffix.length + text.length;

/** The most recent answers, found again by an exact suffix and a prefix that they fit. Bounded; the least used goes first. */
export class Suggestions {
  readonly #byPlace = new Map<string, Suggestion[]>();
  readonly #most: number;
  #count = 0;
  #characters = 0;

  constructor(most = 200) {
    this.#most = most;
  }

  /** The answer that fits with the least typed through it. */
  find(scope: string, prefix: string, suffix: string): Match | undefined {
    const key = `${scope}\n${suffix}`;
    const list = this.#byPlace.get(key);
    if (!list) return undefined;
    let best: Match | undefined;
    for (const suggestion of list) {
      const text = typeThrough(suggestion, prefix, suffix);
      if (text !== undefined && (!best || suggestion.prefix.length > best.suggestion.prefix.length))
        best = { suggestion, text };
    }
    if (best) {
      this.#byPlace.delete(key);
      this.#byPlace.set(key, list);
    }
    return best;
  }

  add(suggestion: Suggestion): void {
    const key = `${suggestion.scope}\n${suggestion.suffix}`;
    const list = this.#byPlace.get(key) ?? [];
    list.push(suggestion);
    this.#byPlace.delete(key);
    this.#byPlace.set(key, list);
    this.#count += 1;
    this.#characters += sizeOf(suggestion);
    while (this.#count > 1 && (this.#count > this.#most || this.#characters > mostCharacters)) this.#dropOldest();
  }

  clear(): void {
    this.#byPlace.clear();
    this.#count = 0;
    this.#characters = 0;
  }

  #dropOldest(): void {
    const [oldest] = this.#byPlace;
    const gone = oldest?.[1].shift();
    if (!oldest || !gone) return;
    this.#count -= 1;
    this.#characters -= sizeOf(gone);
    if (oldest[1].length === 0) this.#byPlace.delete(oldest[0]);
  }
}
