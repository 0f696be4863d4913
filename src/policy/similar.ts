/** Longer words are not compared: nobody mistypes a whole sentence, and the work grows with the square. */
const LONGEST_COMPARED = 64;
/** Of longer lists only the beginning is looked at, so that ten thousand misspelt names stay cheap. */
const MOST_COMPARED = 2_000;
/** For all the names of one file, in pairs of letters compared: some tens of milliseconds. */
const MOST_WORK = 4_000_000;
/** What it takes to look at a word at all, in pairs of letters. */
const WORK_OF_A_LOOK = 20;

/**
 * The word that was most likely meant, or undefined when none is near enough: at most a third of its letters may be
 * wrong. Case is ignored at first, so `Files` finds `files`; of equally near words the first wins.
 */
export function mostSimilar(written: string, known: Iterable<string>): string | undefined {
  return search(written, known, { left: Number.POSITIVE_INFINITY });
}

/** Finds the word that was most likely meant, until it has worked enough. */
export type SuggestWord = (written: string, known: Iterable<string>) => string | undefined;

/**
 * {@link mostSimilar} for all the names of one file together: in a file with thousands of unknown names only the first
 * get a suggestion, because each is held against thousands of others.
 */
export function suggestWords(): SuggestWord {
  const budget = { left: MOST_WORK };
  return (written, known) => search(written, known, budget);
}

function search(written: string, known: Iterable<string>, budget: { left: number }): string | undefined {
  if (written.length > LONGEST_COMPARED || budget.left <= 0) return undefined;
  let best: string | undefined;
  let nearest = Number.POSITIVE_INFINITY;
  let compared = 0;
  for (const word of known) {
    compared += 1;
    if (compared > MOST_COMPARED) break;
    budget.left -= WORK_OF_A_LOOK;
    if (word === written || word.length > LONGEST_COMPARED) continue;
    const allowed = Math.max(1, Math.floor(Math.max(written.length, word.length) / 3));
    if (Math.abs(word.length - written.length) > allowed) continue;
    const [a, b] = withoutSharedEnds(written.toLowerCase(), word.toLowerCase());
    budget.left -= a.length * b.length;
    const distance = editDistance(a, b, Math.min(allowed, nearest));
    if (distance <= allowed && distance < nearest) {
      best = word;
      nearest = distance;
    }
  }
  return best;
}

/**
 * How many letters must be added, removed, replaced or swapped with their neighbour to turn one word into another
 * (optimal string alignment, the restricted form of Damerau's distance). Infinite as soon as it is sure to pass `most`.
 */
function editDistance(a: string, b: string, most: number): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= b.length; column += 1) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      let best = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + cost);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        best = Math.min(best, (beforeLast[column - 2] ?? 0) + 1);
      }
      current.push(best);
      least = Math.min(least, best);
    }
    // A swap reaches back two rows, and costs one more than what stands there.
    if (least > most + 1) return Number.POSITIVE_INFINITY;
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}

/** Two words without the letters that they begin and end with in common; these never change the distance. */
function withoutSharedEnds(a: string, b: string): readonly [string, string] {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  return [a.slice(start, a.length - end), b.slice(start, b.length - end)];
}
