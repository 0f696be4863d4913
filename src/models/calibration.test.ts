import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Calibration, calibrationFrom, observe, tokenRange } from './calibration.ts';

/** Answers of one model whose tokenizer counts `factor` times ours, give or take `noise`, the same every run. */
function answered(answers: number, factor: number, noise = 0): Calibration {
  let calibration: Calibration = [];
  for (let i = 0; i < answers; i++) {
    const actual = Math.round(1_000 * factor * Math.exp(noise * Math.sin(i * 2.4)));
    calibration = observe(calibration, 'm', 1_000, actual);
  }
  return calibration;
}

describe('the range of tokens', () => {
  it('of a model never seen is wide and has the estimate in the middle', () => {
    const { low, high } = tokenRange([], 'm', 1_000);
    expect(low).toBeLessThan(750);
    expect(high).toBeGreaterThan(1_300);
    expect(Math.sqrt(low * high)).toBeCloseTo(1_000, -1);
  });

  it('learns the factor of a model within 25 answers', () => {
    const { low, high } = tokenRange(answered(25, 1.3), 'm', 1_000);
    expect(low).toBeGreaterThan(1_100);
    expect(high).toBeLessThan(1_450);
    expect(low).toBeLessThan(1_300);
    expect(high).toBeGreaterThan(1_300);
  });

  it('narrows with each of the first answers', () => {
    const widths = [0, 1, 4, 12, 25].map((answers) => {
      const { low, high } = tokenRange(answered(answers, 1.1, 0.03), 'm', 1_000);
      return high / low;
    });
    expect(widths).toEqual([...widths].sort((a, b) => b - a));
    expect(new Set(widths).size).toBe(widths.length);
  });

  it('stays wide for a model whose counts scatter', () => {
    const calm = tokenRange(answered(30, 1, 0.02), 'm', 1_000);
    const wild = tokenRange(answered(30, 1, 0.4), 'm', 1_000);
    expect(wild.high - wild.low).toBeGreaterThan(2 * (calm.high - calm.low));
  });

  it('follows a model that changes its tokenizer', () => {
    let calibration = answered(50, 1);
    for (let i = 0; i < 30; i++) calibration = observe(calibration, 'm', 1_000, 1_500);
    const { low, high } = tokenRange(calibration, 'm', 1_000);
    expect(low < 1_500 && 1_500 < high).toBe(true);
  });

  it('holds nine of ten actual counts of a steady model', () => {
    const calibration = answered(40, 1.2, 0.1);
    const { low, high } = tokenRange(calibration, 'm', 1_000);
    const actuals = Array.from({ length: 100 }, (_, i) => 1_200 * Math.exp(0.1 * Math.sin(i * 1.7)));
    expect(actuals.filter((actual) => actual >= low && actual <= high).length).toBeGreaterThanOrEqual(90);
  });

  it('of one model is not touched by another', () => {
    expect(tokenRange(answered(25, 2), 'other', 1_000)).toEqual(tokenRange([], 'other', 1_000));
  });
});

describe('a report teaches nothing', () => {
  it.each([
    ['when the text is tiny', 10, 20],
    ['when it is about something else', 1_000, 9_000],
    ['when nothing was reported', 1_000, 0],
    ['when it is no number', 1_000, Number.NaN],
  ])('%s', (_, estimated, actual) => {
    expect(observe([], 'm', estimated, actual)).toEqual([]);
  });
});

describe('a stored calibration', () => {
  it('comes back as it was', () => {
    const calibration = observe(answered(10, 1.2, 0.1), '__proto__', 1_000, 900);
    expect(calibrationFrom(JSON.parse(JSON.stringify(calibration)))).toEqual(calibration);
  });

  it.each([
    null,
    {},
    'x',
    [null],
    [{}],
    [{ model: 'm', count: 1, mean: 99, variance: 0 }],
    [{ model: 1, count: 1, mean: 0, variance: 0 }],
    [{ model: 'm', count: 0.5, mean: 0, variance: 0 }],
  ])('that makes no sense is empty: %j', (stored) => {
    expect(calibrationFrom(stored)).toEqual([]);
  });

  it('keeps the two hundred models that were seen last', () => {
    let calibration: Calibration = [];
    for (let i = 0; i < 300; i++) calibration = observe(calibration, `m${i}`, 100, 110);
    calibration = observe(calibration, 'm100', 100, 110);
    expect(calibration).toHaveLength(200);
    expect(calibration.at(-1)).toMatchObject({ model: 'm100', count: 2 });
    expect(calibration.some(({ model }) => model === 'm99')).toBe(false);
  });

  it('is finite whatever was observed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.double(), fc.double())), (reports) => {
        const calibration = reports.reduce<Calibration>(
          (known, [estimated, actual]) => observe(known, 'm', estimated, actual),
          [],
        );
        const { low, high } = tokenRange(calibration, 'm', 1_000);
        expect(Number.isFinite(low) && Number.isFinite(high) && low <= high).toBe(true);
        expect(calibrationFrom(calibration)).toEqual(calibration);
      }),
    );
  });
});
