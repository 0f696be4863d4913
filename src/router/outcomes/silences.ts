export interface SilencePorts<Value> {
  /** How long nothing is heard of a name until it is told, in milliseconds. */
  readonly ms: number;
  /** Names that are waited for; of more, the one that was heard of least recently is waited for no longer. */
  readonly most: number;
  /** Milliseconds by a clock that nobody sets. */
  elapsed(): number;
  /** Runs something later; what is returned takes that back. */
  after(ms: number, run: () => void): () => void;
  /** Nothing was heard of a name for so long. */
  over(name: string, value: Value): void;
}

/**
 * Tells what has not been heard of for a while. Each request puts one name off, so that there is one timer for all of them:
 * the name that was heard of first is also the first to be over.
 */
export class Silences<Value> {
  readonly #ports: SilencePorts<Value>;
  /** Heard of least recently first. */
  readonly #heard = new Map<string, { readonly value: Value; readonly at: number }>();
  #cancel: (() => void) | undefined;

  constructor(ports: SilencePorts<Value>) {
    this.#ports = ports;
  }

  /** Names that are waited for. */
  get size(): number {
    return this.#heard.size;
  }

  get(name: string): Value | undefined {
    return this.#heard.get(name)?.value;
  }

  /** It begins anew, with this value. */
  heard(name: string, value: Value): void {
    this.#heard.delete(name);
    this.#heard.set(name, { value, at: this.#ports.elapsed() });
    const [oldest] = this.#heard.keys();
    if (this.#heard.size > this.#ports.most && oldest !== undefined) this.#heard.delete(oldest);
    this.#wait();
  }

  /** Without that it is put off. */
  change(name: string, value: Value): void {
    const before = this.#heard.get(name);
    if (before !== undefined) this.#heard.set(name, { value, at: before.at });
  }

  forget(name: string): void {
    this.#heard.delete(name);
  }

  dispose(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#heard.clear();
  }

  #wait(): void {
    const [first] = this.#heard.values();
    if (this.#cancel !== undefined || first === undefined) return;
    const { ms, elapsed, after } = this.#ports;
    this.#cancel = after(Math.max(0, Math.ceil(first.at + ms - elapsed())), () => {
      this.#cancel = undefined;
      try {
        this.#tell();
      } finally {
        this.#wait();
      }
    });
  }

  #tell(): void {
    const { ms, elapsed, over } = this.#ports;
    const until = elapsed() - ms;
    for (const [name, { value, at }] of this.#heard) {
      if (at > until) return;
      this.#heard.delete(name);
      over(name, value);
    }
  }
}
