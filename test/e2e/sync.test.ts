// What the editor's user is asked before usage is sent, and told when it is not: where its telemetry is on, what they agree to
// arrives over HTTP; where it is off, not one connection is opened.
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../../scripts/steps.ts';
import { linkOf, type Membership } from '../../src/usage/sync/membership.ts';
import { ask, setUpChat } from '../host/chat.ts';
import { readTables } from '../host/ledger.ts';
import { openVSCode, ROUTE_STATUS, type VSCode } from '../host/vscode.ts';
import { type EventStore, sqliteEvents } from '../simulated/eventStore.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';
import { startTeamServer, type TeamServer, TOKEN } from '../simulated/teamServer.ts';

const PICTURES = join(ROOT, 'test-results', 'screenshots');
/** A minute between two looks at what there is to send passes in three seconds. */
const TEMPO = 20;
/** Longer than the router waits before it sends, the first time and then. */
const SOON_MS = 7_000;
/** Nothing of it may arrive anywhere. */
const QUESTION = 'Explain the sample of the marmalade order';

const SETTINGS = { 'window.autoDetectColorScheme': false };

let simulated: SimulatedProviders;
let vscode: VSCode;
let received: string;
let profile: string;
let events: EventStore;
let team: TeamServer;
/** Of a team that was set up on this machine before. */
let earlier: TeamServer;

beforeAll(async () => {
  received = mkdtempSync(join(tmpdir(), 'sync-e2e-'));
  profile = mkdtempSync(join(tmpdir(), 'sync-e2e-profile-'));
  events = sqliteEvents(received);
  team = await startTeamServer(events);
  earlier = await startTeamServer(events);
  simulated = await startSimulatedProviders();
  const state = join(profile, 'state', 'routing-policy');
  await mkdir(state, { recursive: true });
  await writeFile(join(state, 'team.json'), JSON.stringify(membershipOf(earlier)));
  vscode = await openVSCode({
    providers: simulated.providers,
    profile,
    telemetry: true,
    env: { ROUTING_POLICY_SYNC_TEMPO: String(TEMPO) },
    settings: { ...SETTINGS, 'telemetry.telemetryLevel': 'all' },
    onClose: () => simulated.stop(),
  });
  await vscode.workbench.waitForStatus(ROUTE_STATUS);
});

afterAll(async () => {
  await vscode?.close();
  await team?.stop();
  await earlier?.stop();
  await events?.close();
  for (const folder of [received, profile]) rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});

const membershipOf = ({ url }: TeamServer): Membership => ({
  endpoint: url,
  token: TOKEN,
  salt: 'salt-of-a-team-in-a-test',
  name: 'Payments',
});

const waitFor = (selector: string): Promise<void> =>
  vscode.workbench.page.locator(selector).first().waitFor({ timeout: 30_000 });

async function leave(): Promise<void> {
  const { workbench } = vscode;
  await workbench.command('Routing Policy: Leave Team');
  await waitFor('.monaco-dialog-box >> text=Leave the team at 127.0.0.1');
  await workbench.page.locator('.monaco-dialog-box >> text="Leave"').first().click();
  await waitFor('.notification-toast >> text=You have left the team at 127.0.0.1');
  await workbench.command('Notifications: Clear All Notifications');
}

/** As if what fails now had failed for two hours. */
async function hoursPass({ profile: of }: Pick<VSCode['server'], 'profile'>): Promise<void> {
  const database = new DatabaseSync(join(of, 'state', 'routing-policy', 'ledger.sqlite'), { timeout: 5_000 });
  database.exec("UPDATE sync SET value = CAST(value - 7200000 AS TEXT) WHERE name = 'failing.team'");
  database.close();
}

/** A picture in the dark theme, and one in the light. */
async function pictures(name: string): Promise<void> {
  const { workbench } = vscode;
  for (const theme of ['dark', 'light']) {
    await workbench.screenshot(join(PICTURES, `${name}-${theme}.png`));
    await workbench.command('Preferences: Toggle between Light/Dark Themes');
    await sleep(1_000);
  }
}

