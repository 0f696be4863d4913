// The router's process ends when it is told to, whatever a repository has in it.
import { execFileSync } from 'node:child_process';
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { LspClient } from '../host/lspClient.ts';
import { setStage } from '../host/routerStage.ts';

const stage = setStage();
/** What an editor waits for, beyond what ending takes where nothing is in the way, in milliseconds. */
const longestMs = 2_000;

/** A repository whose tracked files are devices, links out of it and a pipe that nobody writes to. */
async function trapped(): Promise<string> {
  const { folder, commit } = await stage.newRepository({
    '.routing-policy.json': JSON.stringify({ version: 1, default: 'local/workspace-copy' }),
    'src/own.ts': 'const own = 1;\n',
    'src/pipe.ts': 'pipe();\n',
  });
  symlinkSync('/dev/ptmx', join(folder, 'aaa.ts'));
  symlinkSync('/dev/zero', join(folder, 'aab.ts'));
  symlinkSync('/dev/tty', join(folder, 'aac.ts'));
  await commit('Traps');
  rmSync(join(folder, 'src/pipe.ts'));
  execFileSync('mkfifo', [join(folder, 'src/pipe.ts')]);
  return folder;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** How much longer it takes to end than another one does that ends beside it: a busy machine keeps both. */
async function stopping(client: LspClient): Promise<number> {
  const other = await stage.start();
  const [took = 0, usual = 0] = await Promise.all([client, other].map(timeToStop));
  return took - usual;
}

async function timeToStop(client: LspClient): Promise<number> {
  const began = performance.now();
  await client.stop();
  return performance.now() - began;
}

describe.skipIf(process.platform === 'win32')('the router’s process ends at once', { retry: 2 }, () => {
  test.each([
    { trusted: true, what: 'after a completion made it read a repository full of traps' },
    { trusted: false, what: 'in a folder that is not trusted too' },
  ])('$what', async ({ trusted }) => {
    const client = await stage.start({
      root: await trapped(),
      configuration: { trusted, defaultTarget: 'local/workspace-copy' },
    });
    await client.openDocument('src/own.ts', 'typescript', 'const own = 1;\n');
    await client.complete('src/own.ts', 0, 9);
    await sleep(300);
    expect(await stopping(client)).toBeLessThan(longestMs);
    expect(isRunning(client.pid)).toBe(false);
  });

  test('with a pipe open that nobody writes to', async () => {
    const client = await stage.start({ root: await trapped() });
    for (let count = 0; count < 6; count++) await client.openDocument('src/pipe.ts', 'typescript', 'pipe();\n');
    await sleep(300);
    expect(await stopping(client)).toBeLessThan(longestMs);
    expect(isRunning(client.pid)).toBe(false);
  });
});
