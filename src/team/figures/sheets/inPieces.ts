import { setImmediate as turn } from 'node:timers/promises';

/**
 * Does work that takes a while a piece at a time: whatever else waits in this thread, somebody's lease or events, goes on between
 * two of them.
 *
 * @param work ends a piece with each `yield`
 */
export async function inPieces<Result>(work: Generator<undefined, Result, undefined>): Promise<Result> {
  for (;;) {
    const piece = work.next();
    if (piece.done) return piece.value;
    await turn();
  }
}
