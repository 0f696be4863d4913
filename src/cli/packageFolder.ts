import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandError } from './command.ts';

/** The folder of this package, from its bundle or from its source: the nearest one above that holds the presets. */
export async function packageFolder(): Promise<string> {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const found = await access(join(folder, 'policies', 'solo.json')).then(
      () => true,
      () => false, // not this one: the next one up
    );
    if (found) return folder;
    if (dirname(folder) === folder) throw new CommandError('The presets are missing: install routing-policy again.');
  }
}
