// All of it in one call: a repository, VS Code with the packed extension, and its workbench in a browser.
//
//   import { afterAll, beforeAll, expect, test } from 'vitest';
//   import { startSimulatedProviders } from '../simulated/main.ts';
//   import { openVSCode, ROUTE_STATUS, type VSCode } from '../host/vscode.ts';
//   import { ask, enableChat, pickModel } from '../host/chat.ts';
//
//   let vscode: VSCode;
//   beforeAll(async () => {
//     const simulated = await startSimulatedProviders();
//     vscode = await openVSCode({ providers: simulated.providers, onClose: () => simulated.stop() });
//   });
//   afterAll(() => vscode?.close());
//
//   test('a chat about a test file goes to the small model', async () => {
//     const { workbench } = vscode;
//     await workbench.openFile('packages/core/test/order.test.ts');
//     await enableChat(workbench, vscode.server);
//     await pickModel(workbench, 'Routing Policy');
//     expect(await ask(workbench, 'Explain this test')).toContain('simulated');
//     expect((await workbench.statusTooltip(ROUTE_STATUS))).toContain('tests');
//   });
//
// A second window is `openWorkbench(vscode.server.url)`; what a provider received is in `simulated.anthropic`. Ghost text
// conforms to the suggestion list while that is open: press Escape first, or set `editor.quickSuggestions` to false.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VSIX } from '../../scripts/package.ts';
import { ROOT } from '../../scripts/steps.ts';
import { statusBarItemId } from '../../src/contract/commands.ts';
import type { ProvidersSetting } from '../../src/providers/settings.ts';
import { wellKnownProviders } from '../../src/providers/wellKnown.ts';
import { freePort } from './freePort.ts';
import { createRepository, type Repository } from './repository.ts';
import { type Server, type ServerOptions, startServer } from './server.ts';
import { openWorkbench, type Workbench, type WorkbenchOptions } from './workbench.ts';

/** The id on the screen of the extension's status bar item: VS Code puts the extension's own id in front. */
export const ROUTE_STATUS = `routing-policy.routing-policy.${statusBarItemId}`;

export const SAMPLE = join(ROOT, 'test', 'sample');

export type Theme = 'light' | 'dark' | 'high-contrast';

const THEME_NAMES: Readonly<Record<Theme, string>> = {
  light: 'Default Light Modern',
  dark: 'Default Dark Modern',
  'high-contrast': 'Default High Contrast',
};

export interface VSCodeOptions extends Omit<ServerOptions, 'folder' | 'vsix'>, WorkbenchOptions {
  /** `routingPolicy.providers`; none when left out. */
  readonly providers?: ProvidersSetting;
  /** Files written over the sample repository, or, with `empty`, all there is; by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Start from an empty repository instead of the sample. */
  readonly empty?: boolean;
  /** Default dark. */
  readonly theme?: Theme;
  /** Name of the folder, for pictures; some temporary name when left out. */
  readonly name?: string;
  /** More extensions, beside ours. */
  readonly vsix?: readonly string[];
  /** Called when everything is closed, also when it never opened. */
  readonly onClose?: () => Promise<void>;
}

export interface VSCode {
  readonly repository: Repository;
  readonly server: Server;
  readonly workbench: Workbench;
  /** Closes the browser, stops VS Code with all below it, and removes profile and repository. */
  readonly close: () => Promise<void>;
}

/** A person's own keys and records stay out of tests: no real provider is ever asked, and no ledger is shared. */
function withoutKeys(): Record<string, undefined> {
  const names = Object.values(wellKnownProviders).flatMap(({ keyEnv }) => keyEnv);
  return Object.fromEntries([...names, 'ROUTING_POLICY_STATE_DIR'].map((name) => [name, undefined]));
}

/** Opens VS Code with the packed extension on a fresh copy of the sample repository. Takes 10 to 25 s. */
export async function openVSCode(options: VSCodeOptions = {}): Promise<VSCode> {
  const { providers, files, empty, name, vsix, onClose, machineSettings, settings, theme, ...rest } = options;
  const closers: (() => Promise<void>)[] = onClose === undefined ? [] : [onClose];
  const close = async (): Promise<void> => {
    while (closers.length > 0) await closers.pop()?.();
  };
  try {
    const parent = name === undefined ? undefined : await mkdtemp(join(tmpdir(), 'routing-policy-'));
    if (parent !== undefined) closers.push(() => rm(parent, { recursive: true, force: true }));
    const repository = await createRepository({
      ...(parent === undefined || name === undefined ? {} : { folder: join(parent, name) }),
      ...(empty === true ? {} : { from: SAMPLE }),
      ...(files ? { files } : {}),
    });
    closers.push(repository.remove);
    const server = await startServer({
      ...rest,
      settings: { 'workbench.colorTheme': THEME_NAMES[theme ?? 'dark'], ...settings },
      folder: repository.folder,
      vsix: [VSIX, ...(vsix ?? [])],
      machineSettings: {
        // Each has a state folder of its own: one that held the usual port would be a stranger to the next.
        'routingPolicy.gateway.port': await freePort(),
        ...(providers ? { 'routingPolicy.providers': providers } : {}),
        ...machineSettings,
      },
      env: { ...withoutKeys(), ...rest.env },
    });
    closers.push(server.stop);
    const workbench = await openWorkbench(server.url, options);
    closers.push(() => workbench.close());
    return { repository, server, workbench, close };
  } catch (error) {
    await close();
    throw error;
  }
}
