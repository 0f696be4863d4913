import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { TeamServices } from '../services.ts';
import type { Tables } from '../store/tables.ts';
import { decideAtoms } from './decideAtoms.ts';
import { makeSheets } from './sheets/makeSheets.ts';

const EVERY_MS = 600_000;

/**
 * Publishes what may be shown, again and again until the server ends.
 *
 * @param prepare what is published to be looked at: at first, and each time that there may be more of it
 */
export async function keepFigures(
  { database, now, log, signal }: TeamServices,
  prepare: () => Promise<void>,
): Promise<void> {
  const prepared = (): Promise<void> =>
    prepare().catch(() => {
      if (!signal.aborted) log('warn', 'Pages could not be drawn ahead; whoever looks at them waits for that.');
    });
  await prepared();
  while (!signal.aborted) {
    await publishFigures(database, now()).catch((error: unknown) => {
      const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
      if (!signal.aborted)
        log('warn', `What may be shown could not be decided${code}; it is tried again in ten minutes.`);
    });
    await prepared();
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined); // the server ends
  }
}

/** Decides what may be shown of the days that are over, and adds it up for those who look at it. @param now milliseconds since the epoch */
export async function publishFigures(database: Kysely<Tables>, now: number): Promise<void> {
  await decideAtoms(database, now);
  await makeSheets(database);
}
