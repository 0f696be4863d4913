// The real clients from the npm registry, each at one version, in a folder of their own that git ignores: over a gigabyte of
// programs that nothing but these tests needs.
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../../scripts/lock.ts';
import { npm, ROOT, step } from '../../scripts/steps.ts';

const FOLDER = join(ROOT, '.host', 'clients');
const STAMP = join(FOLDER, 'installed.json');
const PLATFORM = `${process.platform}-${process.arch}`;

/** What is installed, version by version; a change installs anew. */
export const VERSIONS = {
  '@anthropic-ai/claude-code': '2.1.330',
  '@openai/codex': '0.169.0',
  '@github/copilot': '1.0.102',
  'opencode-ai': '1.18.33',
  '@google/gemini-cli': '0.61.0',
  '@qwen-code/qwen-code': '0.24.4',
  '@continuedev/cli': '1.5.47',
  ai: '7.0.173',
  '@ai-sdk/anthropic': '4.0.105',
  '@ai-sdk/openai': '4.0.118',
  '@ai-sdk/openai-compatible': '3.0.92',
} as const;

/** Programs by their paths: a client's install script only copies or links what its package for the platform holds. */
const PROGRAMS = {
  claude: `@anthropic-ai/claude-code-${PLATFORM}/claude`,
  copilot: `@github/copilot-${PLATFORM}/copilot`,
  opencode: `opencode-${PLATFORM}/bin/opencode`,
  gemini: '@google/gemini-cli/bundle/gemini.js',
  qwen: '@qwen-code/qwen-code/cli-entry.js',
  continue: '@continuedev/cli/dist/cn.js',
  codex: `@openai/codex-${PLATFORM}/vendor/${rustTarget()}/bin/codex`,
} as const;

export type Program = keyof typeof PROGRAMS;

/** Where an installed client's program is. */
export function programPath(program: Program): string {
  return join(FOLDER, 'node_modules', PROGRAMS[program]);
}

/** Where an installed library is, for a dynamic import. */
export function libraryFolder(name: string): string {
  return join(FOLDER, 'node_modules', name);
}

/**
 * Makes sure that the clients are installed. Two processes that want it at the same time wait for each other.
 * @throws CommandError with npm's output when a package cannot be fetched.
 */
export async function installClients(): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  if (await isComplete()) return;
  await withLock(join(ROOT, '.host', 'clients.lock'), async () => {
    if (await isComplete()) return;
    await step('Installing the AI clients', async () => {
      await writeFile(join(FOLDER, 'package.json'), `${JSON.stringify({ private: true, dependencies: VERSIONS })}\n`);
      await npm(['install', '--ignore-scripts', '--prefer-offline'], { cwd: FOLDER });
    });
    await writeFile(STAMP, JSON.stringify(VERSIONS));
  });
}

async function isComplete(): Promise<boolean> {
  if (!existsSync(STAMP)) return false;
  return (await readFile(STAMP, 'utf8')) === JSON.stringify(VERSIONS);
}

function rustTarget(): string {
  const cpu = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  if (process.platform === 'darwin') return `${cpu}-apple-darwin`;
  return process.platform === 'win32' ? `${cpu}-pc-windows-msvc` : `${cpu}-unknown-linux-musl`;
}
