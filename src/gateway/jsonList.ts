import { parseSse } from '../chat/sse.ts';

/** Writes a stream of server-sent events as the JSON list that Gemini's clients get who do not ask for events. */
export class JsonList {
  readonly #parser = parseSse();
  #isEmpty = true;

  /** What of the list comes of these bytes; the data of each event is an entry as it stands. */
  take(bytes: Uint8Array | string): Buffer {
    let text = '';
    for (const { data } of this.#parser.push(bytes)) {
      text += `${this.#isEmpty ? '[' : ',\r\n'}${data}`;
      this.#isEmpty = false;
    }
    return Buffer.from(text);
  }

  end(): string {
    return this.#isEmpty ? '[]' : '\r\n]';
  }
}
