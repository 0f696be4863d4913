// The router's own process sends what its requests came to, and obeys what the editor says of telemetry while it runs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SyncConfiguration, toRouter } from '../../src/contract/messages.ts';
import {
  type LinkResult,
  type SentTexts,
  type SyncStanding,
  syncToRouter,
  type ToldStanding,
} from '../../src/contract/sync.ts';
import { linkOf } from '../../src/usage/sync/membership.ts';
import { ask, setStage } from '../host/routerStage.ts';
import { type EventStore, sqliteEvents } from '../simulated/eventStore.ts';
import { startTeamServer, type TeamServer, TOKEN } from '../simulated/teamServer.ts';

const stage = setStage();
const ON: SyncConfiguration = { enabled: true, telemetry: true, otlp: '' };
/** Longer than it takes until something is sent after a change. */
const SOON_MS = 2_500;

let received: string;
let events: EventStore;
let team: TeamServer;

beforeAll(async () => {
  received = mkdtempSync(join(tmpdir(), 'sync-router-'));
  events = sqliteEvents(received);
  team = await startTeamServer(events);
});

afterAll(async () => {
  await team.stop();
  await events.close();
  rmSync(received, { recursive: true, force: true });
});

test('nothing before consent, nothing of when telemetry was off or trust was missing, and then each request once', async () => {
  const client = await stage.start({ stateFolder: await stage.folder(), configuration: { sync: ON } });
  const { connection } = client;
  const request = <Result>(method: string, params: object = {}): Promise<Result> =>
    connection.sendRequest(method, params);
  const configure = (sync: SyncConfiguration, trusted = true): Promise<void> =>
    connection.sendNotification(toRouter.configure, stage.configuration({ sync, trusted }));
  const chat = async (): Promise<void> => {
    expect((await ask(client, 'hello').result).kind).not.toBe('failed');
  };
  const standing = async (): Promise<string> => (await request<SyncStanding>(syncToRouter.standing)).team.state;
  const link = linkOf({ endpoint: team.url, token: TOKEN, salt: 'salt-of-a-team-in-a-test', name: 'Payments' });

  expect(await request<LinkResult>(syncToRouter.describe, { link })).toMatchObject({ kind: 'team', name: 'Payments' });
  expect(await request<LinkResult>(syncToRouter.join, { link: 'nonsense' })).toMatchObject({ kind: 'unusable' });
  await request(syncToRouter.join, { link });
  const { state: joined, place } = (await request<SyncStanding>(syncToRouter.standing)).team;
  expect(joined).toBe('unasked');
  await chat();

  await configure({ ...ON, telemetry: false });
  expect((await request<ToldStanding>(syncToRouter.answer, { sink: 'team', agreed: true, place })).state).toBe(
    'telemetry-off',
  );
  await chat();
  await configure(ON, false);
  expect(await standing()).toBe('untrusted');
  await chat();
  await request(syncToRouter.pause, { paused: false });
  await sleep(SOON_MS);
  expect(team.connections).toBe(0);

  await configure(ON);
  expect(await standing()).toBe('sending');
  await chat();
  const shown = await request<readonly SentTexts[]>(syncToRouter.show);
  await request(syncToRouter.pause, { paused: false });
  for (let waited = 0; team.requests.length === 0 && waited < 60_000; waited += 50) await sleep(50);
  expect(team.requests.map(({ body }) => body)).toEqual([shown[0]?.next]);
  const arrived = await events.all();
  expect(arrived.filter(({ event }) => event === 'attempt')).toMatchObject([
    { class: 'default', provider: 'anthropic', model: 'claude-sonnet-5-5', outcome: 'served', surface: 'chat' },
  ]);
  expect(JSON.stringify(team.requests)).not.toContain(stage.repository.folder);
  expect(client.stderr).not.toContain(TOKEN);
});
