// What the ledger holds when routers are killed, the disk is full, its folder is closed and the clock jumps.
// LEDGER_KILLS says how often routers are killed; left out, 50 times, or as often as half a minute allows.
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../scripts/steps.ts';
import { Tasks } from '../../src/router/tasks.ts';
import type { Ledger } from '../../src/usage/ledger.ts';
import { openLedger } from '../../src/usage/ledgerFile.ts';
import { periodEnd, periodStart } from '../../src/usage/periods.ts';
import { RESERVATION_MS } from '../../src/usage/reservations.ts';
import { openFiled } from '../host/filedLedger.ts';
import { createRepository, type Repository } from '../host/repository.ts';
import { sampleFiles, samplePolicy } from '../host/routerStage.ts';
import { type ServedRouter, type ServeOptions, serveRouter } from '../host/servedRouter.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';

const kills = Number(process.env['LEDGER_KILLS'] ?? 50);
/** However slow the machine is. */
const enoughMs = process.env['LEDGER_KILLS'] === undefined ? 30_000 : Number.POSITIVE_INFINITY;
/** Routers that write to one ledger at the same time, as the windows of one person do. */
const routers = 4;
const clients = 3;
const answered = { status: 200, complete: true, text: expect.stringMatching(/./) };
const DAY_MS = 86_400_000;

let home: string;
let simulated: SimulatedProviders;
let repository: Repository;
/** Under a policy without budgets. */
let plain: Repository;
beforeAll(async () => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'ledger-kills-')));
  const block = '"usd": 1000, "then": "block"';
  const budgets: unknown = JSON.parse(
    `[{ "id": "day", "per": "developer", "period": "day", ${block} }, { "id": "task", "per": "task", ${block} }]`,
  );
  const policy = JSON.stringify({ ...samplePolicy, budgets });
  [simulated, repository, plain] = await Promise.all([
    startSimulatedProviders(),
    createRepository({ files: { ...sampleFiles, '.routing-policy.json': policy } }),
    createRepository({ files: sampleFiles }),
  ]);
  writeFileSync(join(home, 'providers.json'), JSON.stringify(simulated.providers));
  // Others may have to read it, where a router runs as somebody else.
  chmodSync(home, 0o755);
});
afterAll(async () => {
  await simulated.stop();
  await repository.remove();
  await plain.remove();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
});

const running: ServedRouter[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((router) => router.kill()));
});

async function started(state: string, more: Partial<ServeOptions> = {}): Promise<ServedRouter> {
  const providers = join(home, 'providers.json');
  const router = await serveRouter({ home, state, providers, root: repository.folder, ...more });
  running.push(router);
  return router;
}

function stateFolder(name: string): string {
  const folder = join(home, name);
  mkdirSync(folder, { mode: 0o700 });
  return folder;
}

interface Row {
  readonly conversation: string;
  readonly client: string;
  readonly outcome: string;
  readonly cost: number;
}

function read<Result>(state: string, work: (database: DatabaseSync) => Result): Result {
  const database = openFiled(state);
  try {
    return work(database);
  } finally {
    database.close();
  }
}

const rowsOf = (state: string): readonly Row[] =>
  read(
    state,
    (database) =>
      database
        .prepare('SELECT conversation, client, outcome, COALESCE(cost_nano_usd, 0) AS cost FROM attempts')
        .all() as unknown as Row[],
  );

/** What must hold of any ledger, however those who wrote it have ended. */
function expectSound(state: string): void {
  read(state, (database) => {
    const one = (sql: string): unknown => Object.values(database.prepare(sql).get() ?? {})[0];
    expect(one('PRAGMA integrity_check')).toBe('ok');
    expect(one('SELECT COUNT(*) FROM attempts WHERE id NOT IN (SELECT attempt_id FROM attempt_classes)')).toBe(0);
    // Written in one transaction with its attempts, a task has cost what they have.
    expect(
      one(`SELECT COUNT(*) FROM tasks WHERE cost_nano_usd <>
        (SELECT TOTAL(cost_nano_usd) FROM attempts WHERE task_id = tasks.id)`),
    ).toBe(0);
    expect(
      one('SELECT COUNT(*) FROM attempts WHERE task_id IS NOT NULL AND task_id NOT IN (SELECT id FROM tasks)'),
    ).toBe(0);
  });
}

async function openedAt(state: string, now: number): Promise<Ledger> {
  const opened = await openLedger(state, now);
  if (opened.kind !== 'open' || opened.setAside) throw new Error(JSON.stringify(opened));
  return opened.ledger;
}

