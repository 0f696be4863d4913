import { WIRE_VERSION } from './event.ts';
import type { WaitingEvent } from './outbox.ts';

/** Bodies of more than so many characters are sent in parts. */
const MOST_CHARACTERS = 1_000_000;

/**
 * The body of a request, an event a line, so that people can read exactly what is sent. Beside the events it has nothing
 * that a server could have said before, such as how far its clock is from ours: by that it would know a machine again.
 */
export function batchBody(events: readonly WaitingEvent[]): string {
  return `{"version":${WIRE_VERSION},"events":[\n${events.map(({ body }) => body).join(',\n')}\n]}\n`;
}

/** As many of the first events as one body may hold; at least one. */
export function fitting(events: readonly WaitingEvent[]): readonly WaitingEvent[] {
  let characters = 0;
  const end = events.findIndex(({ body }, index) => {
    characters += body.length + 2;
    return index > 0 && characters > MOST_CHARACTERS;
  });
  return end < 0 ? events : events.slice(0, end);
}
