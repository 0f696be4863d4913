import { type BigIntStats, lstatSync, realpathSync, statSync } from 'node:fs';
import { lstat, realpath, stat } from 'node:fs/promises';
import { isSameShown, type LookedAs, type Looks, lookOnce, type Shown, spoilLooks } from './looks.ts';

/** What looks at a slow disk take on average, in milliseconds. */
const slowMs = 1;
/** How much of the average one look is, and how long a look counts at most: a busy machine interrupts quick ones too. */
const share = 1 / 64;
const mostMs = 10;
/** What certainly was the disk. */
const verySlowMs = 1_000;
/** For so long after that, in milliseconds, nobody waits for that disk in place. */
const apartMs = 10_000;

/** What the average is after that: a disk that is still slow is known by the first look. */
const suspectedMs = slowMs * 0.9;

const options = { bigint: true, throwIfNoEntry: false } as const;

let averageMs = 0;
let apartUntil = Number.NEGATIVE_INFINITY;

/**
 * What stands at a path, links followed; undefined where nothing does or it is not ours to see. Every request looks at some
 * dozens of files, and handing each look to another thread takes many times as long as a look at a local disk: there it is
 * done in place. Where looks are slow (a network drive, a scanner) they are handed over for a while, so that answers under
 * way do not stall. Not for paths that a client names: they may lie anywhere.
 */
export async function look(path: string): Promise<BigIntStats | undefined> {
  return statsOf(await lookClosely('file', path));
}

/** The same with a link itself. */
export async function lookAtLink(path: string): Promise<BigIntStats | undefined> {
  return statsOf(await lookClosely('link', path));
}

/**
 * The same, telling what is not there from what nobody can look at.
 *
 * @returns why it cannot be looked at, as the system's code (`EACCES`, `ELOOP`); undefined where nothing is there
 */
export async function lookClosely(as: 'file' | 'link', path: string): Promise<BigIntStats | string | undefined> {
  if (areApart()) return (as === 'link' ? lstat : stat)(path, options).catch(whyNot);
  return lookOnce(as, path, lookInPlace);
}

/** Where a path leads when its links are followed. @throws where nothing is there */
export async function realPlaceOf(path: string): Promise<string> {
  if (areApart()) return realpath(path);
  try {
    return lookOnce('way', path, followInPlace);
  } catch (error) {
    // What is not there may come, and its failure tells no more than that.
    spoilLooks();
    throw error;
  }
}

/** Whether everything that was looked at looks as it did. Where looks are slow, nobody waits to find out. */
export function areAsSeen(looks: Looks): boolean {
  let at = performance.now();
  for (const { as, path, shown } of looks) {
    if (at < apartUntil) return false;
    const now = shownNow(as, path);
    const started = at;
    at = performance.now();
    // Each by itself: a busy machine interrupts one of many, and does not make all of them slow.
    noteTime(at - started, at);
    if (!isSameShown(now, shown)) return false;
  }
  return at >= apartUntil;
}

function shownNow(as: LookedAs, path: string): Shown {
  try {
    switch (as) {
      case 'file':
        return statSync(path, options);
      case 'link':
        return lstatSync(path, options);
      case 'way':
        return realpathSync.native(path);
      default:
        return as satisfies never;
    }
  } catch (error) {
    return as === 'way' ? undefined : whyNot(error);
  }
}

/** Who needs what is there reports why it is not. */
function statsOf(found: BigIntStats | string | undefined): BigIntStats | undefined {
  return typeof found === 'object' ? found : undefined;
}

/** Undefined where nothing is there; what is kept from being looked at may be anything. */
function whyNot(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : code;
}

function areApart(): boolean {
  return performance.now() < apartUntil;
}

function followInPlace(_: 'way', path: string): string {
  return timed(() => realpathSync.native(path));
}

function lookInPlace(as: 'file' | 'link', path: string): Shown {
  try {
    return timed(() => (as === 'link' ? lstatSync : statSync)(path, options));
  } catch (error) {
    return whyNot(error);
  }
}

function timed<Found>(here: () => Found): Found {
  const started = performance.now();
  try {
    return here();
  } finally {
    const now = performance.now();
    noteTime(now - started, now);
  }
}

function noteTime(took: number, now: number): void {
  averageMs += (Math.min(took, mostMs) - averageMs) * share;
  if (took > verySlowMs || averageMs > slowMs) {
    apartUntil = now + apartMs;
    averageMs = suspectedMs;
  }
}