describe('routers that are killed', () => {
  test(`${kills} times under load, ${routers} at once on one ledger, lose nothing that a client has seen the end of`, {
    timeout: 60_000 + kills * 5_000,
  }, async () => {
    const state = stateFolder('kills');
    const asked: string[] = [];
    const acknowledged = new Set<string>();
    const beginning = performance.now();
    let killed = 0;
    const client = async (router: ServedRouter, isOver: () => boolean, ends: () => void): Promise<void> => {
      while (!isOver()) {
        const name = `request-${asked.length}`;
        asked.push(name);
        const answer = await router.ask(name, asked.length % 2 === 0).catch(() => undefined);
        if (answer === undefined) return;
        if (!answer.complete || answer.status !== 200) continue;
        acknowledged.add(name);
        ends();
      }
    };
    const life = async (): Promise<void> => {
      while (killed < kills && performance.now() - beginning < enoughMs) {
        killed += 1;
        const router = await started(state);
        let over = false;
        let asking: readonly Promise<void>[] = [];
        const answer = new Promise<void>((ends) => {
          asking = Array.from({ length: clients }, () => client(router, () => over, ends));
        });
        // At the very end of an answer, at any moment while more are under way, or when it has hardly begun.
        const when = Math.random();
        if (when < 0.8) await Promise.race([answer, sleep(15_000)]);
        if (when > 0.4) await sleep(Math.random() * 600);
        await router.kill();
        over = true;
        await Promise.all(asking);
      }
    };
    await Promise.all(Array.from({ length: routers }, life));

    expectSound(state);
    const rows = rowsOf(state);
    const key = Buffer.from(readFileSync(join(state, 'machine-key'), 'utf8').trim(), 'hex');
    const names = new Tasks(key, undefined);
    const clientName = rows[0]?.client ?? '';
    const conversation = { system: [], messages: [], tools: [] };
    const asking = { surface: 'gateway', client: clientName, roots: [pathToFileURL(repository.folder).href] } as const;
    const hashOf = (name: string): string =>
      names.conversation({ ...asking, conversationId: `${clientName} ${name}`, conversation });
    const times = new Map<string, number>();
    for (const row of rows) {
      if (row.outcome === 'served') times.set(row.conversation, (times.get(row.conversation) ?? 0) + 1);
    }
    expect(acknowledged.size).toBeGreaterThan(killed / 2);
    expect([...acknowledged].filter((name) => times.get(hashOf(name)) !== 1)).toEqual([]);
    // Nobody asked again, so nothing is there twice, and nothing that was not asked.
    const known = new Set(asked.map(hashOf));
    expect([...times].filter(([hash, count]) => count !== 1 || !known.has(hash))).toEqual([]);
    const upstream = [simulated.anthropic, simulated.openai].flatMap(({ requests }) => requests).length;
    expect(rows.length).toBeLessThanOrEqual(upstream);

    const now = Date.now();
    const ledger = await openedAt(state, now);
    const spent = rows.reduce((sum, { cost }) => sum + cost, 0);
    expect(ledger.costSince(0).costNanoUsd).toBe(spent);
    expect(ledger.health).toEqual({ kind: 'good' });
    // What killed routers had set aside is given up by itself.
    expect(ledger.reservations.held('all', now + RESERVATION_MS)).toBe(0);
    ledger.close();
    process.stdout.write(
      `${killed} kills: ${asked.length} asked, ${acknowledged.size} acknowledged, ${rows.length} written\n`,
    );
  });
});

describe.skipIf(process.platform === 'win32')('a disk that is full', () => {
  test('stops the record and nothing else; what was written stays, and it goes on when there is room', async () => {
    const state = stateFolder('full');
    const first = await started(state, { root: plain.folder });
    for (let n = 0; n < 5; n++) expect(await first.ask(`before-${n}`, true)).toMatchObject(answered);
    await first.stop();
    const before = rowsOf(state).length;
    expect(before).toBe(5);
    // As much as the ledger has now, and a few pages more.
    const mostFileBytes = statSync(join(state, 'ledger.sqlite')).size + 8 * 4_096;
    const full = await started(state, { root: plain.folder, mostFileBytes });
    for (let n = 0; n < 60; n++) expect(await full.ask(`full-${n}`, n % 2 === 0)).toMatchObject(answered);
    await full.stop();
    expectSound(state);
    const during = rowsOf(state).length;
    expect(during).toBeGreaterThanOrEqual(before);
    expect(during).toBeLessThan(before + 60);
    const after = await started(state, { root: plain.folder });
    expect(await after.ask('after', true)).toMatchObject(answered);
    await after.stop();
    expect(rowsOf(state)).toHaveLength(during + 1);
    expectSound(state);
  });

  test('closes a budget that cannot be counted any more, and says so', async () => {
    const state = stateFolder('full-budget');
    const first = await started(state);
    expect(await first.ask('before', true)).toMatchObject(answered);
    await first.stop();
    const full = await started(state, { mostFileBytes: statSync(join(state, 'ledger.sqlite')).size });
    let refused = '';
    for (let n = 0; n < 60 && refused === ''; n++) {
      const { status, text } = await full.ask(`full-${n}`, true);
      if (status !== 200) refused = `${status} ${text}`;
    }
    await full.stop();
    expect(refused).toMatch(/^402 .*budget `day` \(yours\): what was spent .* is not known/);
    expectSound(state);
  });
});

