import { expect, it } from 'vitest';
import type { GatewaySighting } from '../contract/messages.ts';
import { Sightings } from './sightings.ts';

it('puts together what is told once, and only where somebody hears it', () => {
  const sightings = new Sightings();
  const heard: GatewaySighting[] = [];
  let made = 0;
  const tell = (): void =>
    sightings.tell(() => {
      made += 1;
      return { id: `${made}`, at: 0, client: 'codex', surface: 'gateway' };
    });
  tell();
  expect(made).toBe(0);
  const ends = [1, 2].map(() => sightings.listen((sighting) => heard.push(sighting)));
  tell();
  expect(heard.map(({ id }) => id)).toEqual(['1', '1']);
  for (const end of ends) end();
  tell();
  expect(made).toBe(1);
});
