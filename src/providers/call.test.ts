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
