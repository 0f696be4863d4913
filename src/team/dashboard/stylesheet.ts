import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A style sheet that a page links to. */
export interface Stylesheet {
  readonly text: string;
  /** Changes with the text, so that a browser may keep it for as long as it likes. */
  readonly version: string;
}

let read: Stylesheet | undefined;

/** The pages' own, with the usage panel's in it. It lies beside the program; where that is bundled, in one file. */
export function readStylesheet(): Stylesheet {
  read ??= withVersion(inOne(new URL('./dashboard.css', import.meta.url)));
  return read;
}

function withVersion(text: string): Stylesheet {
  return { text, version: createHash('sha256').update(text).digest('hex').slice(0, 12) };
}

const IMPORT = /^@import ["'](?<path>[^"']+)["'];$/m;

function inOne(place: URL): string {
  const text = readFileSync(place, 'utf8');
  const path = IMPORT.exec(text)?.groups?.['path'];
  if (path === undefined) return text;
  const imported = readFileSync(new URL(path, place), 'utf8');
  return text.replace(IMPORT, () => imported);
}
