import { costNanoUsd, totalInputTokens } from '../models/cost.ts';
import type { Usage } from '../models/model.ts';
import type { ResolvedTarget } from '../policy/compiled.ts';
import type { FailureKind } from '../providers/failure.ts';
import type { Attempt, AttemptOutcome, Surface } from '../usage/attempt.ts';
import type { Recorder, RouterContext } from './context.ts';
import type { AttemptReport } from './dispatch.ts';
import { type Prepared, policyIn } from './prepare.ts';
import { conditionsMet } from './spend.ts';
import type { TaskInHand } from './tasks.ts';
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
  | 'requestId'
  | 'at'
  | 'surface'
  | 'kind'
  | 'class'
  | 'rule'
  | 'policyHash'
  | 'requestedModel'
  | 'team'
  | 'client'
  | 'trial'
  | 'arm'
  | 'overridden'
>;

/** What each attempt of a request is written down with. */
const common = perRequest((context: RouterContext, prepared: Prepared, surface: Surface): Common => {
  const { team } = context.settings();
  const { requested, client } = prepared.facts;
  const { why } = prepared.decision;
  const trial = why.find((reason) => reason.kind === 'trial');
  const overridden = why.find((reason) => reason.kind === 'overridden');
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
    ...(client ? { client } : {}),
    ...(trial ? { trial: trial.id, arm: trial.arm } : {}),
    ...(overridden ? { overridden: overridden.by } : {}),
  };
});

/** By what it is counted. */
const countedBy = perRequest((_context: RouterContext, { workspace, decision, inForce }: Prepared) => {
  const classes = decision.layers.length === 0 ? [decision.class] : decision.layers.map(({ countedAs }) => countedAs);
  const conditions = conditionsMet(policyIn(inForce), decision.budgets);
  return { root: workspace?.root ?? '', classes, conditions };
});

function whereOf(
  context: RouterContext,
  prepared: Prepared,
  surface: Surface,
  fileKeys: readonly string[] = [],
): Parameters<Recorder['record']>[1] {
  return { ...countedBy(context, prepared, surface), fileKeys };
}

/** Remembers what is found of a request, which is asked for with each of its attempts. */
function perRequest<Found>(find: (context: RouterContext, prepared: Prepared, surface: Surface) => Found): typeof find {
  const known = new WeakMap<Prepared, { readonly surface: Surface; readonly found: Found }>();
  return (context, prepared, surface) => {
    const before = known.get(prepared);
    if (before?.surface === surface) return before.found;
    const found = find(context, prepared, surface);
    known.set(prepared, { surface, found });
    return found;
  };
}

/** Finds out what attempts are written down with whatever becomes of them, while their provider thinks. */
export function prepareRecord(context: RouterContext, prepared: Prepared, surface: Surface): void {
  noteInForce(context, prepared);
  common(context, prepared, surface);
  countedBy(context, prepared, surface);
}

function outcomeOf(report: AttemptReport<unknown>, surface: Surface, isEmpty: boolean): AttemptOutcome {
  if (report.end.kind === 'served') return surface === 'completion' && !isEmpty ? 'shown' : 'served';
  const { failure, committed } = report.end;
  if (failure.kind === 'cancelled') return 'cancelled';
  return committed ? 'cut' : 'failed';
}

/** What an attempt cost. undefined: unpriced, also by its tier of service, or nothing is known of its usage; none is zero. */
export function costOf(prepared: Prepared, target: ResolvedTarget, usage: Usage | undefined): number | undefined {
  if (usage?.otherPrice) return undefined;
  const price = usage && priceNow(prepared.world, policyIn(prepared.inForce), target.provider, target.model);
  return usage && price ? costNanoUsd(usage, price) : undefined;
}

/** How a provider is paid, and what it will ask for what costs so much at list price: pools and seats are paid already, stand-ins never. */
function billOf(
  { providers }: Pick<RouterContext, 'providers'>,
  provider: string,
  cost: number | undefined,
  simulated: boolean,
): Pick<Attempt, 'billing' | 'billedNanoUsd'> {
  const { billing = 'metered', discountPercent = 0 } = providers.describe(provider)?.row.setting ?? {};
  if (simulated || billing !== 'metered') return { billing, billedNanoUsd: 0 };
  return { billing, ...(cost === undefined ? {} : { billedNanoUsd: Math.round(cost * (1 - discountPercent / 100)) }) };
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
 * Writes one attempt down.
 *
 * @returns the attempt's id, for its later outcome
 */
export function recordAttempt(
  context: RouterContext,
  prepared: Prepared,
  surface: Surface,
  report: AttemptReport<unknown>,
  extra: {
    readonly fallbackFrom?: string | undefined;
    readonly task?: TaskInHand | undefined;
    /** A completion that has nothing to say is not shown. */
    readonly isEmpty?: boolean;
  },
): string {
  const { target, usage } = report;
  const price = priceNow(prepared.world, policyIn(prepared.inForce), target.provider, target.model);
  const cost = costOf(prepared, target, usage);
  const simulated = context.providers.get(target.provider)?.facts().simulated === true;
  const failure = report.end.kind === 'failed' ? report.end.failure : undefined;
  const id = context.newId();
  noteInForce(context, prepared);
  context.recorder.record(
    {
      ...common(context, prepared, surface),
      ...(extra.task ? { taskId: extra.task.id } : {}),
      ...(extra.task?.conversation ? { conversation: extra.task.conversation } : {}),
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
      ...billOf(context, target.provider, cost, simulated),
      ...(price ? { priceSource: price.source, priceAsOf: price.asOf } : {}),
      latencyMs: report.latencyMs,
      ...(report.firstTokenMs === undefined ? {} : { firstTokenMs: report.firstTokenMs }),
      outcome: outcomeOf(report, surface, extra.isEmpty === true),
      ...(failure ? { failure: failure.kind } : {}),
      ...(simulated ? { simulated: true } : {}),
    },
    whereOf(context, prepared, surface, extra.task?.fileKeys),
  );
  return id;
}

/** Teaches health and token calibration what an attempt showed. */
export function learnFrom(context: RouterContext, prepared: Prepared, report: AttemptReport<unknown>): void {
  const { target, usage } = report;
  const failure = report.end.kind === 'failed' ? report.end.failure : undefined;
  // A login of one client that has ended, or used up what it has, says nothing of those of others.
  const isTheirs = failure !== undefined && credentialFailures.has(failure.kind) && isPassthrough(context, target);
  if (isTheirs) context.health.ended(target.provider, target.model);
  else
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
}

function noteInForce(context: RouterContext, { inForce, at }: Prepared): void {
  const policy = policyIn(inForce);
  if (policy) context.recorder.inForce(policy, at);
}

/** Writes down a request that nobody served. */
export function recordRefusal(
  context: RouterContext,
  prepared: Prepared,
  surface: Surface,
  outcome: 'blocked' | 'unserved',
): void {
  noteInForce(context, prepared);
  context.recorder.record(
    { ...common(context, prepared, surface), id: context.newId(), place: 0, outcome },
    whereOf(context, prepared, surface),
  );
}
