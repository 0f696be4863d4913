import type { Effort } from './conversation.ts';

const fromLeastToMost: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'max'];

/**
 * The accepted effort nearest to the wanted one; of two as near, the smaller, since it costs less. undefined when none is
 * accepted.
 */
export function nearestEffort<Accepted extends Effort>(
  wanted: Effort,
  accepted: readonly Accepted[],
): Accepted | undefined {
  const rank = (effort: Effort) => fromLeastToMost.indexOf(effort);
  const distance = (effort: Effort) => Math.abs(rank(effort) - rank(wanted));
  return [...accepted].sort((a, b) => distance(a) - distance(b) || rank(a) - rank(b))[0];
}
