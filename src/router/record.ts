import { costNanoUsd, totalInputTokens } from '../models/cost.ts';
import type { Price, Usage } from '../models/model.ts';
import type { ResolvedTarget } from '../policy/compiled.ts';
import type { FailureKind } from '../providers/failure.ts';
import type { ProviderSetting } from '../providers/settings.ts';
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

/** An attempt that is being put together: what not every one has is put in one by one, which costs no copies. */
type Draft<Fields = Attempt> = { -readonly [Field in keyof Fields]: Fields[Field] };

type Common = Draft<
  Pick<
    Attempt,
    | 'requestId'
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
  >
>;

/** What each attempt of a request is written down with. */
const common = perRequest((context: RouterContext, prepared: Prepared, surface: Surface): Readonly<Common> => {
  const { team } = context.settings();
  const { requested, client } = prepared.facts;
  const { why } = prepared.decision;
  const trial = why.find((reason) => reason.kind === 'trial');
  const overridden = why.find((reason) => reason.kind === 'overridden');
  const found: Common = {
    requestId: prepared.requestId,
    surface,
    kind: prepared.facts.kind,
    class: prepared.decision.class,
    rule: decidingRule(prepared),
    policyHash: prepared.decision.policyHash,
  };
  if (requested) found.requestedModel = modelName(requested);
  if (team) found.team = team;
  if (client) found.client = client;
  if (trial) {
    found.trial = trial.id;
    found.arm = trial.arm;
  }
  if (overridden) found.overridden = overridden.by;
  return found;
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
  const { root, classes, conditions } = countedBy(context, prepared, surface);
  return { root, classes, conditions, fileKeys };
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
  prepared.turn?.key();
  prepared.turn?.words();
}

function outcomeOf(report: AttemptReport<unknown>, surface: Surface, isEmpty: boolean): AttemptOutcome {
  if (report.end.kind === 'served') return surface === 'completion' && !isEmpty ? 'shown' : 'served';
  const { failure, committed } = report.end;
  if (failure.kind === 'cancelled') return 'cancelled';
  return committed ? 'cut' : 'failed';
}

/** What an attempt cost. undefined: unpriced, also by its tier of service, or nothing is known of its usage; none is zero. */
export function costOf(prepared: Prepared, target: ResolvedTarget, usage: Usage | undefined): number | undefined {
  return usage && costAt(priceOf(prepared, target), usage);
}

function priceOf({ world, inForce }: Prepared, { provider, model }: ResolvedTarget): Price | undefined {
  return priceNow(world, policyIn(inForce), provider, model);
}

function costAt(price: Price | undefined, usage: Usage): number | undefined {
  return usage.otherPrice || price === undefined ? undefined : costNanoUsd(usage, price);
}

/** How a provider is paid, and what it will ask for what costs so much at list price: pools and seats are paid already, stand-ins never. */
function noteBill(
  attempt: Draft,
  { billing = 'metered', discountPercent = 0 }: Pick<ProviderSetting, 'billing' | 'discountPercent'>,
): void {
  attempt.billing = billing;
  if (attempt.simulated || billing !== 'metered') attempt.billedNanoUsd = 0;
  else if (attempt.costNanoUsd !== undefined)
    attempt.billedNanoUsd = Math.round(attempt.costNanoUsd * (1 - discountPercent / 100));
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
 * @returns the attempt, with its id for its later outcome
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
): Attempt {
  const { target, usage } = report;
  const { task, fallbackFrom } = extra;
  noteInForce(context, prepared);
  // What all of them have comes before the spread: after one, each field would be defined by a call of the engine's own.
  const attempt: Draft = {
    id: context.newId(),
    at: report.startedAt,
    provider: target.provider,
    model: target.model,
    place: report.place,
    latencyMs: report.latencyMs,
    outcome: outcomeOf(report, surface, extra.isEmpty === true),
    ...common(context, prepared, surface),
  };
  if (task) attempt.taskId = task.id;
  if (task?.conversation) attempt.conversation = task.conversation;
  if (report.servedModel) attempt.servedModel = report.servedModel;
  if (fallbackFrom) attempt.fallbackFrom = fallbackFrom;
  if (report.firstTokenMs !== undefined) attempt.firstTokenMs = report.firstTokenMs;
  if (report.end.kind === 'failed') attempt.failure = report.end.failure.kind;
  if (context.providers.get(target.provider)?.facts().simulated) attempt.simulated = true;
  const price = priceOf(prepared, target);
  if (price) {
    attempt.priceSource = price.source;
    attempt.priceAsOf = price.asOf;
  }
  if (usage) noteUsage(attempt, usage, price);
  noteBill(attempt, context.providers.describe(target.provider)?.row.setting ?? {});
  context.recorder.record(attempt, whereOf(context, prepared, surface, task?.fileKeys));
  return attempt;
}

function noteUsage(attempt: Draft, usage: Usage, price: Price | undefined): void {
  attempt.inputTokens = usage.inputTokens;
  attempt.cacheReadTokens = usage.cacheReadTokens;
  attempt.cacheWriteTokens = usage.cacheWriteTokens;
  attempt.outputTokens = usage.outputTokens;
  if (usage.reasoningTokens !== undefined) attempt.reasoningTokens = usage.reasoningTokens;
  attempt.usageEstimated = usage.estimated;
  const cost = costAt(price, usage);
  if (cost !== undefined) attempt.costNanoUsd = cost;
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
    { id: context.newId(), at: prepared.at, place: 0, outcome, ...common(context, prepared, surface) },
    whereOf(context, prepared, surface),
  );
}
