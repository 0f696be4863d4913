import { getEventListeners } from 'node:events';
import { setImmediate as soon } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startCall } from './call.ts';

const endpoint = { id: 'there', host: 'there.example', withoutKey: (text: string) => text };
const unheard: unknown[] = [];
const hear = (reason: unknown): number => unheard.push(reason);

describe('what a call that is over waits for', () => {
  beforeEach(() => {
    unheard.length = 0;
    process.on('unhandledRejection', hear);
  });
  afterEach(() => {
    process.off('unhandledRejection', hear);
  });

  test.each([
    ['has failed', () => Promise.reject(new Error('The body was aborted.'))],
    ['fails later', async () => soon().then(() => Promise.reject(new Error('The body was aborted.')))],
  ])('%s without anybody having to hear of it', async (_when, work) => {
    const caller = new AbortController();
    const call = startCall(endpoint, { signal: caller.signal, deadlineMs: 5_000 }, () => ({
      kind: 'server',
      message: '',
    }));
    caller.abort();
    await expect(call.waitFor(work())).rejects.toBe(caller.signal.reason);
    await soon();
    await soon();
    expect(unheard).toEqual([]);
    call.end();
  });
});

test('what is waited for is given up at its limit or when the caller cancels, whether or not it listens', async () => {
  const never = (): Promise<never> => new Promise(() => undefined);
  const start = (signal: AbortSignal) =>
    startCall(endpoint, { signal, deadlineMs: 5_000 }, () => ({ kind: 'server', message: '' }));
  const late = start(new AbortController().signal);
  const failed = await late.waitFor(never(), 20).catch((error: unknown) => late.failure(error));
  expect(failed).toMatchObject({ kind: 'timeout' });
  expect(late.signal.aborted).toBe(true);
  const caller = new AbortController();
  const call = start(caller.signal);
  const waited = call.waitFor(never()).catch((error: unknown) => call.failure(error));
  caller.abort();
  expect(await waited).toMatchObject({ kind: 'cancelled' });
  expect(getEventListeners(call.signal, 'abort')).toEqual([]);
});

test('a call that is complete is not cancelled, and one that has ended is', async () => {
  const caller = new AbortController();
  const start = () =>
    startCall(endpoint, { signal: caller.signal, deadlineMs: 5_000 }, () => ({ kind: 'server', message: '' }));
  const [complete, ended] = [start(), start()];
  expect(await complete.waitFor(Promise.resolve('said'))).toBe('said');
  complete.complete();
  ended.end();
  expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
  caller.abort();
  expect([complete.signal.aborted, ended.signal.aborted]).toEqual([false, true]);
});
