import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ClientMachine } from '../contract/clients/client.ts';

/** What of this machine tells whether a client is signed in. Its files are looked at, and nothing of them is kept. */
export const clientMachine: ClientMachine = {
  env: process.env,
  home: homedir(),
  read: (path) => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined; // not there: not signed in by this
    }
  },
};

/** Writes the files that clients' variables point at. @param folder an absolute path of this user's own */
export async function writeClientFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, text, { mode: 0o600 });
  }
}
