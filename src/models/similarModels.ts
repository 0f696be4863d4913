import { catalogue } from './catalogue.ts';
import { modelKey } from './modelKey.ts';

const MOST_SUGGESTIONS = 3;

/**
 * Ids of models whose names are near to `text`, nearest first, at most three: for "did you mean". A provider in front
 * is ignored, retired models are not suggested.
 */
export function similarModels(text: string): readonly string[] {
  const { key } = modelKey(text);
  if (key.length < 3) return [];
  return catalogue
    .filter((model) => model.retired === undefined)
    .map((model) => ({ id: model.id, distance: distanceTo(key, modelKey(model.id).key) }))
    .filter(({ distance }) => distance <= Math.max(2, key.length / 4))
    .sort((a, b) => a.distance - b.distance || (a.id < b.id ? -1 : 1))
    .slice(0, MOST_SUGGESTIONS)
    .map(({ id }) => id);
}

/** Edits between two names; a name that contains the other whole ("sonnet-5-5") is near whatever its length. */
function distanceTo(key: string, name: string): number {
  if (key.length >= 5 && name.includes(key)) return 1;
  return editDistance(key, name);
}

/**
 * Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other (optimal string
 * alignment, Damerau 1964), in time proportional to the product of the lengths.
 */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
