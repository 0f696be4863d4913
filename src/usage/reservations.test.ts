import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attempt, eachInAFolder, folder, now, opened, openLedgers } from './ledger.fixture.ts';
import { Ledger } from './ledger.ts';
import { migrate } from './ledgerSchema.ts';
import { RESERVATION_MS } from './reservations.ts';

eachInAFolder();

describe('a reservation', () => {
  it('is held until it is settled', async () => {
    const { reservations } = await opened();
    const first = reservations.reserve('dev-day', 100, now);
    reservations.reserve('dev-day', 20, now);
    reservations.reserve('other', 3, now);
    expect([reservations.held('dev-day', now), reservations.held('other', now)]).toEqual([120, 3]);
    expect(reservations.settle(first.id)).toEqual({ kind: 'written' });
    expect(reservations.settle(first.id)).toEqual({ kind: 'written' });
    expect(reservations.held('dev-day', now)).toBe(20);
  });

  it('that cannot be made is the ledger’s own trouble: no budget can be kept then', () => {
    const database = new DatabaseSync(join(folder, 'ledger.sqlite'));
    migrate(database);
    const ledger = new Ledger(database);
    openLedgers.push(ledger);
    database.exec('PRAGMA query_only = 1');
    expect(ledger.reservations.reserve('b', 1, now).result.kind).toBe('failed');
    expect(ledger.health).toMatchObject({ kind: 'degraded', reason: expect.stringMatching(/set aside.*readonly/) });
  });

  it('is renewed while its request is under way, and lapses when that is settled or has gone on for hours', async () => {
    const { reservations } = await opened();
    const other = (await opened()).reservations;
    const { id } = reservations.reserve('b', 100, now);
    other.reserve('b', 1, now);
    const later = now + RESERVATION_MS - 1;
    reservations.renew(later);
    expect(reservations.held('b', later + 2)).toBe(100);
    const hours = now + 7 * 3_600_000;
    reservations.renew(hours);
    expect(reservations.held('b', hours)).toBe(0);
    reservations.settle(id);
    reservations.renew(later);
    expect(reservations.held('b', later)).toBe(1);
  });

  it('that has lapsed, as while a machine slept, counts again as soon as it is renewed', async () => {
    const { reservations } = await opened();
    reservations.reserve('b', 100, now);
    const woken = now + RESERVATION_MS;
    expect(reservations.held('b', woken)).toBe(0);
    reservations.renew(woken);
    expect(reservations.held('b', woken)).toBe(100);
  });

  it('lapses, and is then swept', async () => {
    const { reservations } = await opened();
    reservations.reserve('b', 100, now);
    expect(reservations.held('b', now + RESERVATION_MS - 1)).toBe(100);
    expect(reservations.held('b', now + RESERVATION_MS)).toBe(0);
    reservations.reserve('b', 1, now + RESERVATION_MS);
    expect(reservations.held('b', now)).toBe(1);
  });

  it('is seen by other windows', async () => {
    const [one, other] = [await opened(), await opened()];
    one.reservations.reserve('b', 100, now);
    expect(other.reservations.held('b', now)).toBe(100);
  });
});

const moment = fc.constantFrom(0, 1, 900, 1_500, 61_000, RESERVATION_MS, -5_000);
const event = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('reserve' as const),
      key: fc.constantFrom('a', 'b'),
      nanoUsd: fc.nat(1_000),
    }),
  },
  fc.record({ kind: fc.constantFrom('settle' as const, 'record' as const, 'forget' as const), which: fc.nat() }),
  fc.record({ kind: fc.constantFrom('renew' as const, 'file' as const) }),
);

describe('what stands against a budget', () => {
  it('is what a window that is opened now finds, whatever several have set aside and given up', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.boolean(), moment), { maxLength: 20 }), (events) => {
        const database = (): DatabaseSync => new DatabaseSync(join(folder, 'ledger.sqlite'));
        const first = database();
        first.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
        migrate(first);
        first.exec('DELETE FROM reservations; DELETE FROM intake; DELETE FROM attempts');
        const windows = [new Ledger(first), new Ledger(database())] as const;
        try {
          const made: string[] = [];
          let at = now;
          for (const [one, isFirst, later] of events) {
            at += later;
            const ledger = windows[isFirst ? 0 : 1];
            const { reservations } = ledger;
            const settle = ('which' in one && made[one.which % Math.max(1, made.length)]) || 'nobody';
            switch (one.kind) {
              case 'reserve':
                ledger.together(() => made.push(reservations.reserve(one.key, one.nanoUsd, at).id));
                break;
              case 'settle':
                reservations.settle(settle);
                break;
              case 'record':
                ledger.settle(() => {
                  ledger.record(attempt({ at }));
                  reservations.settle(settle);
                });
                break;
              case 'forget':
                windows[isFirst ? 1 : 0].reservations.settle(settle);
                break;
              case 'renew':
                reservations.renew(at);
                break;
              case 'file':
                ledger.fileToRead();
                break;
            }
            const anew = new Ledger(database());
            const expected = ['a', 'b'].map((key) => anew.reservations.held(key, at));
            anew.close();
            for (const window of windows)
              expect(['a', 'b'].map((key) => window.reservations.held(key, at))).toEqual(expected);
          }
        } finally {
          for (const window of windows) window.close();
        }
      }),
      { numRuns: 60 },
    );
  });
});
