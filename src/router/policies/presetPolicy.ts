import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readOnDisk, type TextRead } from './ground.ts';

/** How far above this file the presets' folder may lie: the sources and the bundle are at different depths. */
const mostSteps = 4;

/** The folder of the presets that come with this program. @throws when it is gone */
async function presetsFolder(): Promise<string> {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (let step = 0; step < mostSteps; step += 1) {
    const presets = join(folder, 'policies');
    if (await isFile(join(presets, 'team.json'))) return presets;
    folder = dirname(folder);
  }
  throw new Error('The presets that come with this program are missing. Install it again.');
}

let known: Promise<string> | undefined;

/** Reads a preset by its name. */
export async function readPreset(name: string): Promise<TextRead> {
  known ??= presetsFolder();
  try {
    const folder = await known;
    const found = await readOnDisk(folder, join(folder, `${name}.json`));
    if (found.kind !== 'mistake') return found;
    const names = (await readdir(folder))
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length));
    return { kind: 'mistake', message: `There is no preset of this name. There are: ${names.sort().join(', ')}.` };
  } catch (error) {
    known = undefined;
    return { kind: 'unavailable', message: error instanceof Error ? error.message : String(error) };
  }
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
