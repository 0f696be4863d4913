import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ownPause } from '../../test/host/ownClock.ts';
import type { Attempt } from './attempt.ts';
import { keepHouse } from './housekeeping.ts';
import { Ledger } from './ledger.ts';
import { migrate } from './ledgerSchema.ts';
import { salvage } from './salvage.ts';
import { IDLE_MS } from './task.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const DAY_MS = 86_400_000;
let folder: string;
let database: DatabaseSync;
let ledger: Ledger;
let stop: () => void = () => undefined;
const said: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'house-'));
  ({ database, ledger } = ledgerIn('ledger.sqlite'));
});
afterEach(() => {
  stop();
  ledger.close();
  said.length = 0;
  rmSync(folder, { recursive: true, force: true });
});

function ledgerIn(name: string): { readonly database: DatabaseSync; readonly ledger: Ledger } {
  const made = new DatabaseSync(join(folder, name));
  migrate(made);
  return { database: made, ledger: new Ledger(made) };
}

function keep(isIdle = (): boolean => true): void {
  stop = keepHouse({ ledger, now: () => now, isIdle, log: (level, message) => said.push(`${level}: ${message}`) }, 5);
}

const attempt = (id: string, at: number): Attempt => ({
  id,
  requestId: id,
  taskId: `task of ${id}`,
  at,
  surface: 'chat',
  kind: 'chat',
  class: 'tests',
  rule: 'tests',
  policyHash: 'abc',
  place: 0,
  outcome: 'served',
  costNanoUsd: 1,
});

const rows = (): number => Number(database.prepare('SELECT COUNT(*) AS count FROM attempts').get()?.['count']);
const until = { interval: 10 };

test('tasks that nobody goes on with are closed, and old days are added up', async () => {
  ledger.record(attempt('old', now - 100 * DAY_MS));
  ledger.record(attempt('idle', now - IDLE_MS - 1));
  ledger.record(attempt('young', now));
  keep();
  await expect.poll(() => ledger.tasks.read('task of idle')?.closedAt, until).toBe(now - 1);
  await expect.poll(rows, until).toBe(2);
  expect(ledger.tasks.read('task of young')?.closedAt).toBeUndefined();
  expect(ledger.costSince(0).costNanoUsd).toBe(3);
  expect(said).toEqual([]);
});

test('the rest of a damaged ledger is copied', async () => {
  const old = ledgerIn('damaged.sqlite');
  for (let at = 0; at < 250; at += 1) old.ledger.record(attempt(`id-${at}`, now));
  old.ledger.close();
  salvage(DatabaseSync, join(folder, 'damaged.sqlite'), database, 0);
  keep();
  await expect.poll(() => ledger.costSince(0).costNanoUsd, until).toBe(250);
  await expect.poll(() => said, until).toEqual([expect.stringContaining('250 more attempts')]);
});

test('what a request has set aside is renewed while it is under way, however long that takes', async () => {
  let clock = now;
  stop = keepHouse(
    { ledger, now: () => clock, isIdle: () => false, log: (level, message) => said.push(level + message) },
    5,
  );
  const { id } = ledger.reservations.reserve('b', 100, now);
  for (let minutes = 0; minutes < 30; minutes += 9) {
    clock = now + minutes * 60_000;
    await ownPause(60);
  }
  expect(ledger.reservations.held('b', clock)).toBe(100);
  ledger.reservations.settle(id);
  await ownPause(60);
  expect(ledger.reservations.held('b', clock)).toBe(0);
  expect(said).toEqual([]);
});

test('nothing is done while somebody waits for an answer, nor once it was stopped', async () => {
  let isIdle = false;
  ledger.record(attempt('idle', now - IDLE_MS - 1));
  keep(() => isIdle);
  await ownPause(150);
  expect(ledger.tasks.read('task of idle')?.closedAt).toBeUndefined();
  stop();
  isIdle = true;
  await ownPause(150);
  expect(ledger.tasks.read('task of idle')?.closedAt).toBeUndefined();
});

test('what cannot be tidied is said, and tried again', async () => {
  ledger.record(attempt('idle', now - IDLE_MS - 1));
  database.exec('PRAGMA query_only = 1');
  keep();
  await expect.poll(() => said[0], until).toMatch(/^warn: The ledger could not be tidied: .*readonly/);
  database.exec('PRAGMA query_only = 0');
  await expect.poll(() => ledger.tasks.read('task of idle')?.closedAt, until).toBe(now - 1);
});
