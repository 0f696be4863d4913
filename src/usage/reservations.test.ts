import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { eachInAFolder, folder, now, opened, openLedgers } from './ledger.fixture.ts';
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
