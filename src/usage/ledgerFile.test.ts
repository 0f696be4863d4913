import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { columnNames } from './attemptColumns.ts';
import { attempt, eachInAFolder, folder, full, now, olderLedger, opened, openLedgers } from './ledger.fixture.ts';
import { Ledger } from './ledger.ts';
import { openLedger } from './ledgerFile.ts';
import { migrate } from './ledgerSchema.ts';

eachInAFolder();

function writeOver(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes.fill(0xee, at, at + 20_000);
  writeFileSync(file, bytes);
}

describe('the file', () => {
  it('has a closed set of columns, none of them for text or paths', async () => {
    (await opened()).close();
    const database = new DatabaseSync(join(folder, 'ledger.sqlite'));
    const columns = database.prepare("SELECT name, type FROM pragma_table_info('attempts')").all();
    database.close();
    expect(columns.map((column) => column['name'])).toEqual(columnNames);
    expect(columnNames).toEqual(
      'id request_id task_id at surface kind class rule policy_hash requested_model provider model served_model place fallback_from input_tokens cache_read_tokens cache_write_tokens output_tokens reasoning_tokens usage_estimated cost_nano_usd price_source price_as_of latency_ms first_token_ms outcome failure simulated repo_key team conversation client billing billed_nano_usd trial arm overridden'.split(
        ' ',
      ),
    );
    expect(new Set(columns.map((column) => column['type']))).toEqual(new Set(['TEXT', 'INTEGER']));
  });

  it('is readable by its owner only, and survives being closed', async () => {
    const ledger = await opened();
    ledger.record(full);
    ledger.close();
    ledger.close();
    if (process.platform !== 'win32') expect(statSync(join(folder, 'ledger.sqlite')).mode & 0o777).toBe(0o600);
    expect((await opened()).recent(10)).toEqual([full]);
  });

  it('of the first version keeps what it has, counted by the class that won', async () => {
    olderLedger(1, [
      { class: 'a', cost: 1 },
      { class: 'b', cost: 10 },
    ]);
    const after = await opened();
    after.record(attempt({ class: 'a', costNanoUsd: 100 }), ['a', 'org:code']);
    expect(after.recent(10)).toHaveLength(3);
    const spent = (of: string): number => after.spentSince(0, { class: of }).costNanoUsd;
    expect([spent('a'), spent('b'), spent('org:code')]).toEqual([101, 10, 100]);
  });

  it('of a newer version is left alone', async () => {
    (await opened()).close();
    const database = new DatabaseSync(join(folder, 'ledger.sqlite'));
    database.exec('PRAGMA user_version = 99');
    database.close();
    const before = readdirSync(folder);
    expect(await openLedger(folder, now)).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringMatching(/newer version/),
    });
    expect(readdirSync(folder)).toEqual(before);
  });

  it.each([
    ['is not a database', (file: string) => writeFileSync(file, 'x'.repeat(10_000)), 0],
    ['was written over in the middle', (file: string) => writeOver(file, statSync(file).size / 2), 0],
    ['was written over near its end', (file: string) => writeOver(file, statSync(file).size - 30_000), 100],
    ['was cut short', (file: string) => truncateSync(file, 5_000), 0],
  ])(
    'that %s is set aside under a dated name, and a new one begun with what can be read',
    async (_, damage, fewest) => {
      const first = await opened();
      for (let i = 0; i < 500; i++) first.record(attempt({ costNanoUsd: 1 }));
      first.close();
      const file = join(folder, 'ledger.sqlite');
      damage(file);
      const damaged = readFileSync(file);
      const result = await openLedger(folder, now);
      if (result.kind !== 'open') throw new Error(result.reason);
      openLedgers.push(result.ledger);
      expect(result.setAside).toContain('ledger.sqlite.damaged-2026-11-22T12-00-00-000Z');
      expect(readFileSync(result.setAside ?? '')).toEqual(damaged);
      const { attempts, costNanoUsd } = result.ledger.spentSince(0, { class: 'tests' });
      expect([result.salvaged?.attempts, costNanoUsd]).toEqual([attempts, attempts]);
      expect(attempts).toBeGreaterThanOrEqual(fewest);
      expect(result.ledger.record(full)).toEqual({ kind: 'written' });
      expect(result.ledger.recent(1)).toEqual([full]);
    },
  );

  it.each([
    ['log', '-wal'],
    ['index of the log', '-shm'],
  ])(
    'whose %s was written over has what had been taken into it before, and nothing that is wrong',
    async (_, suffix) => {
      const first = await opened();
      first.record(full);
      const file = join(folder, 'ledger.sqlite');
      const checkpoint = new DatabaseSync(file);
      checkpoint.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      for (let i = 0; i < 100; i++) first.record(attempt());
      // As a killed process leaves it: with its log beside it.
      const copy = mkdtempSync(join(tmpdir(), 'ledger-'));
      try {
        for (const part of ['', '-wal', '-shm'])
          writeFileSync(join(copy, `ledger.sqlite${part}`), readFileSync(file + part));
        checkpoint.close();
        writeOver(join(copy, `ledger.sqlite${suffix}`), 5_000);
        const result = await openLedger(copy, now);
        if (result.kind !== 'open') throw new Error(result.reason);
        openLedgers.push(result.ledger);
        expect(result.setAside).toBeUndefined();
        expect(result.ledger.recent(200).at(-1)).toEqual(full);
        expect(result.ledger.record(attempt())).toEqual({ kind: 'written' });
      } finally {
        rmSync(copy, { recursive: true, force: true });
      }
    },
  );

  it.each([1, 2, 3, 4])('of version %i is brought up to date with all that it has, and can shrink', async (version) => {
    olderLedger(version, [
      { class: 'a', cost: 1 },
      { class: 'b', cost: 10 },
    ]);
    const ledger = await opened();
    const spent = (filter: object): number => ledger.costSince(0, filter).costNanoUsd;
    // Conditions are newer than the fourth version: what none is known of counts in all of them until then.
    expect([spent({}), spent({ class: 'a' }), version < 4 ? spent({ condition: 'any' }) : 11]).toEqual([11, 1, 11]);
    expect(ledger.record(full)).toEqual({ kind: 'written' });
    expect(ledger.recent(1)).toEqual([full]);
    ledger.close();
    const database = new DatabaseSync(join(folder, 'ledger.sqlite'));
    expect(database.prepare('PRAGMA auto_vacuum').get()).toEqual({ auto_vacuum: 2 });
    database.close();
  });

  it('in a folder that is none is unavailable, with the reason', async () => {
    writeFileSync(join(folder, 'file'), '');
    const result = await openLedger(join(folder, 'file'), now);
    expect(result).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringMatching(/cannot be used: unable to open/),
    });
  });
});

