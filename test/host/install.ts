// A real VS Code without a desktop: code-server from the npm registry, in a folder of its own that git ignores. It never
// goes into devDependencies: its install script insists on native builds that nothing here needs.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../../scripts/lock.ts';
import { npm, ROOT, step } from '../../scripts/steps.ts';

export const CODE_SERVER_VERSION = '4.139.1';

/** Raise it when the stages below change, and everybody's next run installs anew. */
const RECIPE = 1;

const FOLDER = join(ROOT, '.host', 'vscode');
const STAMP = join(FOLDER, 'installed.json');
const VSCODE = join(FOLDER, 'node_modules', 'code-server', 'lib', 'vscode');

/** 180 MB of binaries for agents that run outside the editor; VS Code starts and chats without them. */
const UNNEEDED = [
  `node_modules/@github/copilot-sdk-${process.platform}-${process.arch}`,
  'node_modules/@koromix',
  'node_modules/@microsoft/mxc-sdk',
];

export interface Host {
  /** The Node executable that runs the server. */
  readonly node: string;
  /** The server's entry script. */
  readonly entry: string;
}

interface Stage {
  readonly name: string;
  readonly title: string;
  readonly run: () => Promise<unknown>;
}

const STAGES: readonly Stage[] = [
  {
    name: 'server',
    title: `Installing VS Code (code-server ${CODE_SERVER_VERSION})`,
    run: async () => {
      await writeFile(join(FOLDER, 'package.json'), '{ "private": true }\n');
      await npm(['install', `code-server@${CODE_SERVER_VERSION}`, '--ignore-scripts', '--prefer-offline'], {
        cwd: FOLDER,
      });
    },
  },
  {
    name: 'modules',
    title: "Installing VS Code's own modules",
    run: () => npm(['install', '--omit=dev', '--ignore-scripts', '--prefer-offline'], { cwd: VSCODE }),
  },
  {
    name: 'extensions',
    title: "Installing the built-in extensions' modules",
    run: () =>
      npm(['install', '--omit=dev', '--ignore-scripts', '--prefer-offline'], { cwd: join(VSCODE, 'extensions') }),
  },
  {
    name: 'prune',
    title: 'Removing what is not needed',
    run: () => Promise.all(UNNEEDED.map((path) => rm(join(VSCODE, path), { recursive: true, force: true }))),
  },
];

/**
 * Makes sure that VS Code is installed, and says where. Done once: an interrupted install goes on at the stage where it
 * stopped, and two processes that want it at the same time wait for each other.
 * @throws CommandError with npm's output when a package cannot be fetched.
 */
export async function installHost(): Promise<Host> {
  await mkdir(FOLDER, { recursive: true });
  const host: Host = {
    node: process.execPath,
    entry: join(FOLDER, 'node_modules', 'code-server', 'out', 'node', 'entry.js'),
  };
  if (await isComplete(host)) return host;
  await withLock(join(ROOT, '.host', 'vscode.lock'), async () => {
    const done = new Set(await finishedStages());
    for (const stage of STAGES) {
      if (done.has(stage.name)) continue;
      await step(stage.title, stage.run);
      done.add(stage.name);
      await writeFile(STAMP, JSON.stringify({ version: CODE_SERVER_VERSION, recipe: RECIPE, stages: [...done] }));
    }
  });
  return host;
}

async function isComplete(host: Host): Promise<boolean> {
  const done = await finishedStages();
  return existsSync(host.entry) && STAGES.every((stage) => done.includes(stage.name));
}

async function finishedStages(): Promise<readonly string[]> {
  if (!existsSync(STAMP)) return [];
  try {
    const stamp = JSON.parse(await readFile(STAMP, 'utf8')) as { version?: string; recipe?: number; stages?: string[] };
    return stamp.version === CODE_SERVER_VERSION && stamp.recipe === RECIPE ? (stamp.stages ?? []) : [];
  } catch (error) {
    // A stamp cut off in the middle of its writing; npm makes whole what is there already.
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