describe.skipIf(process.platform === 'win32')('a folder that may only be read', () => {
  test('keeps nothing, and is served all the same, with a word about it', async () => {
    const state = stateFolder('read-only');
    // No repository: git may not run for whoever the router runs as.
    const folder = mkdtempSync(join(tmpdir(), 'ledger-folder-'));
    writeFileSync(join(folder, '.routing-policy.json'), JSON.stringify(samplePolicy));
    const first = await started(state, { root: folder });
    expect(await first.ask('before', true)).toMatchObject(answered);
    await first.stop();
    const before = readFileSync(join(state, 'ledger.sqlite'));
    // Whoever may do anything is not stopped by permissions: then the router runs as somebody else, who has the folders.
    const uid = process.getuid?.() === 0 ? 65_534 : undefined;
    if (uid !== undefined) await run('chown', ['-R', `${uid}`, state, folder], { deadline: 10_000 });
    for (const file of readdirSync(state)) chmodSync(join(state, file), 0o400);
    chmodSync(state, 0o500);
    try {
      const router = await started(state, { root: folder, ...(uid === undefined ? {} : { uid }) });
      expect(await router.ask('now', true)).toMatchObject(answered);
      await router.stop();
      expect(router.told()).toMatch(/not written down/);
    } finally {
      chmodSync(state, 0o700);
      rmSync(folder, { recursive: true, force: true });
    }
    expect(readFileSync(join(state, 'ledger.sqlite'))).toEqual(before);
  });
});

describe('a clock that jumps', () => {
  const noon = Date.parse('2026-11-22T12:00:00Z');
  const year = 365 * DAY_MS;
  const spend = (ledger: Ledger, at: number, costNanoUsd: number): void => {
    const names = { surface: 'chat', kind: 'chat', class: 'c', rule: 'c', policyHash: 'h', outcome: 'served' } as const;
    expect(ledger.record({ id: `${at}`, requestId: `${at}`, at, place: 0, ...names, costNanoUsd }).kind).toBe(
      'written',
    );
  };
  const ofDay = (ledger: Ledger, now: number): number =>
    ledger.costSince(periodStart(now, 'day'), {}, periodEnd(now, 'day') + DAY_MS).costNanoUsd;

  test('a day back gives no budget anew, and counts nothing twice when it is right again', async () => {
    const ledger = await openedAt(stateFolder('back'), noon);
    spend(ledger, noon, 5);
    expect(ofDay(ledger, noon - DAY_MS)).toBe(5);
    spend(ledger, noon - DAY_MS, 2);
    expect(ofDay(ledger, noon - DAY_MS)).toBe(7);
    expect(ofDay(ledger, noon)).toBe(5);
    expect(ledger.costSince(0).costNanoUsd).toBe(7);
    ledger.close();
  });

  test('a year ahead spends that day’s budget, and uses up none of the days until then', async () => {
    const ledger = await openedAt(stateFolder('ahead'), noon);
    spend(ledger, noon + year, 5);
    expect(ofDay(ledger, noon + year)).toBe(5);
    expect(ofDay(ledger, noon)).toBe(0);
    // A budget without a period counts it whenever it was.
    expect(ledger.costSince(0).costNanoUsd).toBe(5);
    ledger.close();
  });

  test('a year ahead sets money aside for no longer than a request takes', async () => {
    const ledger = await openedAt(stateFolder('aside'), noon);
    ledger.reservations.reserve('day', 100, noon + year);
    expect([ledger.reservations.held('day', noon + year), ledger.reservations.held('day', noon)]).toEqual([100, 0]);
    ledger.close();
  });
});
