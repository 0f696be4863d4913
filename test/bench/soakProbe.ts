// Loaded into the gateway's process before anything else: asked by message, it says what is left there when garbage is gone.
// Needs --expose-gc.
import { readdir } from 'node:fs/promises';

/** What one process holds. */
export interface Held {
  readonly heapMb: number;
  /**
   * The same without what V8 keeps to be fast, above all code that it can compile again: it comes and goes by several megabytes,
   * and hides as much. Left out where it was not asked for, because all of that has to be made again.
   */
  readonly dataMb?: number;
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

/** @param wish `held`, or `data`: {@link Held.dataMb}, too */
async function held(wish: unknown): Promise<Held> {
  // Twice: what finalizers let go of is only then free.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, rss, external } = process.memoryUsage();
  const resources = process.getActiveResourcesInfo();
  const sockets = resources.filter((name) => name.startsWith('TCP')).length;
  return {
    heapMb: mb(heapUsed),
    ...(wish === 'data' ? { dataMb: dataMb() } : {}),
    memoryMb: mb(rss),
    buffersMb: mb(external),
    descriptors: (await readdir('/proc/self/fd').catch(() => undefined))?.length ?? Number.NaN,
    sockets,
    handles: resources.length - sockets,
  };
}

const mb = (bytes: number): number => bytes / 1024 / 1024;

function dataMb(): number {
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  return mb(process.memoryUsage().heapUsed);
}

process.on('message', (wish) => {
  void held(wish).then((answer) => process.send?.(answer));
});
// It is no reason to go on when all else has ended.
process.channel?.unref();
