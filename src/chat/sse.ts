import { StreamFault } from './fault.ts';
import { type LineRules, longestLineByDefault, splitLines, tooLong } from './lines.ts';

/** One event of a stream of server-sent events. */
export interface SseEvent {
  /** `message` when the stream does not name it. */
  readonly event: string;
  readonly data: string;
  /** The last id that the stream has given; empty when it gave none. */
  readonly id: string;
}

export interface SseParser {
  /** The events that this piece completes. Throws a malformed `StreamFault` for an event too long. */
  push(piece: Uint8Array | string): SseEvent[];
  /** Characters of the event that is not complete yet. */
  waiting(): number;
}

/**
 * Parses server-sent events, whatever the pieces they come in
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation). An event that is not
 * ended by an empty line when the stream ends is dropped, as the standard says: it may be half of one.
 */
export function parseSse({ longestLine = longestLineByDefault }: Pick<LineRules, 'longestLine'> = {}): SseParser {
  const lines = splitLines({ longestLine, carriageReturnEnds: true });
  let event = '';
  let id = '';
  let data: string[] = [];
  let dataLength = 0;

  function field(line: string): void {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'data') {
      data.push(value);
      dataLength += value.length + 1;
      // Many short lines of one event fill the memory as well as one long line does.
      if (dataLength > longestLine) throw new StreamFault('malformed', tooLong(longestLine));
    } else if (name === 'event') event = value;
    else if (name === 'id' && !value.includes('\0')) id = value;
  }

  return {
    push(piece) {
      const events: SseEvent[] = [];
      for (const line of lines.push(piece)) {
        if (line === '') {
          if (data.length > 0) events.push({ event: event === '' ? 'message' : event, data: data.join('\n'), id });
          event = '';
          data = [];
          dataLength = 0;
        } else if (!line.startsWith(':')) {
          field(line);
        }
      }
      return events;
    },
    waiting: () => lines.waiting() + dataLength,
  };
}
