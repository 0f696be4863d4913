import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Attempt } from './attempt.ts';
import { columnNames } from './attemptColumns.ts';
import { Ledger } from './ledger.ts';
import { openLedger } from './ledgerFile.ts';
import { migrate } from './ledgerSchema.ts';
import { RESERVATION_MS } from './reservations.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
let folder: string;
const open: Ledger[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ledger-'));
});
afterEach(() => {
  for (const ledger of open.splice(0)) ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

async function opened(): Promise<Ledger> {
  const result = await openLedger(folder, now);
  if (result.kind !== 'open') throw new Error(result.reason);
  open.push(result.ledger);
  return result.ledger;
}

/** A ledger as an older version of the extension left it. */
function olderLedger(version: number, attempts: readonly { class: string; cost: number }[]): void {
  const database = new DatabaseSync(join(folder, 'ledger.sqlite'));
  migrate(database, version);
  const insert = database.prepare(
    `INSERT INTO attempts (id, request_id, at, surface, kind, class, rule, policy_hash, place, outcome, cost_nano_usd)
     VALUES (?, ?, ?, 'chat', 'chat', ?, 'rule', 'hash', 0, 'served', ?)`,
  );
  for (const [index, one] of attempts.entries()) {
    insert.run(`old-${index}`, `old-request-${index}`, now, one.class, one.cost);
  }
  if (version > 1) database.exec('INSERT INTO attempt_classes (attempt_id, class) SELECT id, class FROM attempts');
  database.close();
}

let made = 0;
const attempt = (more: Partial<Attempt> = {}): Attempt => ({
  id: `id-${made++}`,
  requestId: `request-${made}`,
  at: now,
  surface: 'chat',
  kind: 'chat',
  class: 'tests',
  rule: 'tests',
  policyHash: 'abc',
  place: 0,
  outcome: 'served',
  ...more,
});

const full: Required<Attempt> = {
  ...(attempt() as Required<Attempt>),
  taskId: 'task',
  requestedModel: 'auto',
  provider: 'anthropic',
  model: 'claude-haiku-5-5',
  servedModel: 'claude-haiku-5-5-20261001',
  fallbackFrom: 'copilot/mai-code-1.1-flash',
  inputTokens: 1,
  cacheReadTokens: 2,
  cacheWriteTokens: 3,
  outputTokens: 4,
  reasoningTokens: 5,
  usageEstimated: false,
  conversation: 'conversation',
  client: 'claude-code',
  billing: 'metered',
  billedNanoUsd: 9,
  trial: 'small-tests',
  arm: 'control',
  overridden: 'person',
  costNanoUsd: 6,
  priceSource: 'overlay',
  priceAsOf: '2026-11-10',
  latencyMs: 7,
  firstTokenMs: 8,
  failure: 'server',
  simulated: true,
  repoKey: 'key',
  team: 'payments',
};

describe('an attempt', () => {
  it('is read back as it was recorded, with all its fields or with few', async () => {
    const ledger = await opened();
    const small = attempt({ at: now - 1 });
    expect(ledger.record(full)).toEqual({ kind: 'written' });
    ledger.record(small);
    expect(ledger.recent(10)).toEqual([full, small]);
  });

  it('recorded twice is there once, as it was first', async () => {
    const ledger = await opened();
    ledger.record(full);
    expect(ledger.record({ ...full, costNanoUsd: 999 })).toEqual({ kind: 'written' });
    expect(ledger.recent(10)).toEqual([full]);
  });

  it('gets its outcome later', async () => {
    const ledger = await opened();
    const shown = attempt({ outcome: 'shown' });
    ledger.record(shown);
    ledger.setOutcome(shown.id, 'accepted');
    expect(ledger.recent(1)[0]?.outcome).toBe('accepted');
  });

  it('holds no more of a name than a name, and no number that is none', async () => {
    const ledger = await opened();
    const odd = attempt({
      requestedModel: `a\nb${'secret '.repeat(1_000)}`,
      latencyMs: 1.6,
      firstTokenMs: Number.NaN,
      costNanoUsd: -5,
      inputTokens: 1e300,
    });
    expect(ledger.record(odd)).toEqual({ kind: 'written' });
    const [back] = ledger.recent(1);
    expect(back?.requestedModel).toHaveLength(128);
    expect(back?.requestedModel?.startsWith('a bsecret')).toBe(true);
    expect(back).toMatchObject({ latencyMs: 2, costNanoUsd: 0, inputTokens: Number.MAX_SAFE_INTEGER });
    expect(back).not.toHaveProperty('firstTokenMs');
  });
});

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
      open.push(result.ledger);
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
        open.push(result.ledger);
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
    open.push(ledger);
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

describe('what was spent', () => {
  it('is counted from the moment asked for, that moment included', async () => {
    const ledger = await opened();
    for (const [at, costNanoUsd] of [
      [now - 1, 1],
      [now, 10],
      [now + 1, 100],
    ] as const)
      ledger.record(attempt({ at, costNanoUsd }));
    expect(ledger.spentSince(now).costNanoUsd).toBe(110);
    expect(ledger.spentSince(now + 2)).toEqual({
      costNanoUsd: 0,
      simulatedNanoUsd: 0,
      unpriced: 0,
      attempts: 0,
      requests: 0,
    });
  });

  it('can be narrowed to a class, a repository and a team, or told for a task', async () => {
    const ledger = await opened();
    ledger.record(attempt({ class: 'a', repoKey: 'r1', team: 't', taskId: 'x', costNanoUsd: 1 }));
    ledger.record(attempt({ class: 'a', repoKey: 'r2', costNanoUsd: 10 }));
    ledger.record(attempt({ class: 'b', repoKey: 'r1', team: 't', costNanoUsd: 100 }));
    const spent = (filter: object): number => ledger.spentSince(0, filter).costNanoUsd;
    expect([
      spent({}),
      spent({ class: 'a' }),
      spent({ repoKey: 'r1' }),
      spent({ class: 'a', repoKey: 'r1' }),
      spent({ team: 't' }),
      ledger.spentOnTask('x').costNanoUsd,
      ledger.spentOnTask('y').costNanoUsd,
      spent({ class: 'c' }),
    ]).toEqual([111, 11, 101, 1, 101, 1, 0, 0]);
  });

  it('can be narrowed to what met a condition, and counts in all of them what was there before conditions', async () => {
    olderLedger(3, [{ class: 'tests', cost: 1 }]);
    const ledger = await opened();
    ledger.record(attempt({ costNanoUsd: 10 }), ['a'], ['one', 'two', 'one']);
    ledger.record(attempt({ costNanoUsd: 100 }), ['a'], ['two']);
    ledger.record(attempt({ costNanoUsd: 1_000, repoKey: 'r' }), ['a']);
    const spent = (filter: object): number => ledger.spentSince(0, filter).costNanoUsd;
    expect([
      spent({}),
      spent({ condition: 'one' }),
      spent({ condition: 'two' }),
      spent({ condition: 'three' }),
      spent({ condition: 'two', class: 'a' }),
      spent({ condition: 'two', repoKey: 'r' }),
    ]).toEqual([1_111, 11, 111, 1, 110, 0]);
  });

  it('is counted in each class that some policy gives an attempt, once in each, and no name is a text', async () => {
    const ledger = await opened();
    const long = 'x'.repeat(1_000);
    const one = attempt({ class: 'a', costNanoUsd: 1 });
    ledger.record(one, ['a', 'org:code', 'a', long]);
    ledger.record(one, ['late']);
    ledger.record(attempt({ class: 'b', costNanoUsd: 10 }), ['b', 'org:code']);
    const spent = (of: string): number => ledger.spentSince(0, { class: of }).costNanoUsd;
    expect([spent('a'), spent('b'), spent('org:code'), spent(long), spent('late')]).toEqual([1, 10, 11, 1, 0]);
    ledger.close();
    const database = new DatabaseSync(join(folder, 'ledger.sqlite'));
    const longest = database.prepare('SELECT MAX(LENGTH(class)) AS longest FROM attempt_classes').get();
    database.close();
    expect(longest?.['longest']).toBe(128);
  });

  it('today begins at midnight UTC; attempts of one request are one request', async () => {
    const ledger = await opened();
    ledger.record(attempt({ at: Date.parse('2026-11-21T23:59:59Z'), costNanoUsd: 1_000 }));
    ledger.record(attempt({ requestId: 'r', inputTokens: 5, costNanoUsd: 7 }));
    ledger.record(attempt({ requestId: 'r', place: 1, inputTokens: 5 }));
    ledger.record(attempt({ inputTokens: 5, costNanoUsd: 3, simulated: true }));
    ledger.record(attempt({ outcome: 'blocked' }));
    const cost = { costNanoUsd: 10, simulatedNanoUsd: 3, unpriced: 1 };
    expect(ledger.today(now)).toEqual(cost);
    expect(ledger.spentSince(Date.parse('2026-11-22'))).toEqual({ ...cost, attempts: 4, requests: 3 });
  });

  it('goes on from where it was, with what other processes have written since, and as if it were added up anew', async () => {
    const [ledger, other] = [await opened(), await opened()];
    const filters = [{}, { class: 'a' }, { repoKey: 'r' }, { team: 't', class: 'b' }, { condition: 'one' }];
    for (let n = 0; n < 60; n++) {
      (n % 3 === 0 ? other : ledger).record(
        attempt({
          at: now - (n % 5) * 1_000,
          taskId: n % 4 === 0 ? 'x' : 'y',
          costNanoUsd: n,
          simulated: n % 7 === 0,
          ...(n % 2 === 0 ? { repoKey: 'r' } : { team: 't' }),
        }),
        n % 3 === 1 ? ['a'] : ['a', 'b'],
        n % 5 === 0 ? ['one'] : [],
      );
      for (const filter of filters) {
        for (const since of [0, now - 2_000, now + 1]) {
          expect(ledger.spentSince(since, filter)).toMatchObject(ledger.costSince(since, filter));
        }
      }
      expect(ledger.spentOnTask('x').costNanoUsd + ledger.spentOnTask('y').costNanoUsd).toBe(
        other.costSince(0).costNanoUsd,
      );
    }
    const database = new DatabaseSync(join(folder, 'ledger.sqlite'));
    database.exec('DELETE FROM attempts WHERE cost_nano_usd > 40');
    database.close();
    expect([ledger.costSince(0).costNanoUsd, other.costSince(0).costNanoUsd]).toEqual([820, 820]);
    other.close();
  });

  it('is exact in nano-dollars, and large sums do not overflow', async () => {
    const ledger = await opened();
    ledger.record(attempt({ costNanoUsd: 4_503_599_627_370_497 }));
    ledger.record(attempt({ costNanoUsd: 2 }));
    expect(ledger.spentSince(0).costNanoUsd).toBe(4_503_599_627_370_499);
    for (let i = 0; i < 4; i++) ledger.record(attempt({ costNanoUsd: Number.MAX_SAFE_INTEGER }));
    expect(ledger.spentSince(0).costNanoUsd).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('is told by class and model, with tokens and outcomes', async () => {
    const ledger = await opened();
    const small = { provider: 'p', model: 'small', inputTokens: 10, cacheReadTokens: 5, outputTokens: 2 };
    ledger.record(attempt({ ...small, class: 'a', costNanoUsd: 1, outcome: 'accepted' }));
    ledger.record(attempt({ ...small, class: 'a', requestId: 'r', outcome: 'failed' }));
    ledger.record(attempt({ ...small, class: 'a', requestId: 'r', model: 'large', costNanoUsd: 9 }));
    ledger.record(attempt({ class: 'b', outcome: 'blocked' }));
    const cells = ledger.byClassAndModel(0);
    expect(cells.map((cell) => [cell.class, cell.model, cell.costNanoUsd, cell.unpriced, cell.attempts])).toEqual([
      ['a', 'large', 9, 0, 1],
      ['a', 'small', 1, 1, 2],
      ['b', undefined, 0, 0, 1],
    ]);
    expect(cells[1]).toMatchObject({
      provider: 'p',
      inputTokens: 30,
      outputTokens: 4,
      outcomes: { accepted: 1, failed: 1, served: 0 },
    });
    expect(cells[2]?.outcomes.blocked).toBe(1);
  });

  it('is by class of a repository without what went to no model', async () => {
    const ledger = await opened();
    const here = { repoKey: 'here', costNanoUsd: 2 };
    ledger.record(attempt({ ...here, class: 'a', requestId: 'one', outcome: 'failed' }));
    ledger.record(attempt({ ...here, class: 'a', requestId: 'one' }));
    ledger.record(attempt({ repoKey: 'here', class: 'a', requestId: 'two', outcome: 'blocked' }));
    ledger.record(attempt({ repoKey: 'here', class: 'b', requestId: 'three', outcome: 'unserved' }));
    ledger.record(attempt({ repoKey: 'elsewhere', class: 'b', requestId: 'four', costNanoUsd: 9 }));
    const found = [...ledger.byClass(0, 'here')];
    expect(found.map(([name, { requests, attempts, costNanoUsd }]) => [name, requests, attempts, costNanoUsd])).toEqual(
      [['a', 1, 2, 4]],
    );
  });
});

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
    open.push(ledger);
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

describe('several processes at once', () => {
  function child(name: string, rows: number): Promise<string> {
    const program = `
      import { openLedger } from ${JSON.stringify(new URL('./ledgerFile.ts', import.meta.url).href)};
      const opened = await openLedger(${JSON.stringify(folder)}, ${now});
      if (opened.kind !== 'open' || opened.setAside) throw new Error(JSON.stringify(opened));
      for (let i = 0; i < ${rows}; i++) {
        const result = opened.ledger.record({ id: '${name}-' + i, requestId: '${name}', at: ${now}, surface: 'cli', kind: 'chat',
          class: 'c', rule: 'c', policyHash: 'h', place: 0, outcome: 'served', costNanoUsd: 1 });
        if (result.kind !== 'written') throw new Error(result.reason);
      }
      opened.ledger.close();`;
    return new Promise((resolve, reject) => {
      const process_ = spawn(process.execPath, ['--input-type=module', '-e', program], {
        stdio: ['ignore', 'ignore', 'pipe'],
        timeout: 15_000,
      });
      let errors = '';
      process_.stderr.on('data', (chunk: Buffer) => {
        errors += chunk.toString();
      });
      process_.on('error', reject);
      process_.on('close', (code) =>
        code === 0 ? resolve(errors) : reject(new Error(`${name} ended with ${code}: ${errors}`)),
      );
    });
  }

  it('make one file and lose nothing', async () => {
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => child(name, 500)));
    const ledger = await opened();
    expect(ledger.spentSince(0)).toMatchObject({ attempts: 2_000, requests: 4, costNanoUsd: 2_000 });
    expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toEqual([]);
  });
});
