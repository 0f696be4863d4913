/** How much of something is remembered. */
export interface RecentBounds<Value> {
  readonly entries: number;
  /** What entries hold as text, in characters together. Left out: they hold none to speak of. */
  readonly characters?: { readonly most: number; of(value: Value): number };
}

interface Entry<Value> {
  readonly value: Value;
  readonly characters: number;
}

/**
 * What was used lately, by its name. Whatever names come, of too many entries the least recently used is forgotten first,
 * and so it is where their texts are too long together. The one that was used last always stays.
 */
export class Recent<Value extends NonNullable<unknown>> {
  readonly #bounds: RecentBounds<Value>;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry<Value>>();
  #characters = 0;

  constructor(bounds: RecentBounds<Value>) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Which counts as using it. */
  get(name: string): Value | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    return entry.value;
  }

  /** @param value whose text is as long from now on as it is now */
  set(name: string, value: Value): void {
    this.delete(name);
    const { entries, characters } = this.#bounds;
    const entry = { value, characters: characters?.of(value) ?? 0 };
    this.#entries.set(name, entry);
    this.#characters += entry.characters;
    const most = characters?.most ?? Number.POSITIVE_INFINITY;
    for (const oldest of this.#entries.keys()) {
      if (oldest === name || (this.#entries.size <= entries && this.#characters <= most)) return;
      this.delete(oldest);
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#characters = 0;
  }

  delete(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    this.#characters -= entry.characters;
  }
}
