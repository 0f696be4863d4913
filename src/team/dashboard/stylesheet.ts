import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** A style sheet that a page links to. */
export interface Stylesheet {
  readonly text: string;
  /** Changes with the text, so that a browser may keep it for as long as it likes. */
  readonly version: string;
}

let read: Promise<Stylesheet> | undefined;

/** The pages' own, with the usage panel's in it. It lies beside the program; where that is bundled, in one file. */
export function readStylesheet(): Promise<Stylesheet> {
  read ??= inOne(new URL('./dashboard.css', import.meta.url)).then((text) => ({
    text,
    version: createHash('sha256').update(text).digest('hex').slice(0, 12),
  }));
  return read;
}

const IMPORT = /^@import ["'](?<path>[^"']+)["'];$/m;

async function inOne(place: URL): Promise<string> {
  const text = await readFile(place, 'utf8');
  const path = IMPORT.exec(text)?.groups?.['path'];
  if (path === undefined) return text;
  const imported = await readFile(new URL(path, place), 'utf8');
  return text.replace(IMPORT, () => imported);
}
