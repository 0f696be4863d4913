import { limits } from './limits.ts';

/** How many lines one text has beyond another. */
export interface LineCounts {
  readonly added: number;
  readonly deleted: number;
  /** False when the texts were too different to compare fully; the counts are then at least this. */
  readonly exact: boolean;
}

/**
 * Added and deleted lines between two texts, as a shortest edit script has them. Line ends (LF, CRLF) do not count, nor
 * does a missing one at the end.
 *
 * Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), its greedy search without the trace: only the length D
 * of the script is needed, since added + deleted = D and added − deleted is the difference in length. So memory is linear.
 */
export function countChangedLines(before: string, after: string): LineCounts {
  const ids = new Map<string, number>();
  const numbered = (text: string) => splitLines(text).map((line) => idOf(ids, line));
  const [left, right] = shared(...trimmed(numbered(before), numbered(after)));
  const script = editDistance(left.lines, right.lines);
  if (script === undefined) {
    // Without a full comparison at least the surplus of each distinct line is known.
    const surplus = bagSurplus(left.lines, right.lines);
    return { added: right.unique + surplus.added, deleted: left.unique + surplus.deleted, exact: false };
  }
  const growth = right.lines.length - left.lines.length;
  return {
    added: right.unique + (script + growth) / 2,
    deleted: left.unique + (script - growth) / 2,
    exact: true,
  };
}

/** The number of lines in a text; a last line without an end counts, an empty text has none. */
export function countLines(text: string): number {
  return splitLines(text).length;
}

function splitLines(text: string): string[] {
  if (text === '') return [];
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function idOf(ids: Map<string, number>, line: string): number {
  const known = ids.get(line);
  if (known !== undefined) return known;
  ids.set(line, ids.size);
  return ids.size - 1;
}

function trimmed(left: number[], right: number[]): [number[], number[]] {
  const shorter = Math.min(left.length, right.length);
  let start = 0;
  while (start < shorter && left[start] === right[start]) start++;
  let end = 0;
  while (end < shorter - start && left[left.length - 1 - end] === right[right.length - 1 - end]) end++;
  return [left.slice(start, left.length - end), right.slice(start, right.length - end)];
}

interface Side {
  /** Lines that occur on the other side as well. */
  readonly lines: number[];
  /** How many do not: they are in every edit script, and leaving them out makes the search short. */
  readonly unique: number;
}

function shared(left: number[], right: number[]): [Side, Side] {
  const pick = (lines: number[], other: ReadonlySet<number>): Side => {
    const kept = lines.filter((line) => other.has(line));
    return { lines: kept, unique: lines.length - kept.length };
  };
  return [pick(left, new Set(right)), pick(right, new Set(left))];
}

/** The length of the shortest edit script, or undefined when it takes more than {@link limits.diffSteps} steps. */
function editDistance(left: readonly number[], right: readonly number[]): number | undefined {
  const [n, m] = [left.length, right.length];
  if (n === 0 || m === 0) return n + m;
  const most = Math.min(n + m, Math.floor(Math.sqrt(limits.diffSteps)));
  const furthest = new Int32Array(2 * most + 3);
  const at = (diagonal: number) => furthest[diagonal + most + 1] ?? 0;
  let steps = 0;
  for (let d = 0; d <= most; d++) {
    for (let diagonal = -d; diagonal <= d; diagonal += 2) {
      const down = diagonal === -d || (diagonal !== d && at(diagonal - 1) < at(diagonal + 1));
      let x = down ? at(diagonal + 1) : at(diagonal - 1) + 1;
      const from = x;
      while (x < n && x - diagonal < m && left[x] === right[x - diagonal]) x++;
      furthest[diagonal + most + 1] = x;
      if (x >= n && x - diagonal >= m) return d;
      steps += 1 + x - from;
    }
    if (steps > limits.diffSteps) return undefined;
  }
  return undefined;
}

function bagSurplus(left: readonly number[], right: readonly number[]): { added: number; deleted: number } {
  const balance = new Map<number, number>();
  for (const line of left) balance.set(line, (balance.get(line) ?? 0) - 1);
  for (const line of right) balance.set(line, (balance.get(line) ?? 0) + 1);
  let [added, deleted] = [0, 0];
  for (const count of balance.values()) {
    if (count > 0) added += count;
    else deleted -= count;
  }
  return { added, deleted };
}
