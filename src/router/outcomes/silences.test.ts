import { expect, test } from 'vitest';
import { Silences } from './silences.ts';

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

function stage(most = 100) {
  const told: string[] = [];
  const clock = { time: 0, timers: [] as Timer[] };
  const silences = new Silences<number>({
    ms: 1_000,
    most,
    elapsed: () => clock.time,
    after: (ms, run) => {
      const timer = { at: clock.time + ms, run };
      clock.timers.push(timer);
      return () => {
        clock.timers = clock.timers.filter((one) => one !== timer);
      };
    },
    over: (name, value) => told.push(`${name} ${value} at ${clock.time}`),
  });
  const pass = (ms: number): void => {
    const until = clock.time + ms;
    for (;;) {
      const [next] = clock.timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      clock.timers = clock.timers.filter((one) => one !== next);
      clock.time = next.at;
      next.run();
    }
    clock.time = until;
  };
  return { silences, told, pass, clock };
}

test('each name is told when nothing was heard of it for so long, and once', () => {
  const { silences, told, pass } = stage();
  silences.heard('a', 1);
  pass(400);
  silences.heard('b', 2);
  pass(400);
  silences.heard('a', 3);
  silences.change('b', 4);
  silences.change('c', 5);
  pass(5_000);
  expect(told).toEqual(['b 4 at 1400', 'a 3 at 1800']);
  silences.heard('a', 6);
  pass(1_000);
  expect(told.at(-1)).toBe('a 6 at 6800');
});

test('however many names are heard of, one timer waits for them, and of too many the first are not told', () => {
  const { silences, told, pass, clock } = stage(100);
  for (let n = 0; n < 5_000; n += 1) {
    silences.heard(`name ${n}`, n);
    pass(1);
    expect(clock.timers.length).toBe(1);
    expect(silences.size).toBeLessThanOrEqual(100);
  }
  pass(10_000);
  expect(told).toHaveLength(100);
  expect(told[0]).toMatch(/^name 4900 /);
  expect(clock.timers).toEqual([]);
});

test('what is forgotten is not told, and nothing is when all is over', () => {
  const { silences, told, pass, clock } = stage();
  silences.heard('a', 1);
  silences.heard('b', 2);
  silences.forget('a');
  pass(1_000);
  expect(told).toEqual(['b 2 at 1000']);
  silences.heard('c', 3);
  silences.dispose();
  expect(clock.timers).toEqual([]);
  pass(5_000);
  expect(told).toHaveLength(1);
});
