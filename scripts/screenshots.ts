// Pictures of the real VS Code with the packed extension, light and dark, for people to look at: `test-results/screenshots`.
// The ones that the README shows are the dark ones of `media/screenshots`.
//   npm run screenshots
import { copyFile, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ask, newChat, setUpChat } from '../test/host/chat.ts';
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

const SCENES: readonly (readonly [string, Scene])[] = [
  ['walkthrough', walkthrough],
  ['ghost-text', ghostText],
  ['agent-chat', agentChat],
  ['policy-file', policyFile],
  ['diagnostic', diagnostic],
  ['providers', providers],
  ['blocked', blocked],
];

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
    for (const [name, scene] of SCENES) {
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
  await publish();
  console.log(`${TARGET}\n${PUBLISHED}`);
} catch (error) {
  console.error(describeFailure(error));
  process.exitCode = 1;
}
