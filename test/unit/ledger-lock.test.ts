// What a gateway does while another program holds the ledger's file for itself.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openFiled } from '../host/filedLedger.ts';
import { createRepository, type Repository } from '../host/repository.ts';
import { sampleFiles, samplePolicy } from '../host/routerStage.ts';
import { type ServedRouter, serveRouter } from '../host/servedRouter.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';

let home: string;
let simulated: SimulatedProviders;
const repositories: Repository[] = [];
beforeAll(async () => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'ledger-lock-')));
  simulated = await startSimulatedProviders();
  writeFileSync(join(home, 'providers.json'), JSON.stringify(simulated.providers));
});
afterAll(async () => {
  await simulated.stop();
  for (const repository of repositories) await repository.remove();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
});

/** A router that has answered once, and a connection of another program to its ledger. */
async function locked(
  name: string,
  policy: object,
  work: (router: ServedRouter, other: DatabaseSync, state: string) => Promise<void>,
): Promise<void> {
  const repository = await createRepository({
    files: { ...sampleFiles, '.routing-policy.json': JSON.stringify(policy) },
  });
  repositories.push(repository);
  const state = join(home, name);
  mkdirSync(state, { mode: 0o700 });
  const router = await serveRouter({
    home,
    state,
    providers: join(home, 'providers.json'),
    root: repository.folder,
  });
  try {
    expect(await router.ask('first', false)).toMatchObject({ status: 200, complete: true });
    const other = new DatabaseSync(join(state, 'ledger.sqlite'), { timeout: 5_000 });
    try {
      other.exec('BEGIN IMMEDIATE');
      await work(router, other, state);
    } finally {
      other.close();
    }
  } finally {
    await router.kill();
  }
}

function attempts(state: string): number {
  const database = openFiled(state);
  try {
    return Number(database.prepare('SELECT COUNT(*) AS count FROM attempts').get()?.['count']);
  } finally {
    database.close();
  }
}

test('requests are answered, and what they came to is written once the file is free', async () => {
  await locked('free', samplePolicy, async (router, other, state) => {
    for (const name of ['a', 'b', 'c']) {
      expect(await router.ask(name, true)).toMatchObject({ status: 200, complete: true });
    }
    await expect
      .poll(router.told)
      .toMatch(/warn: 1 attempt waits to be written: the ledger is locked by another program\./);
    other.exec('COMMIT');
    await expect.poll(router.told).toMatch(/3 attempts had waited, and nothing is lost/);
    expect(attempts(state)).toBe(4);
  });
});

test('a budget that nobody can count closes, and opens when the file is free', async () => {
  const budgets: unknown = JSON.parse(
    '[{ "id": "day", "per": "developer", "period": "day", "usd": 1000, "then": "block" }]',
  );
  await locked('closed', { ...samplePolicy, budgets }, async (router, other) => {
    const { status, text } = await router.ask('a', false);
    expect([status, text]).toEqual([expect.not.stringMatching(/^200$/), expect.stringMatching(/budget .*day/i)]);
    expect(status).not.toBe(200);
    other.exec('COMMIT');
    await expect.poll(async () => (await router.ask('b', false)).status).toBe(200);
  });
});

test('what is lost when the router ends meanwhile is said', async () => {
  await locked('ends', samplePolicy, async (router) => {
    for (const name of ['a', 'b']) await router.ask(name, false);
    await router.stop();
    await expect
      .poll(router.told)
      .toMatch(/error: 2 attempts were not written down: the ledger is locked by another program\./);
  });
});
