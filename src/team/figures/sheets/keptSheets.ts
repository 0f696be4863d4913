import type { Sheet } from './sheet.ts';

/** Sheets that were read, those that were asked for last. */
export interface KeptSheets {
  /**
   * A sheet that is kept, or one that is read now: once, however many ask for it.
   *
   * @param place which sheet
   * @param of of what: a sheet of anything else takes the place of the one that is kept
   */
  sheet(place: string, of: string, read: () => Promise<Sheet>): Promise<Sheet>;
}

interface Kept {
  readonly of: string;
  readonly sheet: Promise<Sheet>;
  /** undefined: it is being read. */
  bytes: number | undefined;
}

/** @param mostBytes so many are kept; a single sheet may be larger */
export function keptSheets(mostBytes: number): KeptSheets {
  const sheets = new Map<string, Kept>();

  function begun(place: string, of: string, read: () => Promise<Sheet>): Kept {
    const kept: Kept = { of, bytes: undefined, sheet: read() };
    kept.sheet.then(
      ({ bytes }) => {
        kept.bytes = bytes;
        forgetOldest();
      },
      () => sheets.get(place) === kept && sheets.delete(place), // whoever asked is told; the next one reads anew
    );
    return kept;
  }

  function forgetOldest(): void {
    const read = [...sheets].filter(([, { bytes }]) => bytes !== undefined);
    let all = read.reduce((sum, [, { bytes = 0 }]) => sum + bytes, 0);
    for (const [place, { bytes = 0 }] of read.slice(0, -1)) {
      if (all <= mostBytes) return;
      sheets.delete(place);
      all -= bytes;
    }
  }

  return {
    sheet(place, of, read) {
      const found = sheets.get(place);
      const kept = found?.of === of ? found : begun(place, of, read);
      // What was asked for last is forgotten last.
      sheets.delete(place);
      sheets.set(place, kept);
      return kept.sheet;
    },
  };
}
