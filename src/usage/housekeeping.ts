import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger } from './ledger.ts';

/** How often it is looked whether there is something to do, in milliseconds. */
const EVERY_MS = 60_000;
/** The first time sooner: when a router starts, the days since the last one have yet to be added up for reports. */
const FIRST_MS = 10_000;
/** Between two steps requests go on. */
const PAUSE_MS = 50;

export interface House {
  readonly ledger: Ledger;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Whether nobody waits for an answer just now. */
  isIdle(): boolean;
  log(level: 'info' | 'warn' | 'error', message: string): void;
}

/**
 * Tells what the ledger could not write yet; renews what requests under way have set aside; closes tasks that nobody goes on
 * with, copies the rest of a damaged ledger, keeps the ledger small, and adds days up for reports: once a minute, in steps of
 * a few milliseconds, while no request is under way.
 *
 * @returns stops it
 */
export function keepHouse({ ledger, now, isIdle, log }: House, everyMs = EVERY_MS): () => void {
  const stopped = new AbortController();
  const holder = randomUUID();
  ledger.tells(log);
  void run();
  void renew();
  return () => stopped.abort();

  async function run(): Promise<void> {
    for (let wait = Math.min(FIRST_MS, everyMs); await paused(wait); wait = everyMs) {
      try {
        await salvageRest();
        await inSteps(() => ledger.tasks.closeIdle(now()) > 0);
        if (ledger.retention.begin(now(), holder)) {
          await inSteps(() => ledger.retention.step(now(), holder) === 'more');
        }
        await inSteps(() => ledger.spanSums.step(now()) === 'more');
      } catch (error) {
        if (!stopped.signal.aborted) log('warn', `The ledger could not be tidied: ${String(error)}`);
      }
    }
  }

  /** Beside the rest, which waits for requests to end. */
  async function renew(): Promise<void> {
    while (await paused(everyMs)) {
      try {
        ledger.reservations.renew(now());
      } catch (error) {
        if (!stopped.signal.aborted) log('warn', `What requests have set aside could not be renewed: ${String(error)}`);
      }
    }
  }

  async function salvageRest(): Promise<void> {
    let attempts = 0;
    await inSteps(async () => {
      const more = await ledger.salvageMore();
      attempts += more?.attempts ?? 0;
      return more?.goesOn === true;
    });
    if (attempts > 0)
      log('info', `${attempts} more attempts of the damaged ledger were copied: budgets count them again.`);
  }

  async function inSteps(step: () => boolean | Promise<boolean>): Promise<void> {
    while (await paused(PAUSE_MS)) if (isIdle() && !(await step())) return;
  }

  /** @returns false when it is over */
  async function paused(ms: number): Promise<boolean> {
    try {
      await sleep(ms, undefined, { ref: false, signal: stopped.signal });
      return true;
    } catch {
      return false; // stopped
    }
  }
}
