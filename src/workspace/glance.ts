/** What was seen, by what was looked at. */
type Seen = Map<object, unknown>;

const underWay = new WeakMap<AbortSignal, Seen>();

/**
 * Lets one request look at each thing once: it asks many things that rest on the same, such as where HEAD stands. The next
 * request looks anew, and so does this one when the work is done.
 *
 * @param signal the request's own, which tells it from others
 */
export async function atOneGlance<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  underWay.set(signal, new Map());
  try {
    return await work();
  } finally {
    underWay.delete(signal);
  }
}

/**
 * What is seen of one thing, by its owner: what the same request has seen of it already, else what `look` sees now.
 *
 * @param thing always with the same kind of `look`
 */
export function seenOnce<Found>(
  signal: AbortSignal | undefined,
  thing: object,
  look: () => Promise<Found>,
): Promise<Found> {
  const seen = signal && underWay.get(signal);
  if (seen === undefined) return look();
  const before = seen.get(thing);
  // Only its owner looks at a thing, and always in the same way.
  if (before !== undefined) return before as Promise<Found>;
  const found = look();
  seen.set(thing, found);
  return found;
}
