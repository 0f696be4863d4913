import type { ServerResponse } from 'node:http';

/** One answer on its way to a client, which may read slowly or go away. */
export class Reply {
  readonly #response: ServerResponse;
  /** What goes out with the end; undefined while there is no end in sight. */
  #last: Uint8Array[] | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  /** Headers are on their way: the status cannot be changed any more. */
  get hasBegun(): boolean {
    return this.#response.headersSent;
  }

  get isGone(): boolean {
    return this.#response.destroyed;
  }

  begin(status: number, contentType: string, headers: Readonly<Record<string, string>>): void {
    if (this.isGone || this.hasBegun) return;
    this.#response.writeHead(status, { ...headers, 'content-type': contentType });
  }

  /** Waits while the client cannot take more. */
  write(piece: string | Uint8Array): void | Promise<void> {
    const response = this.#response;
    if (this.#last !== undefined) {
      this.#last.push(typeof piece === 'string' ? Buffer.from(piece) : piece);
      return undefined;
    }
    if (piece.length === 0 || response.destroyed || response.write(piece)) return undefined;
    return new Promise((settle) => {
      const done = (): void => {
        response.off('drain', done).off('close', done);
        settle();
      };
      response.on('drain', done).on('close', done);
    });
  }

  /** What is written from now on goes out with the end, in one piece, and waits for nobody. */
  nearsEnd(): void {
    this.#last ??= [];
  }

  end(): void {
    const last = this.#last?.filter((piece) => piece.length > 0) ?? [];
    if (last.length === 0) this.#response.end();
    else this.#response.end(last.length === 1 ? last[0] : Buffer.concat(last));
  }

  json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): void {
    this.whole(status, 'application/json', JSON.stringify(value), headers);
  }

  whole(status: number, contentType: string, text: string, headers: Readonly<Record<string, string>> = {}): void {
    this.begin(status, contentType, { ...headers, 'content-length': String(Buffer.byteLength(text)) });
    this.#response.end(text);
  }

  /** Breaks the connection: what was sent is no whole answer, and no client shall take it for one. */
  break(): void {
    this.#response.destroy();
  }
}
