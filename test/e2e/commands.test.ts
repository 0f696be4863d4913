// Every door of the extension: the palette, the status bar's menu, the walkthrough.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type CommandId, commands } from '../../src/contract/commands.ts';
import { openVSCode, ROUTE_STATUS, type VSCode } from '../host/vscode.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';

let simulated: SimulatedProviders;
let vscode: VSCode;

beforeAll(async () => {
  simulated = await startSimulatedProviders();
  vscode = await openVSCode({ providers: simulated.providers, onClose: () => simulated.stop() });
  await vscode.workbench.waitForStatus(ROUTE_STATUS);
});

afterAll(() => vscode?.close());

beforeEach(async () => {
  const { workbench } = vscode;
  await workbench.press('Escape');
  await workbench.command('View: Close All Editors');
});

/** What each command brings to the screen. */
const shows: Readonly<Record<CommandId, string>> = {
  'routingPolicy.showMenu': '.quick-input-widget:visible >> text=Explain Last Route',
  'routingPolicy.explainLastRoute': '.tab.active >> text=Last Route',
  'routingPolicy.overrideRoute': '.notification-toast >> text=The policy allows no overrides.',
  'routingPolicy.allowBudget': '.notification-toast >> text=No budget in force here asks',
  'routingPolicy.openPolicy': '.tab.active >> text=.routing-policy.json',
  'routingPolicy.createPolicy': '.tab.active >> text=.routing-policy.json',
  'routingPolicy.showUsage': '.tab.active >> text=Usage',
  'routingPolicy.failoverDrill': '.quick-input-widget:visible >> text=Every supplier in turn',
  'routingPolicy.showProviders': '.quick-input-widget:visible >> text=simulated',
  'routingPolicy.addProviderKey': '.quick-input-widget:visible >> text=Add Provider Key',
  'routingPolicy.removeProviderKey': '.notification-toast >> text=No provider key is stored here.',
  'routingPolicy.findLocalModels': '.notification-toast >> text=model server',
  'routingPolicy.useEditorModels': '.notification-toast >> text=The editor offers no models now',
  'routingPolicy.connectClient': '.quick-input-widget:visible >> text=Claude Code',
  'routingPolicy.showGateway': '.tab.active >> text=Gateway',
  'routingPolicy.routeTerminals': '.notification-toast >> text=AI clients in new terminals are routed',
  'routingPolicy.joinTeam': '.quick-input-widget:visible >> text=Paste the link',
  'routingPolicy.leaveTeam': '.notification-toast >> text=No team was joined',
  'routingPolicy.showWhatIsSent': '.notification-toast >> text=Nothing is sent',
  'routingPolicy.pauseSync': '.notification-toast >> text=Nothing is sent',
  'routingPolicy.resumeSync': '.notification-toast >> text=Nothing is sent',
  'routingPolicy.deleteUnsent': '.monaco-dialog-box >> text=Delete what was not sent yet?',
  'routingPolicy.setUpChat': '.monaco-dialog-box >> text=Enable the editor’s built-in chat',
  'routingPolicy.openWalkthrough': '.gettingStartedContainer >> text=Get Started with Routing Policy',
  'routingPolicy.restartRouter': `[id="${ROUTE_STATUS}"]`,
  'routingPolicy.showLog': '.part.panel >> text=Output',
};

test.each(Object.entries(commands).map(([id, { title }]) => [title, id as CommandId] as const))(
  '"%s" is in the palette and does what it says',
  async (title, id) => {
    const { workbench } = vscode;
    await workbench.command(`Routing Policy: ${title}`);
    await workbench.page.locator(shows[id]).first().waitFor({ timeout: 30_000 });
    const errors = workbench.page.locator('.notification-toast .codicon-error');
    expect(await errors.count()).toBe(0);
  },
);

test('a click on the status bar opens the menu, and what is chosen there opens', async () => {
  const { workbench } = vscode;
  await workbench.clickStatus(ROUTE_STATUS);
  await workbench.until(
    'the menu',
    () => workbench.quickPickRows(),
    (rows) => rows.join() === 'Explain Last Route,Override Route,Open Policy,Usage,Providers,Connect a Client',
  );
  await workbench.pick('Open Policy');
  await workbench.page.locator(shows['routingPolicy.openPolicy']).first().waitFor({ timeout: 30_000 });
});

test('the providers are listed with their state, and no key is asked of the simulated ones', async () => {
  const { workbench } = vscode;
  await workbench.command('Routing Policy: Show Providers');
  await workbench.until(
    'the providers',
    () => workbench.quickPickRows(),
    (rows) => ['anthropic', 'openai', 'codestral'].every((id) => rows.includes(id)),
  );
  const anthropic = workbench.page
    .locator('.quick-input-widget:visible .monaco-list-row')
    .filter({ hasText: 'anthropic' });
  expect(await anthropic.first().innerText()).toContain('simulated');
  await workbench.pick('anthropic');
  await workbench.until(
    'the list to close, with no question after it',
    () => workbench.page.locator('.quick-input-widget:visible').count(),
    (count) => count === 0,
  );
});

test('the walkthrough has five steps, each of which can be opened', async () => {
  const { workbench } = vscode;
  await workbench.command('Routing Policy: Open Walkthrough');
  const steps = workbench.page.locator('.gettingStartedContainer .getting-started-step');
  await steps.first().waitFor({ timeout: 30_000 });
  expect(await steps.locator('.step-title').allInnerTexts()).toEqual([
    'Write down where work goes',
    'Make a provider reachable',
    'Route the chat',
    'Type, and take the ghost text',
    'Ask why',
  ]);
  for (const step of await steps.all()) {
    await step.click();
    await step.locator('.button-container, .monaco-button').first().waitFor({ timeout: 30_000 });
  }
});

test('the workbench complained of nothing that is ours', () => {
  const ours = vscode.workbench.console.filter(
    (line) => /routing-policy|routingPolicy/i.test(line) && /^(error|uncaught)/.test(line),
  );
  expect(ours).toEqual([]);
});
