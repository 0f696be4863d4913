// Pictures of the real VS Code with the packed extension, light and dark, for people to look at: `test-results/screenshots`.
// The ones that the README shows are the dark ones of `media/screenshots`.
//   npm run screenshots [-- NAME…]   only those scenes, and none for the README
import { copyFile, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ask, newChat, setUpChat } from '../test/host/chat.ts';
import { newTerminal, runInTerminal } from '../test/host/terminal.ts';
import { openVSCode, ROUTE_STATUS, type VSCode } from '../test/host/vscode.ts';
import type { Workbench } from '../test/host/workbench.ts';
import { lifelike, startSimulatedProviders } from '../test/simulated/main.ts';
import { packageExtension } from './package.ts';
import { describeFailure, ROOT, step } from './steps.ts';

const THEMES = { dark: 'Default Dark Modern', light: 'Default Light Modern' } as const;
type Theme = keyof typeof THEMES;

const TARGET = join(ROOT, 'test-results', 'screenshots');
const PUBLISHED = join(ROOT, 'media', 'screenshots');
const SHOWN = ['ghost-text', 'agent-chat', 'policy-file'] as const;
/** The most that a picture in the repository may weigh, in bytes. */
const SIZE_LIMIT = 250_000;

/** Shows one thing; the picture is taken when it returns. */
type Scene = (vscode: VSCode) => Promise<void>;

async function openTooltip({ workbench }: VSCode): Promise<void> {
  await workbench.page.mouse.move(700, 300);
  await workbench.statusTooltip(ROUTE_STATUS);
  await workbench.page.locator(`[id="${ROUTE_STATUS}"]`).hover();
  await workbench.page.locator('.monaco-hover:visible, .workbench-hover:visible').first().waitFor();
}

/** What the editor says of the place where the cursor is. */
async function openHover(workbench: Workbench): Promise<void> {
  await workbench.press('Control+K');
  await workbench.press('Control+I');
  await workbench.page.locator('.monaco-editor .monaco-hover:visible').first().waitFor({ timeout: 30_000 });
}

const ghostText: Scene = async (vscode) => {
  const { workbench } = vscode;
  await workbench.command('View: Close All Editors');
  await workbench.openFile('packages/core/src/money.ts');
  await workbench.press('Control+End');
  await workbench.press('Enter');
  await workbench.type('export function addCents(first: number, second: number): number {');
  await workbench.press('Enter');
  await workbench.waitForGhostText((text) => text.includes('first + second'));
  await workbench.waitForStatus(ROUTE_STATUS, (text) => text.includes('$'));
  await openTooltip(vscode);
};

const agentChat: Scene = async (vscode) => {
  const { workbench } = vscode;
  await workbench.command('File: Revert File');
  await workbench.openFile('packages/core/test/order.test.ts');
  await setUpChat(workbench);
  await ask(workbench, 'append "// checked: discounts of 5 percent" to packages/core/test/order.test.ts');
  await openTooltip(vscode);
};

const blocked: Scene = async (vscode) => {
  const { workbench, repository } = vscode;
  await workbench.press('Escape');
  await workbench.press('Control+J');
  await workbench.press('Control+Alt+B');
  await repository.write({ '.env': 'KEY=none\n' });
  await newChat(workbench);
  await ask(workbench, 'append "PORT=80" to .env');
  await workbench.waitForStatus(ROUTE_STATUS, (text) => text === 'Blocked by policy');
  await openTooltip(vscode);
};

