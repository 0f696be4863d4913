/**
 * A provider's answer with an error status. The message has no word of the answer: an SDK reads meaning into the
 * messages of what its transport throws.
 */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  readonly status: number;
  readonly headers: Headers;
  /** At most the first 64 KB. */
  readonly body: string;

  constructor(status: number, headers: Headers, body: string) {
    super(`HTTP ${status}`);
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}

/**
 * Milliseconds that a provider asks to wait: `retry-after-ms`, else `retry-after` in seconds or as an HTTP date (RFC
 * 9110, 10.2.3). undefined when it says nothing that can be read.
 */
export function retryAfterMs(headers: Pick<Headers, 'get'>, now: number): number | undefined {
  const exact = readNumber(headers.get('retry-after-ms'));
  if (exact !== undefined) return exact;
  const said = headers.get('retry-after');
  const seconds = readNumber(said);
  if (seconds !== undefined) return Math.round(seconds * 1000);
  // Every form of an HTTP date begins with the day of the week; Date.parse alone takes almost anything.
  const date = said !== null && /^\s*[A-Za-z]{3}/.test(said) ? Date.parse(said) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function readNumber(text: string | null): number | undefined {
  return text !== null && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}
