// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
// Two windows on one server at the same time, one ledger between them, and a router that is killed under a window.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, setUpChat } from '../host/chat.ts';
import { readLedger } from '../host/ledger.ts';
import { createRepository, type Repository } from '../host/repository.ts';
import { openVSCode, ROUTE_STATUS, SAMPLE, type VSCode } from '../host/vscode.ts';
import { openWorkbench, type Workbench } from '../host/workbench.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';

/** Room for nothing but the cheap model. */
const BUDGET = JSON.stringify({
  version: 1,
  models: { small: ['anthropic/claude-haiku-5-5'] },
  default: 'anthropic/claude-sonnet-5-5',
  budgets: [{ id: 'day', per: 'developer', period: 'day', usd: 0.001, then: { downgradeTo: 'small' } }],
});

let simulated: SimulatedProviders;
let vscode: VSCode;
let otherRepository: Repository;
let other: Workbench;

beforeAll(async () => {
  simulated = await startSimulatedProviders();
  vscode = await openVSCode({ providers: simulated.providers, onClose: () => simulated.stop() });
  otherRepository = await createRepository({
    from: SAMPLE,
    files: { '.routing-policy.json': '{ "version": 1, "default": "openai/gpt-6-sol" }' },
  });
  const { origin } = vscode.server;
  other = await openWorkbench(`${origin}/?folder=${encodeURIComponent(otherRepository.folder)}`);
  await Promise.all([vscode.workbench.waitForStatus(ROUTE_STATUS), other.waitForStatus(ROUTE_STATUS)]);
});

afterAll(async () => {
  await other?.close();
  await vscode?.close();
  await otherRepository?.remove();
});

/** Process ids of the routers below this server, by their command line. */
async function routers(): Promise<readonly number[]> {
  const { profile } = vscode.server;
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const line = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => ''); // ended while we looked
    if (line.includes(profile) && line.includes('dist/server.js')) found.push(Number(entry));
  }
  return found;
}

test('both windows are routed by the policy of their own folder', async () => {
  const { workbench } = vscode;
  await workbench.openFile('packages/core/test/order.test.ts');
  await setUpChat(workbench);
  await setUpChat(other);
  const [answer, otherAnswer] = await Promise.all([
    ask(workbench, 'Asked in the first window'),
    ask(other, 'Asked in the second window'),
  ]);
  expect(answer).toContain('Simulated answer from claude-haiku-5-5');
  expect(otherAnswer).toContain('Simulated answer from gpt-6-sol');
  await workbench.waitForStatus(ROUTE_STATUS, (text) => text.startsWith('haiku-5-5'));
  await other.waitForStatus(ROUTE_STATUS, (text) => text.startsWith('gpt-6-sol'));
});

test('one ledger adds up what both spent', async () => {
  const { workbench, server } = vscode;
  const rows = readLedger(server);
  const models = rows.filter(({ surface }) => surface === 'agent').map(({ model }) => model);
  expect(new Set(models)).toEqual(new Set(['claude-haiku-5-5', 'gpt-6-sol']));
  const spent = rows.reduce((sum, row) => sum + (row.cost_nano_usd ?? 0), 0);
  await ask(workbench, '@routing /usage ');
  expect(spent).toBeGreaterThan(0);
  // The tooltip of the next request counts what the other window spent as well.
  await ask(workbench, 'Once more in the first window');
  const tooltip = await workbench.statusTooltip(ROUTE_STATUS);
  const today = Number(/Today: \$([\d.]+)/.exec(tooltip)?.[1]);
  const total = readLedger(server).reduce((sum, row) => sum + (row.cost_nano_usd ?? 0), 0) / 1e9;
  expect(today).toBeGreaterThanOrEqual(spent / 1e9 - 0.0001);
  expect(today).toBeLessThanOrEqual(total + 0.0001);
});

test.runIf(process.platform === 'linux')('a router has one store of memory for all of its threads', async () => {
  const pids = await routers();
  expect(pids, 'one a window').toHaveLength(2);
  for (const pid of pids) {
    expect((await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0')).toContain('MALLOC_ARENA_MAX=1');
  }
});

test.runIf(process.platform === 'linux')(
  'a router that dies is started again, and the next request is served',
  async () => {
    const { workbench } = vscode;
    const before = await routers();
    expect(before, 'one a window').toHaveLength(2);
    for (const pid of before) process.kill(pid, 'SIGKILL');
    await workbench.until(
      'two new routers',
      routers,
      (now) => now.length === 2 && now.every((pid) => !before.includes(pid)),
    );
    expect(await ask(workbench, 'Are you back?')).toContain('Simulated answer from claude-haiku-5-5');
    expect(await ask(other, 'And you?')).toContain('Simulated answer from gpt-6-sol');
    expect(await workbench.notifications()).toEqual([]);
    expect(await other.notifications()).toEqual([]);
  },
);

test('the same folder in two windows: both are served, and a budget counts what the other has spent', async () => {
  const { server, repository } = vscode;
  const again = await openWorkbench(server.url);
  try {
    await again.waitForStatus(ROUTE_STATUS);
    await setUpChat(again);
    await repository.write({ '.routing-policy.json': BUDGET });
    const spentNanoUsd = readLedger(server)
      .filter(({ model }) => model === 'claude-haiku-5-5')
      .reduce((sum, row) => sum + (row.cost_nano_usd ?? 0), 0);
    const [answer, otherAnswer] = await Promise.all([
      ask(vscode.workbench, 'Asked here'),
      ask(again, 'Asked there, where nothing was spent yet'),
    ]);
    for (const text of [answer, otherAnswer]) expect(text).toContain('Simulated answer from claude-haiku-5-5');
    await again.waitForStatus(ROUTE_STATUS, (text) => text.startsWith('haiku-5-5'));
    const tooltip = await again.statusTooltip(ROUTE_STATUS);
    expect(tooltip).toContain('anthropic/claude-sonnet-5-5 costs more than budget day has left');
    const told = Number(/Budget day chose a cheaper model: \$([\d.]+) of \$0\.001 a day/.exec(tooltip)?.[1]);
    expect(told, tooltip).toBeGreaterThanOrEqual(spentNanoUsd / 1e9 - 0.0001);
    expect(again.outsideRequests).toEqual([]);
  } finally {
    await again.close();
    await repository.write({ '.routing-policy.json': await readFile(join(SAMPLE, '.routing-policy.json'), 'utf8') });
  }
});
