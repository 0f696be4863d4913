import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Ledger } from '../ledger.ts';
import { openLedger } from '../ledgerFile.ts';
import { Lease } from './lease.ts';

let folder: string;
let ledger: Ledger;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lease-'));
  const opened = await openLedger(folder, 0);
  if (opened.kind !== 'open') throw new Error(opened.reason);
  ({ ledger } = opened);
});

afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

test('one holds it, keeps it by renewing it, and of one that is gone it lapses', () => {
  const one = new Lease(ledger.sync, 'one', 1_000);
  const other = new Lease(ledger.sync, 'other', 1_000);
  expect(one.take(0)).toBe(true);
  expect(other.take(500)).toBe(false);
  expect(one.take(900)).toBe(true);
  expect(other.take(1_500)).toBe(false);
  expect(other.take(1_900)).toBe(true);
  expect(one.take(2_000)).toBe(false);
});

test('it is handed on at once by who holds it, and by nobody else', () => {
  const one = new Lease(ledger.sync, 'one', 1_000);
  const other = new Lease(ledger.sync, 'other', 1_000);
  one.take(0);
  other.release();
  expect(other.take(10)).toBe(false);
  one.release();
  expect(other.take(20)).toBe(true);
});

test('a clock that is put back by a day does not keep it for a day', () => {
  const one = new Lease(ledger.sync, 'one', 1_000);
  one.take(86_400_000);
  expect(new Lease(ledger.sync, 'other', 1_000).take(0)).toBe(true);
});
