import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { attempt, eachInAFolder, folder, now, olderLedger, opened } from './ledger.fixture.ts';

eachInAFolder();

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
