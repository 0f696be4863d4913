import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HealthEvent, healthy, isUnhealthy, recordHealth } from './health.ts';
import { type HealthWindow, latencyOf, tooManyBad, withSample } from './healthWindow.ts';

function windowOf(...times: readonly (number | 'failed')[]): HealthWindow {
  return times.reduce<HealthWindow>(
    (window, time, index) =>
      withSample(
        window,
        time === 'failed' ? { at: index, failed: true } : { at: index, failed: false, firstTokenMs: time },
      ),
    [],
  );
}

describe('the last attempts of a target', () => {
  it.each<[string, HealthWindow, object | undefined]>([
    ['too few to say anything', windowOf('failed', 'failed', 'failed', 'failed', 'failed'), undefined],
    ['half of six failed', windowOf('failed', 10, 'failed', 10, 10, 'failed'), { bad: 3, of: 6 }],
    ['two of six failed', windowOf('failed', 10, 10, 10, 10, 'failed'), undefined],
    ['a few very late among many quick', windowOf(900, 900, 25_000, 900, 'failed', 25_000), { bad: 3, of: 6 }],
    ['the last one was good', windowOf('failed', 'failed', 'failed', 'failed', 'failed', 10), undefined],
    ['late as always', windowOf(25_000, 25_000, 25_000, 25_000, 25_000, 25_000), undefined],
  ])('%s', (_, window, expected) => expect(tooManyBad(window)).toEqual(expected));

  it('are judged as by their definition', () => {
    const time = fc.constantFrom(10, 900, 5_001, 19_999, 20_000, 20_001, 25_000, 80_001, 'failed' as const);
    fc.assert(
      fc.property(fc.array(time, { maxLength: 20 }), (times) => {
        const window = windowOf(...times);
        const late = Math.max(20_000, 4 * (latencyOf(window)?.p50Ms ?? 0));
        const bad = times.filter((one) => one === 'failed' || one > late).length;
        const last = times.at(-1) ?? 0;
        const isBad = times.length >= 6 && (last === 'failed' || last > late) && bad >= times.length / 2;
        expect(tooManyBad(window)).toEqual(isBad ? { bad, of: times.length } : undefined);
      }),
      { numRuns: 500 },
    );
  });

  it('are the last twenty of ten minutes', () => {
    const many = Array.from({ length: 50 }, (_, at) => at).reduce<HealthWindow>(
      (window, at) => withSample(window, { at, failed: false }),
      [],
    );
    expect(many.map(({ at }) => at)).toEqual(Array.from({ length: 20 }, (_, index) => index + 30));
    expect(withSample(many, { at: 700_000, failed: true })).toHaveLength(1);
  });

  it('have a median and a 95th percentile by nearest rank', () => {
    expect(latencyOf(windowOf(...Array.from({ length: 20 }, (_, index) => index + 1)))).toEqual({
      p50Ms: 10,
      p95Ms: 19,
    });
    expect(latencyOf(windowOf('failed'))).toBeUndefined();
  });

  it('put a target away that answers far too late, and take it back when it answers in time', () => {
    const event = (at: number, firstTokenMs: number): HealthEvent => ({
      provider: 'acme',
      model: 'm',
      at,
      firstTokenMs,
    });
    const late = [900, 900, 900, 25_000, 25_000, 25_000].reduce(
      (health, time, index) => recordHealth(health, event(index * 1000, time)),
      healthy,
    );
    expect(isUnhealthy(late, 6_000, 'acme', 'm')).toMatch(
      /acme failed, or was far too slow, in 3 of its last 6 requests/,
    );
    expect(isUnhealthy(late, 6_000, 'acme', 'other')).toBeUndefined();
    const again = recordHealth(late, event(40_000, 900));
    expect(isUnhealthy(again, 40_000, 'acme', 'm')).toBeUndefined();
    expect(again.windows.get('acme/m')).toHaveLength(1);
  });
});
