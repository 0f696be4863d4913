import { costNanoUsd, totalInputTokens } from '../models/cost.ts';
import type { Usage } from '../models/model.ts';
import type { ResolvedTarget } from '../policy/compiled.ts';
import type { FailureKind } from '../providers/failure.ts';
import type { Attempt, AttemptOutcome, Surface } from '../usage/attempt.ts';
import type { Recorder, RouterContext } from './context.ts';
import type { AttemptReport } from './dispatch.ts';
import { type Prepared, policyIn } from './prepare.ts';
import { conditionsMet } from './spend.ts';
import { priceNow } from './world.ts';

/** The rule that decided: what refused, else the class that matched. */
export function decidingRule({ decision }: Prepared): string {
  return decision.outcome.kind === 'blocked' ? (decision.outcome.by[0] ?? decision.class) : decision.class;
}

/** A client may name anything as a model; the ledger has no text, so only what can be the name of one is written down. */
function modelName(requested: string): string {
  return /^[\w.:@+~-]{1,60}(?:\/[\w.:@+~-]{1,60}){1,3}$/.test(requested) ? requested : 'not a name';
}

type Common = Pick<
  Attempt,
  'requestId' | 'at' | 'surface' | 'kind' | 'class' | 'rule' | 'policyHash' | 'requestedModel' | 'team' | 'taskId'
>;

function common(context: RouterContext, prepared: Prepared, surface: Surface, taskId: string | undefined): Common {
  const { team } = context.settings();
  const { requested } = prepared.facts;
  return {
    requestId: prepared.requestId,
    at: prepared.at,
    surface,
    kind: prepared.facts.kind,
    class: prepared.decision.class,
    rule: decidingRule(prepared),
    policyHash: prepared.decision.policyHash,
    ...(requested ? { requestedModel: modelName(requested) } : {}),
    ...(team ? { team } : {}),
    ...(taskId ? { taskId } : {}),
  };
}

function whereOf({ workspace, decision, inForce }: Prepared): Parameters<Recorder['record']>[1] {
  const classes = decision.layers.length === 0 ? [decision.class] : decision.layers.map(({ countedAs }) => countedAs);
  return { root: workspace?.root ?? '', classes, conditions: conditionsMet(policyIn(inForce), decision.budgets) };
}

function outcomeOf(report: AttemptReport<unknown>, surface: Surface): AttemptOutcome {
  if (report.end.kind === 'served') return surface === 'completion' ? 'shown' : 'served';
  const { failure, committed } = report.end;
  if (failure.kind === 'cancelled') return 'cancelled';
  return committed ? 'cut' : 'failed';
}

/** What an attempt cost. undefined: unpriced, or nothing is known of its usage; neither is zero. */
export function costOf(prepared: Prepared, target: ResolvedTarget, usage: Usage | undefined): number | undefined {
  const price = usage && priceNow(prepared.world, policyIn(prepared.inForce), target.provider, target.model);
  return usage && price ? costNanoUsd(usage, price) : undefined;
}

const credentialFailures: ReadonlySet<string> = new Set<FailureKind>([
  'authentication',
  'permission',
  'quota',
  'rate-limit',
]);

/** Whether clients are served there with their own credentials. */
export function isPassthrough({ providers }: Pick<RouterContext, 'providers'>, { provider }: ResolvedTarget): boolean {
  return providers.describe(provider)?.row.setting.key === 'passthrough';
}

/**
 * Writes one attempt down, and teaches health and token calibration what it showed.
 *
 * @returns the attempt's id, for its later outcome
 */
export function recordAttempt(
  context: RouterContext,
  prepared: Prepared,
  surface: Surface,
  report: AttemptReport<unknown>,
  extra: { readonly fallbackFrom?: string | undefined; readonly taskId?: string | undefined },
): string {
  const { target, usage } = report;
  const price = priceNow(prepared.world, policyIn(prepared.inForce), target.provider, target.model);
  const cost = costOf(prepared, target, usage);
  const simulated = context.providers.get(target.provider)?.facts().simulated === true;
  const failure = report.end.kind === 'failed' ? report.end.failure : undefined;
  const id = context.newId();
  context.recorder.record(
    {
      ...common(context, prepared, surface, extra.taskId),
      at: report.startedAt,
      id,
      provider: target.provider,
      model: target.model,
      place: report.place,
      ...(report.servedModel ? { servedModel: report.servedModel } : {}),
      ...(extra.fallbackFrom ? { fallbackFrom: extra.fallbackFrom } : {}),
      ...(usage
        ? {
            inputTokens: usage.inputTokens,
            cacheReadTokens: usage.cacheReadTokens,
            cacheWriteTokens: usage.cacheWriteTokens,
            outputTokens: usage.outputTokens,
            ...(usage.reasoningTokens === undefined ? {} : { reasoningTokens: usage.reasoningTokens }),
            usageEstimated: usage.estimated,
          }
        : {}),
      ...(cost === undefined ? {} : { costNanoUsd: cost }),
      ...(price ? { priceSource: price.source, priceAsOf: price.asOf } : {}),
      latencyMs: report.latencyMs,
      ...(report.firstTokenMs === undefined ? {} : { firstTokenMs: report.firstTokenMs }),
      outcome: outcomeOf(report, surface),
      ...(failure ? { failure: failure.kind } : {}),
      ...(simulated ? { simulated: true } : {}),
    },
    whereOf(prepared),
  );
  // A login of one client that has ended, or used up what it has, says nothing of those of others.
  const isTheirs = failure !== undefined && credentialFailures.has(failure.kind) && isPassthrough(context, target);
  if (!isTheirs)
    context.health.record({
      provider: target.provider,
      model: target.model,
      at: context.now(),
      ...(failure ? { failure: failure.kind } : {}),
      ...(failure?.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
      ...(report.firstTokenMs === undefined ? {} : { firstTokenMs: report.firstTokenMs }),
    });
  if (usage && !usage.estimated) {
    context.recorder.observeTokens(target.model, prepared.estimatedTokens, totalInputTokens(usage));
  }
  return id;
}

/** Writes down a request that nobody served. */
export function recordRefusal(
  context: RouterContext,
  prepared: Prepared,
  surface: Surface,
  outcome: 'blocked' | 'unserved',
): void {
  context.recorder.record(
    { ...common(context, prepared, surface, undefined), id: context.newId(), place: 0, outcome },
    whereOf(prepared),
  );
}
