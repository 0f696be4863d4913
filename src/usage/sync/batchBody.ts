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

/**
 * As many of the first events as one body may hold; at least one. All are of one period's person: two in one body would tell a
 * server that they are one.
 */
export function fitting(all: readonly WaitingEvent[]): readonly WaitingEvent[] {
  const [first] = all;
  const person = first && personOf(first);
  const events = all.filter((event) => personOf(event) === person);
  let characters = 0;
  const end = events.findIndex(({ body }, index) => {
    characters += body.length + 2;
    return index > 0 && characters > MOST_CHARACTERS;
  });
  return end < 0 ? events : events.slice(0, end);
}

/** Only {@link ./collect.ts collect} has written the bodies. */
function personOf({ body }: WaitingEvent): unknown {
  const event: { readonly person?: unknown } = JSON.parse(body);
  return event.person;
}
