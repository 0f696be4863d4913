import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Attempt } from './attempt.ts';
import { Ledger } from './ledger.ts';
import { migrate } from './ledgerSchema.ts';
import { salvage } from './salvage.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const MANY = 1_000;
let folder: string;
let damaged: string;
let database: DatabaseSync;
let ledger: Ledger;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'salvage-'));
  damaged = join(folder, 'damaged.sqlite');
  const old = ledgerIn(damaged).ledger;
  old.together(() => {
    for (let at = 0; at < MANY; at += 1) old.record(attempt(at), ['tests', 'org:tests'], ['night'], [`file-${at % 7}`]);
    old.tasks.signal({ taskId: 'task-99', at: now, signal: 'accepted', source: 'editor' });
  });
  old.close();
  ({ ledger, database } = ledgerIn(join(folder, 'ledger.sqlite')));
});
afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

function ledgerIn(file: string): { readonly ledger: Ledger; readonly database: DatabaseSync } {
  const made = new DatabaseSync(file);
  migrate(made);
  return { ledger: new Ledger(made), database: made };
}

/** The older, the smaller its number. */
function attempt(number: number): Attempt {
  return {
    id: `id-${number}`,
    requestId: `request-${number}`,
    taskId: `task-${Math.floor(number / 10)}`,
    conversation: `conversation-${Math.floor(number / 10)}`,
    at: now - (MANY - number) * 1_000,
    surface: 'chat',
    kind: 'chat',
    class: 'tests',
    rule: 'tests',
    policyHash: 'abc',
    place: 0,
    outcome: 'served',
    costNanoUsd: 1,
  };
}

const spent = (): number => ledger.costSince(0, { class: 'org:tests', condition: 'night' }).costNanoUsd;

describe('what can still be read of a damaged ledger', () => {
  it('is copied with all that belongs to it', () => {
    expect(salvage(DatabaseSync, damaged, database)).toEqual({
      attempts: MANY,
      since: now - MANY * 1_000,
      isWhole: true,
    });
    expect(spent()).toBe(MANY);
    expect(ledger.spentOnTask('task-99').costNanoUsd).toBe(10);
    expect(ledger.tasks.read('task-99')?.outcome).toBe('accepted');
    const asked = { conversation: 'conversation-99', fileKeys: [], at: now, inToolLoop: false };
    expect(ledger.tasks.find(asked)).toEqual({ kind: 'open', id: 'task-99' });
  });

  it('is copied the newest first where there is no time for all, and the rest in steps, while requests go on', async () => {
    expect(salvage(DatabaseSync, damaged, database, 0)).toMatchObject({ attempts: 0, isWhole: false });
    expect(await ledger.salvageMore()).toEqual({ attempts: 100, goesOn: true });
    expect(spent()).toBe(100);
    expect(ledger.recent(MANY).at(-1)?.id).toBe('id-900');
    ledger.record({ ...attempt(0), id: 'new', at: now }, ['tests', 'org:tests'], ['night']);
    expect(spent()).toBe(101);
    let more = await ledger.salvageMore();
    // A sum that was made before counts what is copied after it.
    expect(spent()).toBe(201);
    while (more?.goesOn === true) more = await ledger.salvageMore();
    expect(spent()).toBe(MANY + 1);
    expect(ledger.recent(1)[0]?.id).toBe('new');
    expect(await ledger.salvageMore()).toBeUndefined();
  });

  it('is on both sides of the damage', () => {
    const size = statSync(damaged).size;
    const file = openSync(damaged, 'r+');
    const page = new DatabaseSync(damaged, { readOnly: true });
    const leaf = page
      .prepare(
        "SELECT pageno FROM dbstat WHERE name = 'attempts' AND pagetype = 'leaf' ORDER BY path LIMIT 1 OFFSET 20",
      )
      .get()?.['pageno'];
    page.close();
    writeSync(file, Buffer.alloc(4_096, 255), 0, 4_096, (Number(leaf) - 1) * 4_096);
    closeSync(file);
    expect(statSync(damaged).size).toBe(size);
    const { attempts, since, isWhole } = salvage(DatabaseSync, damaged, database);
    expect(isWhole).toBe(true);
    expect(since).toBe(now - MANY * 1_000);
    expect(attempts).toBeGreaterThan(MANY - 50);
    expect(attempts).toBeLessThan(MANY);
    expect(spent()).toBe(attempts);
  });

  it('is asked for no more once somebody has removed the file', async () => {
    salvage(DatabaseSync, damaged, database, 0);
    rmSync(damaged);
    await expect(ledger.salvageMore()).rejects.toThrow();
    expect(await ledger.salvageMore()).toBeUndefined();
  });
});
