import { describe, expect, it } from 'vitest';
import type { ResolvedTarget } from '../policy/compiled.ts';
import { type FailureKind, ProviderFailure } from '../providers/failure.ts';
import type { Provider } from '../providers/provider.ts';
import type { AttemptReport } from './dispatch.ts';
import { withEstimatedUsage } from './estimatedUsage.ts';

const target: ResolvedTarget = { kind: 'model', target: 'p/m', provider: 'p', model: 'm' };
const estimated = { world: { calibration: [] }, estimatedTokens: 1_000 };
const usage = {
  inputTokens: 900,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 1,
  estimated: false,
} as const;
const provider = (local: boolean, host?: string): Provider => ({
  id: 'p',
  facts: () => ({
    id: 'p',
    local,
    usable: true,
    serves: { chat: true, completion: false },
    ...(host === undefined ? {} : { host }),
  }),
});

const failed = (
  kind: FailureKind,
  more: Partial<AttemptReport<void>> = {},
  committed = false,
): AttemptReport<void> => ({
  target,
  place: 0,
  startedAt: 0,
  latencyMs: 1,
  asked: true,
  ...more,
  end: { kind: 'failed', failure: new ProviderFailure(kind, 'p', kind), committed },
});
const cost = (report: AttemptReport<void>, by = provider(false, 'p.example')): object | undefined =>
  withEstimatedUsage(report, estimated, by).usage;

describe('an attempt of which the provider did not say what it came to', () => {
  it.each(['timeout', 'cut', 'cancelled'] as const)('has read the request where it ended by %s', (kind) => {
    expect(cost(failed(kind))).toMatchObject({ inputTokens: 1_055, outputTokens: 0, estimated: true });
  });

  it.each(['bad-request', 'rate-limit', 'overload', 'server', 'network'] as const)('costs nothing by %s', (kind) => {
    expect(cost(failed(kind))).toBeUndefined();
  });

  it('has been paid for what it had shown, whatever ended it', () => {
    const written = { beginning: 'some words of an answer', length: 23 };
    expect(cost(failed('server', { written, usage }, true))).toEqual({ ...usage, outputTokens: 5, estimated: true });
  });

  it.each([
    ['was never asked', failed('timeout', { asked: false }), provider(false, 'p.example')],
    ['runs in this process', failed('timeout'), provider(true)],
  ])('costs nothing where it %s', (_, report, by) => {
    expect(cost(report, by)).toBeUndefined();
  });
});
