// Who is asked after whom, and what of an attempt is counted.
import { describe, expect, it } from 'vitest';
import type { ResolvedTarget } from '../policy/compiled.ts';
import { type FailureKind, ProviderFailure } from '../providers/failure.ts';
import { type AttemptReport, type AttemptTap, dispatch } from './dispatch.ts';
import { withEstimatedUsage } from './estimatedUsage.ts';

const targets = ['one', 'two'].map(
  (provider): ResolvedTarget => ({ kind: 'model', target: `${provider}/m`, provider, model: 'm' }),
);
const estimated = { world: { calibration: [] }, estimatedTokens: 1_000 };

interface Tried {
  /** The providers that were asked. */
  readonly asked: readonly string[];
  readonly reports: readonly AttemptReport<void>[];
}

/** What comes of two targets whose calls do this. */
async function tried(
  call: (provider: string, tap: AttemptTap, cancel: () => void) => Promise<void>,
  signal = new AbortController(),
): Promise<Tried> {
  const asked: string[] = [];
  const reports: AttemptReport<void>[] = [];
  await dispatch<void>({
    next: (before) => targets[before.length],
    signal: signal.signal,
    now: () => 0,
    provider: (id) => ({
      id,
      facts: () => ({ id, local: false, usable: true, serves: { chat: true, completion: false } }),
    }),
    call: ({ id }, _target, tap) => {
      asked.push(id);
      return call(id, tap, () => signal.abort());
    },
    report: (report) => reports.push(report),
  });
  return { asked, reports };
}
const fails = (kind: FailureKind): Error => new ProviderFailure(kind, 'one', 'It failed.');
/** As it is written down: undefined is nothing. */
const counted = (report: AttemptReport<void> | undefined): number | undefined =>
  report && withEstimatedUsage(report, estimated, undefined).usage?.inputTokens;

describe('the next is asked', () => {
  it.each<[FailureKind, boolean]>([
    ['server', true],
    ['timeout', true],
    ['content-refused', false],
    ['cancelled', false],
  ])('after %s: %s', async (kind, isAsked) => {
    const { asked } = await tried(() => Promise.reject(fails(kind)));
    expect(asked).toEqual(isAsked ? ['one', 'two'] : ['one']);
  });

  it('never once something of an answer was shown', async () => {
    const { asked, reports } = await tried(async (_, tap) => {
      tap.commit();
      throw fails('server');
    });
    expect(asked).toEqual(['one']);
    expect(reports).toMatchObject([{ end: { kind: 'failed', committed: true } }]);
  });
});

describe('of a request that was cancelled', () => {
  it('nobody is asked any more, and who was not asked costs nothing', async () => {
    const { asked, reports } = await tried(async (_provider, _tap, cancel) => {
      cancel();
      throw fails('server');
    });
    expect(asked).toEqual(['one']);
    expect(reports.map(({ end }) => end.kind === 'failed' && end.failure.kind)).toEqual(['server', 'cancelled']);
    expect(counted(reports[1])).toBeUndefined();
  });

  it('whatever else is thrown for it is no failure of its provider, and its input is counted', async () => {
    const { asked, reports } = await tried(async (_provider, _tap, cancel) => {
      cancel();
      throw new Error('aborted');
    });
    expect(asked).toEqual(['one']);
    expect(reports).toMatchObject([{ end: { failure: { kind: 'cancelled' } } }]);
    expect(counted(reports[0])).toBeGreaterThan(0);
  });
});

it('what an answer came to is estimated by its words where its provider does not say', async () => {
  const words = 'some words of an answer '.repeat(100);
  const { reports } = await tried(async (_, tap) => {
    tap.commit();
    tap.said(words);
  });
  const [report] = reports;
  const usage = report && withEstimatedUsage(report, estimated, undefined).usage;
  expect(usage).toMatchObject({ estimated: true, outputTokens: expect.toSatisfy((tokens: number) => tokens > 300) });
});
