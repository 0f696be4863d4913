import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Calibration, calibrationFrom } from '../models/calibration.ts';
import { failed, type WriteResult, written } from './writeResult.ts';

const FILE = 'calibration.json';

/** What was learned about token counts before; nothing, when there is no file or it cannot be read. */
export async function loadCalibration(stateFolder: string): Promise<Calibration> {
  try {
    return calibrationFrom(JSON.parse(await readFile(join(stateFolder, FILE), 'utf8')));
  } catch {
    // It is only a cache of experience: it is learned again within a dozen requests.
    return [];
  }
}

/**
 * Keeps what was learned, by renaming a whole new file into place: a reader sees the old or the new. Of two processes
 * the later wins, which loses a few observations.
 */
export async function saveCalibration(stateFolder: string, calibration: Calibration): Promise<WriteResult> {
  const file = join(stateFolder, FILE);
  const draft = `${file}.${process.pid}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(draft, JSON.stringify(calibration), { mode: 0o600 });
    await rename(draft, file);
    return written;
  } catch (error) {
    await rm(draft, { force: true });
    return failed('What was learned about token counts was not kept', error);
  }
}
