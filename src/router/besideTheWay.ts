import type { RouterContext } from './context.ts';

/**
 * Work that a request does not wait for: it is done when what the request has to send is on its way, and the provider has
 * begun to think about it. That is the turn after the next one: a kept connection is looked at once more, for a turn,
 * before anything is written on it.
 *
 * @returns does it now, if it is not done yet: nothing that comes after it may come before it
 */
export function besideTheWay({ log }: Pick<RouterContext, 'log'>, work: () => void): () => void {
  let isDone = false;
  const now = (): void => {
    if (isDone) return;
    isDone = true;
    clearImmediate(turn);
    try {
      work();
    } catch (error) {
      log('error', error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  };
  let turn = setImmediate(() => {
    turn = setImmediate(now);
  });
  return now;
}
