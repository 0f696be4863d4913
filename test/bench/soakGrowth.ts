// Whether something grows, told from samples that go up and down.
import { median } from './timing.ts';

export interface Point {
  readonly requests: number;
  readonly value: number;
}

/** What may come on top in the part that is looked at: so much by chance, and so much for each 10,000 requests. */
export interface Bound {
  readonly atAll: number;
  readonly per10k: number;
}

/**
 * How much a value rises with 10,000 requests: the median of the slopes between all pairs of samples (Theil and Sen), which
 * one sample in three may miss by any amount without moving it much.
 *
 * @returns 0 where there are too few samples to tell
 */
export function growthPer10k(points: readonly Point[]): number {
  const slopes = points.flatMap((from, at) =>
    points
      .slice(at + 1)
      .filter((to) => to.requests > from.requests)
      .map((to) => ((to.value - from.value) / (to.requests - from.requests)) * 10_000),
  );
  return slopes.length === 0 ? 0 : median(slopes);
}

/** A sentence where a value rose by more than it may. */
export function tooMuchGrowth(what: string, points: readonly Point[], { atAll, per10k }: Bound): string | undefined {
  const span = ((points.at(-1)?.requests ?? 0) - (points[0]?.requests ?? 0)) / 10_000;
  const slope = growthPer10k(points);
  if (!(slope * span > atAll + per10k * span)) return undefined;
  const total = Math.round(span * 10_000);
  return `${what} grew by ${(slope * span).toFixed(1)} in ${total} requests (${slope.toFixed(1)} in 10,000).`;
}