test('with telemetry on people are asked once where a team was set up, may look first, and what they agree to arrives', async () => {
  const { workbench } = vscode;
  const question = 'asks for anonymous usage, to be sent to 127.0.0.1';
  await waitFor(`.notification-toast >> text=${question}`);
  await pictures('team-consent');
  await setUpChat(workbench);
  expect(await ask(workbench, QUESTION)).toContain('Simulated answer');
  const press = async (label: string): Promise<void> => {
    // A toast goes by itself; what it asked stays in the list.
    await workbench.command('Notifications: Show Notifications');
    await workbench.page.locator('.notifications-center .monaco-button', { hasText: label }).first().click();
  };
  await press('Show Exactly What');
  await waitFor('.tab >> text=Would be sent to 127.0.0.1');
  await workbench.screenshot(join(PICTURES, 'team-consent-example-dark.png'));
  expect(earlier.connections, 'before the answer').toBe(0);
  await press('Send');
  await waitFor('.notification-toast >> text=Anonymous usage is sent to 127.0.0.1');
  expect(await ask(workbench, QUESTION)).toContain('Simulated answer');
  await workbench.until(
    'what was agreed to',
    async () => earlier.requests.length,
    (requests) => requests > 0,
    90_000,
  );
  const sent = earlier.requests.map(({ body }) => body).join('\n');
  expect(sent).toContain('claude-');
  for (const secret of ['marmalade', 'corner-shop', vscode.repository.folder, 'Simulated answer', TOKEN]) {
    expect(sent, secret).not.toContain(secret);
  }
  expect((await events.all()).length).toBeGreaterThan(0);
});

test('a team that has taken nothing for hours is told of in the status bar, and one that has for a moment is not', async () => {
  const { workbench, server } = vscode;
  const icon = (name: string): string => `.part.statusbar [id="${ROUTE_STATUS}"] .codicon-${name}`;
  const failingSince = "SELECT value FROM sync WHERE name = 'failing.team'";
  earlier.mishap = () => ({ kind: 'status', status: 401 });
  expect(await ask(workbench, QUESTION)).toContain('Simulated answer');
  await workbench.until(
    'the first failure',
    async () => readTables<{ value: string }>(server, failingSince),
    (rows) => rows.length === 1,
    90_000,
  );
  const trouble = 'does not take the team’s token any more (401)';
  await workbench.until(
    'it in the tooltip',
    () => workbench.statusTooltip(ROUTE_STATUS),
    (tooltip) => tooltip.includes(trouble),
    90_000,
  );
  await waitFor(icon('git-compare'));
  await hoursPass(server);
  // Whatever is asked has it looked at again whether something can be sent.
  expect(await ask(workbench, QUESTION)).toContain('Simulated answer');
  await workbench.page.locator(icon('warning')).first().waitFor({ timeout: 90_000 });
  expect(await workbench.statusTooltip(ROUTE_STATUS)).toContain(trouble);
  await workbench.command('Notifications: Clear All Notifications');
  await pictures('sync-failing');
  earlier.mishap = () => ({ kind: 'none' });
});

test('once telemetry is off nothing more is sent, and that is said where it is looked for', async () => {
  const { workbench, server } = vscode;
  await server.changeSettings({ ...SETTINGS, 'telemetry.telemetryLevel': 'off' });
  await workbench.reload();
  await workbench.waitForStatus(ROUTE_STATUS);
  await workbench.command('Routing Policy: Show Exactly What Is Sent');
  await waitFor('.notification-toast >> text=the editor’s telemetry is off');
  const sent = earlier.requests.length;
  expect(await ask(workbench, QUESTION)).toContain('Simulated answer');
  await sleep(SOON_MS);
  expect(earlier.requests.length).toBe(sent);
  await leave();
});

test('a link joins a team after it was said which, and it is said that telemetry is off', async () => {
  const { workbench } = vscode;
  await workbench.command('Routing Policy: Join a Team');
  // It has a token in it, so it is hidden as a password is.
  await workbench.page
    .locator('.quick-input-widget:visible input[type="password"]')
    .first()
    .fill(linkOf(membershipOf(team)));
  await workbench.press('Enter');
  await waitFor('.monaco-dialog-box >> text=Join the team at 127.0.0.1');
  await waitFor('.monaco-dialog-box >> text=It never has code, prompts, paths');
  await workbench.screenshot(join(PICTURES, 'team-join-dark.png'));
  await workbench.page.locator('.monaco-dialog-box >> text="Join and Send"').first().click();
  await waitFor('.notification-toast >> text=the editor’s telemetry is off');
  expect(await ask(workbench, QUESTION)).toContain('Simulated answer');
  await sleep(SOON_MS);
  await leave();
  expect(team.connections).toBe(0);
});
