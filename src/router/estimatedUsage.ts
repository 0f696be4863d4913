import { tokenRange } from '../models/calibration.ts';
import type { Usage } from '../models/model.ts';
import { estimateTokens } from '../models/tokens.ts';
import type { FailureKind } from '../providers/failure.ts';
import type { Provider } from '../providers/provider.ts';
import type { AttemptReport, Written } from './dispatch.ts';
import type { Prepared } from './prepare.ts';
import type { World } from './world.ts';

/** Ends at which a provider was at work, or may have been, without a word of what it counted. */
const unsettled: ReadonlySet<FailureKind> = new Set(['cancelled', 'timeout', 'cut']);

/** What a request comes to by estimate. */
export interface Estimated extends Pick<Prepared, 'estimatedTokens'> {
  readonly world: Pick<World, 'calibration'>;
}

/** In this process: nothing is sent and nothing is billed. */
export function isInProcess(provider: Provider | undefined): boolean {
  const facts = provider?.facts();
  return facts?.local === true && facts.host === undefined;
}

function isUnsettled({ end, asked, usage }: AttemptReport<unknown>): boolean {
  if (!asked) return false;
  if (end.kind === 'served') return usage === undefined;
  return end.committed || unsettled.has(end.failure.kind);
}

function inputAlone(model: string, { world, estimatedTokens }: Estimated): Usage {
  const { low, high } = tokenRange(world.calibration, model, estimatedTokens);
  return {
    inputTokens: Math.ceil((low + high) / 2),
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 0,
    estimated: true,
  };
}

/** What is beyond the beginning is taken to be like it. */
function tokensOf({ beginning, length }: Written): number {
  return Math.ceil((estimateTokens(beginning) * length) / beginning.length);
}

/**
 * A report whose usage is known or estimated. A provider bills the input of a request that was cancelled, cut or given
 * up, and what it had said by then, but no longer gets to say how much; some never say it. Counted as nothing it would
 * slip past every budget. A request that was refused costs nothing.
 */
export function withEstimatedUsage<Result>(
  report: AttemptReport<Result>,
  prepared: Estimated,
  provider: Provider | undefined,
): AttemptReport<Result> {
  if (!isUnsettled(report) || isInProcess(provider)) return report;
  const written = report.written ? tokensOf(report.written) : 0;
  const before = report.usage ?? inputAlone(report.target.model, prepared);
  // Some report the input with the first byte, and an output that was not written yet.
  return { ...report, usage: { ...before, outputTokens: Math.max(before.outputTokens, written), estimated: true } };
}
