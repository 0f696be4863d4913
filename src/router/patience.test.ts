// How long an attempt is waited for that comes to no content.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { ProviderFailure } from '../providers/failure.ts';
import type { AttemptTap } from './dispatch.ts';
import type { Passage } from './door.ts';
import { beginsWithin, patienceOf, untilContent } from './patience.ts';

const MS = 40;

function watched(signal = new AbortController().signal) {
  let commits = 0;
  const tap: AttemptTap = {
    place: 0,
    commit: () => {
      commits += 1;
    },
    said: () => undefined,
    usage: () => undefined,
    servedModel: () => undefined,
  };
  return { watched: { provider: 'p', signal, tap, ms: MS }, commits: () => commits };
}

/** Rejects with these words when the signal is aborted. */
const until = (signal: AbortSignal, words: string): Promise<never> =>
  new Promise((_, reject) => {
    const end = (): void => reject(new Error(words));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });

it('a whole answer is waited for as long as it may take, a stream as long as it may be silent', () => {
  const { silenceMs, wholeMs } = patienceOf(1_000).patience;
  const within = (stream: boolean): number => beginsWithin(1_000, { passage: { stream } as Passage });
  expect([within(false), within(true), beginsWithin(1_000, {})]).toEqual([wholeMs, silenceMs, silenceMs]);
});

it('one that says nothing is given up, as late', async () => {
  const late = untilContent(watched().watched, (signal) => until(signal, 'stopped'));
  await expect(late).rejects.toMatchObject({
    kind: 'timeout',
    message: expect.stringMatching(/"p" sent nothing of an answer/),
  } satisfies Partial<ProviderFailure>);
});

it('one that has said something may go on for as long as it likes', async () => {
  const { watched: asked, commits } = watched();
  const answer = await untilContent(asked, async (signal, tap) => {
    tap.commit();
    await sleep(3 * MS);
    return signal.aborted;
  });
  expect([answer, commits()]).toEqual([false, 1]);
});

it('whoever has cancelled hears of that, not that it was late', async () => {
  const cancelled = new AbortController();
  const work = untilContent(watched(cancelled.signal).watched, async (signal) => {
    await until(signal, 'late').catch(() => undefined);
    cancelled.abort();
    throw new Error('cancelled');
  });
  await expect(work).rejects.toThrow('cancelled');
});

it('what is cancelled before it begins is told so at once, and later as soon as it is', async () => {
  const before = untilContent(watched(AbortSignal.abort()).watched, async (signal) => signal.aborted);
  expect(await before).toBe(true);
  const cancelled = new AbortController();
  const { watched: asked } = watched(cancelled.signal);
  const work = untilContent({ ...asked, ms: 10_000 }, (signal) => until(signal, 'stopped'));
  cancelled.abort();
  await expect(work).rejects.toThrow('stopped');
});
