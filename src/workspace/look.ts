import { type BigIntStats, lstatSync, realpathSync, statSync } from 'node:fs';
import { lstat, realpath, stat } from 'node:fs/promises';

/** What looks at a slow disk take on average, in milliseconds. */
const slowMs = 1;
/** How much of the average one look is, and how long a look counts at most: a busy machine interrupts a quick one too. */
const share = 1 / 16;
const mostMs = 10;
/** What certainly was the disk. */
const verySlowMs = 1_000;
/** For so long after that, in milliseconds, nobody waits for that disk in place. */
const apartMs = 10_000;

let averageMs = 0;
let apartUntil = Number.NEGATIVE_INFINITY;

/**
 * What stands at a path, links followed; undefined where nothing does or it is not ours to see. Every request looks at some
 * dozens of files, and handing each look to another thread takes many times as long as a look at a local disk: there it is
 * done in place. Where looks are slow (a network drive, a scanner) they are handed over for a while, so that answers under
 * way do not stall. Not for paths that a client names: they may lie anywhere.
 */
export async function look(path: string): Promise<BigIntStats | undefined> {
  const options = { bigint: true, throwIfNoEntry: false } as const;
  return inPlace(
    () => statSync(path, options),
    () => stat(path, options),
  ).catch(nothing);
}

/** The same with a link itself. */
export async function lookAtLink(path: string): Promise<BigIntStats | undefined> {
  const options = { bigint: true, throwIfNoEntry: false } as const;
  return inPlace(
    () => lstatSync(path, options),
    () => lstat(path, options),
  ).catch(nothing);
}

/** Where a path leads when its links are followed. @throws where nothing is there */
export async function realPlaceOf(path: string): Promise<string> {
  return inPlace(
    () => realpathSync.native(path),
    () => realpath(path),
  );
}

/** Who needs what is there reports why it is not. */
function nothing(): undefined {
  return undefined;
}

async function inPlace<Found>(here: () => Found, apart: () => Promise<Found>): Promise<Found> {
  const started = performance.now();
  if (started < apartUntil) return apart();
  try {
    return here();
  } finally {
    const took = performance.now() - started;
    averageMs += (Math.min(took, mostMs) - averageMs) * share;
    if (took > verySlowMs || averageMs > slowMs) {
      apartUntil = started + took + apartMs;
      averageMs = 0;
    }
  }
}
