// Attempts that end while another program holds the ledger's file for itself.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { attempt, eachInAFolder, folder, now, opened } from './ledger.fixture.ts';

eachInAFolder();

it('are kept with what they give up, and only the first of them waits for the file', async () => {
  const ledger = await opened();
  const { reservations } = ledger;
  const held = Array.from({ length: 101 }, () => reservations.reserve('all', 10, now).id);
  const other = new DatabaseSync(join(folder, 'ledger.sqlite'));
  other.exec('BEGIN IMMEDIATE');
  const end = (id: string): unknown =>
    ledger.settle(() => {
      ledger.record(attempt({ costNanoUsd: 1 }));
      ledger.together(() => reservations.settle(id));
    });
  const [first, ...rest] = held;
  end(first ?? '');
  const took = rest.map((id) => {
    const began = performance.now();
    end(id);
    return performance.now() - began;
  });
  // One that tried the file each time would wait ten milliseconds for it each time. What the machine does meanwhile keeps some.
  expect(took.toSorted((a, b) => a - b)[took.length / 2]).toBeLessThan(8);
  expect([ledger.costSince(0).costNanoUsd, reservations.held('all', now)]).toEqual([101, 0]);
  other.exec('COMMIT');
  other.close();
  ledger.close();
  const next = await opened();
  expect([next.costSince(0).costNanoUsd, next.reservations.held('all', now)]).toEqual([101, 0]);
});
