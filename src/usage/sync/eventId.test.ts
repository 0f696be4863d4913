import { describe, expect, it } from 'vitest';
import { type AttemptEvent, usageEvent } from './event.ts';
import { idBeginning, isOfHour, newEventId } from './eventId.ts';

const HOUR = '2026-11-23T14:00Z';

describe('an event’s id', () => {
  it('is its hour and a random number, in the form of a UUID of version 7', () => {
    const ids = Array.from({ length: 1_000 }, () => newEventId(HOUR));
    expect(new Set(ids).size).toBe(1_000);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const [id = ''] = ids;
    expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(Date.UTC(2026, 10, 23, 14));
  });

  it.each(['1970-01-01T00:00Z', HOUR, '9999-12-31T23:00Z'])('is of %s and of no other hour', (hour) => {
    const id = newEventId(hour);
    expect(id.startsWith(idBeginning(hour))).toBe(true);
    expect(isOfHour({ id: id.toUpperCase(), hour })).toBe(true);
    expect(isOfHour({ id, hour: '2026-11-23T15:00Z' })).toBe(false);
  });

  it('that is of another hour, or of another version, is none of the record', () => {
    const event = (id: string): AttemptEvent => ({
      event: 'attempt',
      id,
      hour: HOUR,
      person: '0123456789abcdef',
      surface: 'chat',
      kind: 'chat',
      class: 'docs',
      rule: 'docs',
      place: 0,
      outcome: 'served',
    });
    const wrong = [
      newEventId('2026-11-23T13:00Z'),
      newEventId('2026-11-24T14:00Z'),
      newEventId(HOUR).replace(/-7(?=.{3}-)/, '-4'),
      crypto.randomUUID(),
    ];
    expect(usageEvent.safeParse(event(newEventId(HOUR))).success).toBe(true);
    expect(wrong.map((id) => usageEvent.safeParse(event(id)).success)).toEqual([false, false, false, false]);
  });
});
