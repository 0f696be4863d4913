import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Ledger } from '../ledger.ts';
import { migrate } from '../ledgerSchema.ts';
import { closedGates } from './standing.ts';
import { Sync } from './sync.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
let folder: string;
let database: DatabaseSync;
let ledger: Ledger;
let sync: Sync;
const logged: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'marks-'));
  database = new DatabaseSync(join(folder, 'ledger.sqlite'));
  migrate(database);
  ledger = new Ledger(database);
  sync = new Sync({
    store: ledger.sync,
    folder,
    managedFolders: [],
    common: { providers: new Set() },
    fetch,
    now: () => now,
    log: (_level, message) => logged.push(message),
  });
  sync.configure(closedGates);
  // Something is sent from this machine: marks are written.
  ledger.sync.begin('team', 'somewhere');
});
afterEach(async () => {
  await sync.dispose();
  ledger.close();
  logged.length = 0;
  rmSync(folder, { recursive: true, force: true });
});

const marked = (): readonly unknown[] =>
  database
    .prepare('SELECT attempt_id FROM withheld ORDER BY attempt_id')
    .all()
    .map((row) => row['attempt_id']);

test('what must not be sent is marked, and nothing is said of it', () => {
  expect(sync.recording('a')).toBeUndefined();
  expect(marked()).toEqual(['a']);
});

test('a mark that cannot be written is said as long as that is so, logged once, and written when it can be', () => {
  database.exec('PRAGMA query_only = 1');
  for (const id of ['a', 'b'])
    expect(sync.recording(id)).toMatch(/could not be marked .*readonly.* another window may send it/);
  expect(logged).toHaveLength(1);
  database.exec('PRAGMA query_only = 0');
  expect(sync.recording('c')).toBeUndefined();
  expect(marked()).toEqual(['a', 'b', 'c']);
});

test('a mark that could not be written is written also where this window may send by then', () => {
  database.exec('PRAGMA query_only = 1');
  sync.recording('a');
  sync.configure({ trusted: true, telemetry: true, enabled: true });
  expect(sync.recording('b')).toMatch(/could not be marked/);
  database.exec('PRAGMA query_only = 0');
  expect(sync.recording('c')).toBeUndefined();
  expect(marked()).toEqual(['a']);
});