/** A class behind another that takes all its work, in a policy that holds: a warning, hovers and lenses. */
const policyFile: Scene = async ({ workbench, repository }) => {
  await workbench.command('View: Close All Editors');
  await workbench.press('Control+Alt+B');
  await workbench.page.locator('.part.auxiliarybar').waitFor({ state: 'hidden', timeout: 30_000 });
  const policy = await repository.git('show', 'HEAD:.routing-policy.json');
  const docs = '    { "id": "docs",';
  const shadowed = '    { "id": "core-tests", "when": { "files": ["packages/core/test/**"] }, "use": "small" },\n';
  const written = policy.replace(docs, `${shadowed}${docs}`);
  await repository.write({ '.routing-policy.json': written });
  await workbench.openFile('.routing-policy.json');
  await workbench.waitForProblem(({ message }) => message.includes('core-tests'));
  const before = written.slice(0, written.indexOf('**/test/**')).split('\n');
  // Again: the list of problems took the focus.
  await workbench.openFile('.routing-policy.json', before.length, (before.at(-1)?.length ?? 0) + 3);
  await workbench.page
    .locator('.part.editor .codelens-decoration')
    .filter({ hasText: 'request' })
    .first()
    .waitFor({ timeout: 30_000 });
  await openHover(workbench);
};

const diagnostic: Scene = async ({ workbench, repository }) => {
  await workbench.command('View: Close All Editors');
  const policy = await repository.git('show', 'HEAD:.routing-policy.json');
  await repository.write({ '.routing-policy.json': policy.replace('"default": "mid"', '"default": "midd"') });
  const line = policy.split('\n').findIndex((text) => text.includes('"default": "mid"')) + 1;
  await workbench.openFile('.routing-policy.json', line, 16);
  await workbench.waitForProblem();
  // Again: the list of problems took the focus.
  await workbench.openFile('.routing-policy.json', line, 16);
  await openHover(workbench);
};

const providers: Scene = async ({ workbench, repository }) => {
  await repository.git('checkout', '--', '.routing-policy.json');
  await workbench.command('Routing Policy: Show Providers');
  await workbench.quickPickRows();
};

const walkthrough: Scene = async ({ workbench }) => {
  await workbench.command('Routing Policy: Open Walkthrough');
  await workbench.page.locator('.gettingStartedContainer .getting-started-step').first().waitFor();
};

/** With OpenAI's own library: a script that knows nothing of the gateway. */
const SCRIPT = `import OpenAI from ${JSON.stringify(pathToFileURL(join(ROOT, 'node_modules/openai/index.mjs')).href)};
const messages = [{ role: 'user', content: 'Which files have no tests?' }];
const answer = await new OpenAI().chat.completions.create({ model: 'gpt-6-sol', messages });
console.log(answer.choices[0].message.content);
`;

const terminalQuestion: Scene = async ({ workbench, repository }) => {
  await workbench.press('Escape');
  await repository.write({ 'ask.mjs': SCRIPT });
  await workbench.command('View: Close All Editors');
  await newTerminal(workbench);
  const seen = (): Promise<readonly string[]> => workbench.notifications();
  await workbench.until('the question', seen, (messages) =>
    messages.some((message) => message.includes('Route AI clients')),
  );
};

const terminalRouted: Scene = async (vscode) => {
  const { workbench } = vscode;
  await workbench.pressNotificationButton('Route Terminals');
  await workbench.pressNotificationButton('New Terminal');
  await workbench.until(
    'word of the terminals',
    () => workbench.statusTooltip(ROUTE_STATUS),
    (text) => text.includes('Terminals are routed'),
  );
  await workbench.openFile('ask.mjs');
  await workbench.command('Terminal: Focus Terminal');
  await runInTerminal(workbench, `PS1='$ '; alias node=${JSON.stringify(process.execPath)}; clear`);
  await runInTerminal(workbench, 'node ask.mjs');
  await workbench.waitForStatus(ROUTE_STATUS, (text) => text.includes('sonnet-5-5') && text.includes('$'));
  await openTooltip(vscode);
};

const gatewayPage: Scene = async ({ workbench }) => {
  await workbench.command('Routing Policy: Show Gateway');
  await drawn(workbench, 'Gateway');
};

