// Loaded into the gateway's process before anything else: asked by message, it says what is left there when garbage is gone.
// Needs --expose-gc.
import { readdir } from 'node:fs/promises';

/** What one process holds. */
export interface Held {
  readonly heapMb: number;
  /** Resident, node's own program included. */
  readonly memoryMb: number;
  /** Bytes outside the heap that belong to objects in it: bodies, above all. */
  readonly buffersMb: number;
  /** NaN but on Linux. */
  readonly descriptors: number;
  readonly sockets: number;
  /** Whatever else keeps a process alive: timers, children, files under way. */
  readonly handles: number;
}

async function held(): Promise<Held> {
  // Twice: what finalizers let go of is only then free.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, rss, external } = process.memoryUsage();
  const resources = process.getActiveResourcesInfo();
  const sockets = resources.filter((name) => name.startsWith('TCP')).length;
  const mb = (bytes: number): number => bytes / 1024 / 1024;
  return {
    heapMb: mb(heapUsed),
    memoryMb: mb(rss),
    buffersMb: mb(external),
    descriptors: (await readdir('/proc/self/fd').catch(() => undefined))?.length ?? Number.NaN,
    sockets,
    handles: resources.length - sockets,
  };
}

process.on('message', () => {
  void held().then((answer) => process.send?.(answer));
});
// It is no reason to go on when all else has ended.
process.channel?.unref();
