import { StreamFault } from './fault.ts';
import { type LineRules, splitLines } from './lines.ts';
import { jsonOrUndefined } from './untrusted.ts';

export interface NdjsonParser {
  /** The values that this piece completes. Throws a malformed `StreamFault` for a line that is too long or not JSON. */
  push(piece: Uint8Array | string): unknown[];
  /** The last value, when the stream did not end its last line. An unfinished value throws a malformed `StreamFault`. */
  end(): unknown[];
}

/** Parses newline-delimited JSON, whatever the pieces it comes in. Empty lines mean nothing. */
export function parseNdjson(rules: Pick<LineRules, 'longestLine'> = {}): NdjsonParser {
  const lines = splitLines(rules);

  function values(texts: readonly string[]): unknown[] {
    return texts
      .filter((text) => text.trim() !== '')
      .map((text) => {
        const value = jsonOrUndefined(text);
        if (value === undefined) {
          throw new StreamFault('malformed', 'The provider sent a line that is not JSON; the stream was given up.');
        }
        return value;
      });
  }

  return {
    push: (piece) => values(lines.push(piece)),
    end: () => values([lines.rest()]),
  };
}