const connectPick: Scene = async ({ workbench }) => {
  await workbench.command('Routing Policy: Connect a Client');
  await workbench.quickPickRows();
};

const connectPage: Scene = async ({ workbench }) => {
  await workbench.pick('Claude Code');
  await drawn(workbench, 'Connect Claude Code');
};

const drillPage: Scene = async ({ workbench }) => {
  await workbench.press('Escape');
  await workbench.command('Routing Policy: Failover Drill');
  await workbench.pick('Every supplier in turn');
  await drawn(workbench, 'Failover drill');
};

/** A page is drawn in a frame within a frame, some time after its tab. */
async function drawn({ page }: Workbench, title: string): Promise<void> {
  await page.locator(`.tab.active >> text=/${title}/i`).waitFor({ timeout: 30_000 });
  const deadline = Date.now() + 30_000;
  for (;;) {
    const headings = page.frames().map((frame) => frame.locator('h1', { hasText: title }).count());
    if ((await Promise.all(headings)).some((count) => count > 0)) return;
    if (Date.now() > deadline) throw new Error(`The page "${title}" was not drawn.`);
    await sleep(200);
  }
}

const SCENES: readonly (readonly [string, Scene])[] = [
  ['walkthrough', walkthrough],
  ['ghost-text', ghostText],
  ['agent-chat', agentChat],
  ['policy-file', policyFile],
  ['diagnostic', diagnostic],
  ['providers', providers],
  ['blocked', blocked],
  ['terminal-question', terminalQuestion],
  ['terminal-routed', terminalRouted],
  ['gateway', gatewayPage],
  ['connect-pick', connectPick],
  ['connect-page', connectPage],
  ['failover-drill', drillPage],
];

const wanted = process.argv.slice(2);

function isWanted(scene: string): boolean {
  return wanted.length === 0 || wanted.includes(scene);
}

async function takeAll(theme: Theme): Promise<void> {
  const simulated = await startSimulatedProviders({ pace: lifelike });
  const vscode = await openVSCode({
    providers: simulated.providers,
    settings: {
      'workbench.colorTheme': THEMES[theme],
      'editor.quickSuggestions': false,
      'editor.minimap.enabled': false,
      'editor.stickyScroll.enabled': false,
      'window.commandCenter': false,
      'window.title': 'corner-shop',
      // Nothing is half faded in when its picture is taken.
      'workbench.reduceMotion': 'on',
      'workbench.secondarySideBar.defaultVisibility': 'hidden',
    },
    name: 'corner-shop',
    width: 1280,
    height: 800,
    onClose: () => simulated.stop(),
  });
  try {
    await vscode.workbench.waitForStatus(ROUTE_STATUS);
    for (const [name, scene] of SCENES.filter(([each]) => isWanted(each))) {
      await scene(vscode);
      await vscode.workbench.screenshot(join(TARGET, `${name}-${theme}.png`));
    }
  } catch (error) {
    await vscode.workbench.screenshot(join(TARGET, `failed-${theme}.png`));
    throw error;
  } finally {
    await vscode.close();
  }
}

async function publish(): Promise<void> {
  for (const name of SHOWN) {
    const source = join(TARGET, `${name}-dark.png`);
    const { size } = await stat(source);
    if (size > SIZE_LIMIT) throw new Error(`${source} has ${size} bytes, more than ${SIZE_LIMIT}: show less in it.`);
    await copyFile(source, join(PUBLISHED, `${name}.png`));
  }
}

try {
  await Promise.all([TARGET, PUBLISHED].map((folder) => mkdir(folder, { recursive: true })));
  await packageExtension();
  for (const theme of Object.keys(THEMES) as Theme[]) await step(`Pictures, ${theme}`, () => takeAll(theme));
  if (wanted.length === 0) await publish();
  console.log(`${TARGET}\n${PUBLISHED}`);
} catch (error) {
  console.error(describeFailure(error));
  process.exitCode = 1;
}
