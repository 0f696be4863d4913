import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Attempt } from '../usage/attempt.ts';
import { Ledger } from '../usage/ledger.ts';
import { migrate } from '../usage/ledgerSchema.ts';
import { LedgerRecorder } from './ledgerRecorder.ts';

let folder: string;
let database: DatabaseSync;
let ledger: Ledger;
let trouble: string | undefined;
let recorder: LedgerRecorder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recorder-'));
  database = new DatabaseSync(join(folder, 'ledger.sqlite'));
  migrate(database);
  ledger = new Ledger(database);
  trouble = undefined;
  recorder = new LedgerRecorder({
    folder,
    ledger,
    decisions: undefined,
    key: Buffer.alloc(32, 7),
    calibration: [],
    warning: 'The usage ledger was damaged.',
    recording: () => trouble,
  });
});
afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

let made = 0;
function record(): void {
  made += 1;
  const names = { surface: 'chat', kind: 'chat', class: 'c', rule: 'c', policyHash: 'h', outcome: 'served' } as const;
  const attempt: Attempt = { id: `${made}`, requestId: `${made}`, at: made, place: 0, ...names };
  recorder.record(attempt, { root: '/repo', classes: ['c'], conditions: [], fileKeys: [] });
}

test('what is wrong now is said before what was wrong at the beginning, and only as long as it is', () => {
  record();
  expect(recorder.warning()).toBe('The usage ledger was damaged.');
  trouble = 'What must not be sent could not be marked.';
  record();
  expect(recorder.warning()).toBe(trouble);
  database.exec('PRAGMA query_only = 1');
  record();
  expect(recorder.warning()).toMatch(/was not recorded.*readonly.* What must not be sent could not be marked\.$/);
  database.exec('PRAGMA query_only = 0');
  trouble = undefined;
  record();
  expect(recorder.warning()).toBe('The usage ledger was damaged.');
});
