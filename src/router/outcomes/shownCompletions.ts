import { SHOWN_MS } from '../../usage/task.ts';
import { Recent } from '../recent.ts';

/** A ghost text as it was offered: where, and into what it would be put. */
export interface Offer {
  /** The attempt that it came from. */
  readonly id: string;
  readonly uri: string;
  readonly prefix: string;
  readonly suffix: string;
  readonly text: string;
}

export type OfferEnd =
  /** Taken, after it had stood for so many milliseconds. */
  | { readonly kind: 'accepted'; readonly offer: Offer }
  /** Stood long enough to be read, and was not taken. */
  | { readonly kind: 'rejected' };

export interface ShownPorts {
  now(): number;
  /** Runs something later; what is returned takes that back. */
  after(ms: number, run: () => void): () => void;
  /** A person has had it before them for long enough to read it, or has taken it; `ageMs` is how long it stood at least. */
  shown(id: string, ageMs: number): void;
  ended(id: string, end: OfferEnd): void;
}

interface Standing {
  offer: Offer;
  /** The cursor's offset when it was first offered: it is gone as soon as more is deleted than was typed through it. */
  readonly from: number;
  wasShown: boolean;
  cancel: () => void;
}

/** Ghost texts that were offered and not taken yet; of those the oldest is forgotten first. */
const mostOffers = 500;
/** Documents in which one may stand; of more, nobody knows any more how it ends in the one where it has stood for longest. */
const mostStanding = 100;
/** Each holds on to its document as it was: in a long one fewer are kept. In characters. */
const mostCharacters = 8_000_000;

/**
 * Tells which ghost texts a person had before them for long enough to judge, and how that ended. One stands in a
 * document from when it is offered until the editor asks for something that it does not answer; what is typed through it
 * leaves it standing. Whoever types on asks so often that most questions are never answered, so that asking counts. An editor does not say when it hides one, on Escape or when the cursor is moved: until the next
 * key it then counts as standing.
 */
export class ShownCompletions {
  readonly #ports: ShownPorts;
  readonly #standing = new Map<string, Standing>();
  readonly #offers = new Recent<Offer>({
    entries: mostOffers,
    characters: { most: mostCharacters, of: ({ prefix, suffix, text }) => prefix.length + suffix.length + text.length },
  });
  /** What was taken once, and is offered again after it was undone or some of it removed. */
  readonly #taken = new Set<string>();

  constructor(ports: ShownPorts) {
    this.#ports = ports;
  }

  /** An editor's question: what stands there and does not fit what was typed since has gone from the screen. */
  asked({ uri, prefix, suffix }: Pick<Offer, 'uri' | 'prefix' | 'suffix'>): void {
    const standing = this.#standing.get(uri);
    if (standing === undefined) return;
    const { offer, from } = standing;
    const taken = offer.prefix + offer.text;
    // What was taken is asked about before the editor says that it was.
    const fits = prefix.length >= from && (taken.startsWith(prefix) || prefix.startsWith(taken));
    if (!fits || suffix !== offer.suffix) this.#end(uri);
  }

  /** The answer to an editor's question; the same id again is the same text, some of it typed. */
  offered(offer: Offer): void {
    const standing = this.#standing.get(offer.uri);
    if (standing?.offer.id === offer.id) {
      standing.offer = offer;
      this.#offers.set(offer.id, offer);
      return;
    }
    this.#end(offer.uri);
    this.#offers.set(offer.id, offer);
    // What becomes of its text is seen by itself; its rest is no other text, which could be rejected.
    if (this.#taken.has(offer.id)) return;
    const fresh: Standing = { offer, from: offer.prefix.length, wasShown: false, cancel: () => undefined };
    fresh.cancel = this.#ports.after(SHOWN_MS, () => {
      fresh.wasShown = true;
      this.#ports.shown(offer.id, SHOWN_MS);
    });
    this.#standing.set(offer.uri, fresh);
    const [longest] = this.#standing;
    if (this.#standing.size > mostStanding && longest !== undefined) this.#forget(...longest);
  }

  /** Nothing stands in the document any more: it was closed, or what was typed does not fit. */
  gone(uri: string): void {
    this.#end(uri);
  }

  /** A person took it. Only what was offered can be taken, and once. */
  accepted(id: string): Offer | undefined {
    const offer = this.#offers.get(id) ?? this.#stands(id);
    if (offer === undefined) return undefined;
    this.#offers.delete(id);
    const wasTaken = this.#take(id);
    const standing = this.#standing.get(offer.uri);
    if (standing?.offer.id === id) {
      this.#forget(offer.uri, standing);
    }
    if (!wasTaken && (standing?.offer.id !== id || !standing.wasShown)) this.#ports.shown(id, 0);
    this.#ports.ended(id, { kind: 'accepted', offer });
    return offer;
  }

  dispose(): void {
    for (const { cancel } of this.#standing.values()) cancel();
    this.#standing.clear();
    this.#offers.clear();
    this.#taken.clear();
  }

  /** Whatever was forgotten, it may still be before the person. */
  #stands(id: string): Offer | undefined {
    for (const { offer } of this.#standing.values()) if (offer.id === id) return offer;
    return undefined;
  }

  /** @returns whether it had been taken before */
  #take(id: string): boolean {
    const wasTaken = this.#taken.delete(id);
    this.#taken.add(id);
    const [oldest] = this.#taken;
    if (this.#taken.size > mostOffers && oldest !== undefined) this.#taken.delete(oldest);
    return wasTaken;
  }

  #forget(uri: string, { cancel }: Standing): void {
    cancel();
    this.#standing.delete(uri);
  }

  #end(uri: string): void {
    const standing = this.#standing.get(uri);
    if (standing === undefined) return;
    this.#forget(uri, standing);
    if (standing.wasShown) this.#ports.ended(standing.offer.id, { kind: 'rejected' });
  }
}
