import { describe, expect, test } from 'vitest';
import { defaultConfiguration, readRouterConfiguration } from './configuration.ts';

const sent = {
  providers: { a: { wire: 'fim' } },
  network: { proxy: 'http://127.0.0.1:3128' },
  trusted: true,
  completions: { enabled: false, maximumDelayMs: 300, timeoutMs: 900 },
  chat: { timeoutMs: 9_000 },
};

describe('a client’s configuration', () => {
  test('is taken as it is where it is sound', () => expect(readRouterConfiguration(sent)).toEqual(sent));

  test.each([undefined, false, 'true', 1, null])('a missing or odd word on trust is distrust: %s', (trusted) => {
    expect(readRouterConfiguration({ ...sent, trusted }).trusted).toBe(false);
  });

  test('an editor that sends none gets the defaults', () => {
    expect(readRouterConfiguration(undefined)).toBe(defaultConfiguration);
    expect(readRouterConfiguration(null)).toBe(defaultConfiguration);
  });

  test.each([
    ['below', -5, 100, 500, 1_000],
    ['above', 1e9, 5_000, 30_000, 600_000],
  ])('numbers are kept within their bounds: %s', (_what, value, delay, timeout, chat) => {
    const read = readRouterConfiguration({
      ...sent,
      completions: { enabled: true, maximumDelayMs: value, timeoutMs: value },
      chat: { timeoutMs: value },
    });
    expect(read.completions).toMatchObject({ maximumDelayMs: delay, timeoutMs: timeout });
    expect(read.chat.timeoutMs).toBe(chat);
  });

  test.each([{}, { completions: 'x' }, { chat: 3 }, { network: 'x' }, { providers: 4 }])(
    'odd shapes do no harm: %j',
    (odd) => {
      expect(() => readRouterConfiguration(odd)).not.toThrow();
    },
  );
});
