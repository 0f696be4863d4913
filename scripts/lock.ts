// One process at a time does what several may want to do in the same working tree: installing, building, packing.
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Does `work` while holding the lock `file`, waiting up to `deadline` milliseconds for it. A lock whose owner no longer
 * runs (it was killed) is taken over.
 * @throws when the lock is still held after the deadline, or whatever `work` throws.
 */
export async function withLock<Result>(file: string, work: () => Promise<Result>, deadline = 900_000): Promise<Result> {
  const giveUpAt = Date.now() + deadline;
  while (!(await take(file))) {
    if (Date.now() > giveUpAt) throw new Error(`${file} is held by another process; end it, or delete the file.`);
    await sleep(250);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(file: string): Promise<boolean> {
  await mkdir(dirname(file), { recursive: true });
  try {
    const handle = await open(file, 'wx');
    await handle.writeFile(String(process.pid));
    await handle.close();
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const owner = Number(await readFile(file, 'utf8').catch(() => ''));
  // An empty file is one that its owner is just writing.
  if (owner > 0 && !isRunning(owner)) await rm(file, { force: true });
  return false;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