describe('a ledger that cannot write', () => {
  function limited(pragma: string): { ledger: Ledger; database: DatabaseSync } {
    const database = new DatabaseSync(join(folder, 'limited.sqlite'));
    migrate(database);
    const ledger = new Ledger(database);
    openLedgers.push(ledger);
    ledger.record(full);
    database.exec(pragma);
    return { ledger, database };
  }

  it.each([
    ['a full disk', 'PRAGMA max_page_count = 1', 'PRAGMA max_page_count = 100000', /full/],
    ['a read-only file', 'PRAGMA query_only = 1', 'PRAGMA query_only = 0', /readonly/],
  ])('because of %s says so, still reads, and is good again when it can', (_, limit, lift, reason) => {
    const { ledger, database } = limited(limit);
    let result = ledger.record(attempt());
    for (let i = 0; i < 200 && result.kind === 'written'; i++) result = ledger.record(attempt());
    expect(result).toMatchObject({ kind: 'failed', reason: expect.stringMatching(reason) });
    expect(ledger.health).toMatchObject({ kind: 'degraded', reason: expect.stringMatching(reason) });
    expect(ledger.spentSince(0).costNanoUsd).toBe(6);
    const { id, result: reserved } = ledger.reservations.reserve('b', 1, now);
    if (/readonly/.test(String(reason))) {
      expect(reserved.kind).toBe('failed');
      expect(ledger.reservations.settle(id).kind).toBe('failed');
    }
    database.exec(lift);
    expect(ledger.record(attempt())).toEqual({ kind: 'written' });
    expect(ledger.health).toEqual({ kind: 'good' });
  });
});
