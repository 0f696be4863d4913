import { JsonBody } from '../chat/json-body.ts';
import { fieldsOf, listOf, textOf } from '../chat/untrusted.ts';

/** UTF-16 code units of JSON; the items of some hundred long answers. */
const MOST_TEXT = 16_000_000;
/** Of short ones, those of some thousand answers. */
const MOST_ITEMS = 10_000;

/**
 * The items of answers that were written here, in OpenAI's responses protocol, for clients that leave them to the provider
 * to keep and only name them afterwards, as Vercel's library does unless told otherwise: no provider has ever seen them.
 * They are in memory alone, the oldest make room, and their random ids are known to whom they were sent.
 */
export class WrittenItems {
  readonly #texts = new Map<string, string>();
  readonly #mostText: number;
  readonly #mostItems: number;
  #text = 0;

  constructor(mostText = MOST_TEXT, mostItems = MOST_ITEMS) {
    this.#mostText = mostText;
    this.#mostItems = mostItems;
  }

  remember(item: { readonly id: string }): void {
    const text = JSON.stringify(item);
    this.#forget(item.id);
    this.#texts.set(item.id, text);
    this.#text += text.length;
    for (const id of this.#texts.keys()) {
      if (this.#text <= this.#mostText && this.#texts.size <= this.#mostItems) return;
      this.#forget(id);
    }
  }

  /** The body with the items themselves where it names items that were written here; what others keep stays named. */
  recall(body: JsonBody): JsonBody {
    const fields = fieldsOf(body.value);
    let isRecalled = false;
    const input = listOf(fields['input']).map((item) => {
      const { type, id } = fieldsOf(item);
      const text = type === 'item_reference' ? this.#texts.get(textOf(id)) : undefined;
      if (text === undefined) return item;
      isRecalled = true;
      // What is still spoken of goes last.
      this.#texts.delete(textOf(id));
      this.#texts.set(textOf(id), text);
      return JSON.parse(text) as unknown;
    });
    if (!isRecalled) return body;
    const value = { ...fields, input };
    return new JsonBody(Buffer.from(JSON.stringify(value)), value);
  }

  #forget(id: string): void {
    this.#text -= this.#texts.get(id)?.length ?? 0;
    this.#texts.delete(id);
  }
}
