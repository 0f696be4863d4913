// A team is joined in the editor, whose telemetry is off: people are told so, and not one connection is opened.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { linkOf } from '../../src/usage/sync/membership.ts';
import { ask, setUpChat } from '../host/chat.ts';
import { openVSCode, ROUTE_STATUS, type VSCode } from '../host/vscode.ts';
import { type EventStore, sqliteEvents } from '../simulated/eventStore.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';
import { startTeamServer, type TeamServer, TOKEN } from '../simulated/teamServer.ts';

/** Longer than the router waits before it sends. */
const SOON_MS = 7_000;

let simulated: SimulatedProviders;
let vscode: VSCode;
let received: string;
let events: EventStore;
let team: TeamServer;

beforeAll(async () => {
  received = mkdtempSync(join(tmpdir(), 'sync-e2e-'));
  events = sqliteEvents(received);
  team = await startTeamServer(events);
  simulated = await startSimulatedProviders();
  vscode = await openVSCode({ providers: simulated.providers, onClose: () => simulated.stop() });
  await vscode.workbench.waitForStatus(ROUTE_STATUS);
  await setUpChat(vscode.workbench);
});

afterAll(async () => {
  await vscode?.close();
  await team?.stop();
  await events?.close();
  rmSync(received, { recursive: true, force: true });
});

const waitFor = (selector: string): Promise<void> =>
  vscode.workbench.page.locator(selector).first().waitFor({ timeout: 30_000 });

test('a link joins a team after it was said which, and nothing is sent while telemetry is off', async () => {
  const { workbench } = vscode;
  await workbench.command('Routing Policy: Join a Team');
  const link = linkOf({ endpoint: team.url, token: TOKEN, salt: 'salt-of-a-team-in-a-test', name: 'Payments' });
  // It has a token in it, so it is hidden as a password is.
  await workbench.page.locator('.quick-input-widget:visible input[type="password"]').first().fill(link);
  await workbench.press('Enter');
  await waitFor('.monaco-dialog-box >> text=Join the team at 127.0.0.1');
  await waitFor('.monaco-dialog-box >> text=It never has code, prompts, paths');
  await workbench.page.locator('.monaco-dialog-box >> text="Join and Send"').first().click();
  await waitFor('.notification-toast >> text=the editor’s telemetry is off');
  expect(await ask(workbench, 'Explain the sample')).toContain('Simulated answer');
  await sleep(SOON_MS);
  expect(team.connections).toBe(0);
});

test('what is sent can be looked at, and the team can be left', async () => {
  const { workbench } = vscode;
  await workbench.command('Routing Policy: Show Exactly What Is Sent');
  await waitFor('.notification-toast >> text=Nothing is sent from this window');
  await workbench.command('Routing Policy: Leave Team');
  await waitFor('.monaco-dialog-box >> text=Leave the team at 127.0.0.1');
  await workbench.page.locator('.monaco-dialog-box >> text="Leave"').first().click();
  await waitFor('.notification-toast >> text=You have left the team at 127.0.0.1');
  expect(team.connections).toBe(0);
});
