import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds for closing down, and then for file requests that are under way; an editor waits some two seconds. */
const closingMs = 1_000;
const fileRequestsMs = 400;

const isWaitingForFiles = (): boolean => process.getActiveResourcesInfo().some((kind) => kind.startsWith('FSReq'));

/**
 * Makes the end of this process its end. At its exit Node waits for file requests that the system has taken on, and those of
 * a pipe that nobody writes to, or of a disk that is away, never come back.
 */
export function endWithoutWaiting(): void {
  process.on('exit', () => {
    if (isWaitingForFiles()) process.kill(process.pid, 'SIGKILL');
  });
}

/** Closes down, and lets what is being written come to its end; neither for ever. */
export async function closeInTime(close: () => Promise<void>): Promise<void> {
  await Promise.race([close(), sleep(closingMs, undefined, { ref: false })]);
  for (const began = performance.now(); isWaitingForFiles() && performance.now() - began < fileRequestsMs; ) {
    await sleep(10);
  }
}
