import { posix } from 'node:path';
import type { SourceReference } from './reference.ts';

const longest = 64;

/** What a layer is called in ids, before it is made unique: short, and telling where it comes from. */
export function layerName(reference: SourceReference): string {
  return nameOf(reference)
    .replaceAll(/[^\w@/.-]/g, '-')
    .slice(0, longest);
}

function nameOf(reference: SourceReference): string {
  switch (reference.kind) {
    case 'preset':
      return reference.name;
    case 'npm':
      return reference.packageName;
    case 'remote':
      return reference.url.hostname.replace(/^\[|\]$/g, '');
    case 'file':
      return (
        posix
          .basename(reference.written)
          .replace(/^\.+/, '')
          .replace(/\.jsonc?$/, '') || 'file'
      );
    default:
      return reference satisfies never;
  }
}

/** Names that are given once each. */
export class UniqueNames {
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  take(wanted: string): string {
    let name = wanted;
    for (let place = 2; this.#taken.has(name); place += 1) name = `${wanted}-${place}`;
    this.#taken.add(name);
    return name;
  }
}
