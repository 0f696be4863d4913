import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { TeamServices } from '../services.ts';
import type { Tables } from '../store/tables.ts';
import { decideAtoms } from './decideAtoms.ts';
import { makeSheets } from './sheets/makeSheets.ts';

const EVERY_MS = 600_000;

/** Publishes what may be shown, again and again until the server ends. */
export async function keepFigures({ database, now, log, signal }: TeamServices): Promise<void> {
  while (!signal.aborted) {
    await publishFigures(database, now()).catch((error: unknown) => {
      const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
      if (!signal.aborted)
        log('warn', `What may be shown could not be decided${code}; it is tried again in ten minutes.`);
    });
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined); // the server ends
  }
}

/** Decides what may be shown of the days that are over, and adds it up for those who look at it. @param now milliseconds since the epoch */
export async function publishFigures(database: Kysely<Tables>, now: number): Promise<void> {
  await decideAtoms(database, now);
  await makeSheets(database);
}
