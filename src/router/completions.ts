import { roughTokenCount } from '../models/roughTokenCount.ts';
import type { ResolvedTarget } from '../policy/compiled.ts';
import { ProviderFailure } from '../providers/failure.ts';
import type { CompletionResult, Provider } from '../providers/provider.ts';
import type { BudgetOutcome, Decision } from '../routing/decision.ts';
import { toRepositoryPath } from '../workspace/workingPaths.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { CompletionContext } from './completion/context.ts';
import type { RoutedCompletion } from './completion/engine.ts';
import { Latencies } from './completion/latencies.ts';
import { cutWindow } from './completion/window.ts';
import type { RouterContext } from './context.ts';
import { type AttemptReport, type AttemptTap, dispatch } from './dispatch.ts';
import { isInProcess, withEstimatedUsage } from './estimatedUsage.ts';
import { completionFacts } from './facts.ts';
import { asking } from './permissions.ts';
import { type Prepared, policyIn, prepare } from './prepare.ts';
import { costOf, learnFrom, recordAttempt } from './record.ts';
import { costing, type Reserved } from './spend.ts';
import type { StatusBoard } from './status.ts';

/** The longest answer, in tokens: a line, or a small block. */
const longest = { line: 64, block: 256 } as const;

/** One ghost text to be fetched. */
interface Work {
  readonly request: CompletionContext;
  readonly path: string;
  readonly workspace: Workspace;
  readonly candidates: readonly ResolvedTarget[];
  readonly multiline: boolean;
  readonly signal: AbortSignal;
}

/**
 * The routing half of inline completions: facts and decision for each, then the target's provider, with fallbacks. Where
 * the embedded completer has nothing to say, which it says at once and for nothing, the next target is asked too; an
 * empty answer that was paid for is an answer.
 */
export class Completions {
  readonly #context: RouterContext;
  readonly #board: StatusBoard;
  readonly #latencies = new Latencies();

  constructor(context: RouterContext, board: StatusBoard) {
    this.#context = context;
    this.#board = board;
  }

  /** Undefined: switched off, outside any folder, refused by policy, or left to the editor's own. */
  async route(request: CompletionContext, signal: AbortSignal): Promise<RoutedCompletion | undefined> {
    const context = this.#context;
    if (!context.settings().completions.enabled) return undefined;
    const workspace = await context.workspaceOf([request.uri]);
    const path = workspace && (await toRepositoryPath(workspace.root, request.uri));
    if (!workspace || path === undefined) return undefined;
    const prepared = this.#permitted(await this.#prepare(request, path, signal), workspace.root);
    const { outcome } = prepared.decision;
    // Said in the status bar and not written down: it would be a row for every key that is pressed in such a file.
    if (outcome.kind === 'blocked') this.#board.refused(prepared, 'completion');
    if (outcome.kind !== 'routed') return undefined;
    const candidates = [outcome.target, ...outcome.fallbacks];
    return {
      scope: [
        request.uri,
        request.languageId,
        prepared.decision.policyHash,
        ...candidates.map(({ target }) => target),
      ].join('\n'),
      expectedLatencyMs: this.#latencies.expected(outcome.target.target),
      fetch: (multiline, abort) =>
        this.#fetch(prepared, { request, path, workspace, candidates, multiline, signal: abort }),
    };
  }

  /** Where a budget wants a person to be asked, that is begun, and until the answer comes only what is free is offered. */
  #permitted(prepared: Prepared, root: string): Prepared {
    const { decision } = prepared;
    if (!decision.ask) return prepared;
    this.#context.permissions.begin(decision, { root, taskId: undefined });
    return { ...prepared, decision: prepared.decideAgain(namesOf(asking(decision))) };
  }

  #prepare(request: CompletionContext, path: string, signal: AbortSignal): Promise<Prepared> {
    const context = this.#context;
    const { team } = context.settings();
    const tokens = roughTokenCount(request.prefix.slice(-3_500)) + roughTokenCount(request.suffix.slice(0, 700));
    const common = { context: { tokens, images: false, tools: false }, client: 'editor', ...(team ? { team } : {}) };
    return prepare(context, {
      uris: [request.uri],
      kind: 'completion',
      estimatedTokens: tokens,
      lastResort: false,
      signal,
      facts: (workspace, inForce) =>
        completionFacts({
          workspace,
          policy: policyIn(inForce),
          path,
          languageId: request.languageId,
          buffers: [{ path, text: request.prefix + request.suffix }],
          tokens,
          client: 'editor',
          ...(team ? { team } : {}),
          signal,
        }),
      bareFacts: {
        kind: 'completion',
        files: [{ path }],
        reads: [],
        languages: { [path]: request.languageId },
        ...common,
      },
    });
  }

  async #fetch(prepared: Prepared, work: Work): Promise<{ readonly id: string; readonly text: string } | undefined> {
    this.#context.recorder.decided(prepared);
    const reserved: Reserved[] = [];
    try {
      return await this.#ask(prepared, work, reserved);
    } finally {
      for (const one of reserved) one.giveUp();
    }
  }

  /**
   * The next to be asked, as far as others have left enough for it since. What is set aside for those before it that may have
   * cost something stays so until all are written down together.
   */
  async #next(
    prepared: Prepared,
    { candidates, workspace }: Work,
    tried: ReadonlySet<string>,
    reserved: Reserved[],
  ): Promise<ResolvedTarget | undefined> {
    const untried = candidates.filter(({ target }) => !tried.has(target));
    if (prepared.decision.budgets.length === 0) return untried[0];
    let next: ResolvedTarget | undefined;
    const reserve = (): Reserved =>
      this.#context.reserve(
        (short) => {
          const decision = decidedUnasked(prepared, short);
          const admitted = admittedBy(decision);
          next = untried.find(({ target }) => admitted.has(target));
          return next && costing(decision, [next]);
        },
        { requestId: prepared.requestId, inForce: prepared.inForce, root: workspace.root, taskId: () => undefined },
      );
    const own = reserve();
    reserved.push(own);
    if (own.short && (await prepared.cover(own.short, prepared.waiting()))) {
      own.giveUp();
      reserved.push(reserve());
    }
    return next;
  }

  async #ask(
    prepared: Prepared,
    work: Work,
    reserved: Reserved[],
  ): Promise<{ readonly id: string; readonly text: string } | undefined> {
    const context = this.#context;
    const { signal } = work;
    const reports: AttemptReport<CompletionResult>[] = [];
    for (;;) {
      const last = await dispatch<CompletionResult>({
        next: () => this.#next(prepared, work, new Set(reports.map(({ target }) => target.target)), reserved),
        signal,
        now: () => context.now(),
        provider: (id) => context.providers.get(id),
        call: (provider, target, tap) => {
          const { timeoutMs } = context.settings().completions;
          context.health.begin(target.provider, target.model, context.now(), timeoutMs);
          return this.#call(provider, target, work, tap);
        },
        report: (report) => {
          const known = withEstimatedUsage(report, prepared, context.providers.get(report.target.provider));
          // Stand in line behind what was tried in an earlier round of this request.
          reports.push({ ...known, place: reports.length });
          // What was refused costs nothing, and must not stand in the way of its own successor.
          if (known.usage === undefined) reserved.at(-1)?.giveUp();
        },
      });
      const handsOn =
        last?.end.kind === 'served' &&
        last.end.result.text === '' &&
        isInProcess(context.providers.get(last.target.provider));
      if (!handsOn) return this.#finish(prepared, reports);
    }
  }

  /** Writes down what was tried, and gives what is to be shown. */
  #finish(
    prepared: Prepared,
    reports: readonly AttemptReport<CompletionResult>[],
  ): { readonly id: string; readonly text: string } | undefined {
    const context = this.#context;
    let shown: { id: string; text: string } | undefined;
    const task = isTask(prepared, reports) ? { id: prepared.requestId, fileKeys: [] } : undefined;
    reports.forEach((report, index) => {
      const { id } = recordAttempt(context, prepared, 'completion', report, {
        fallbackFrom: reports[index - 1]?.target.target,
        task,
        isEmpty: isEmpty(report),
      });
      learnFrom(context, prepared, report);
      if (report.end.kind !== 'served') return;
      this.#latencies.observe(report.target.target, report.latencyMs);
      if (!isEmpty(report)) shown = { id, text: report.end.result.text };
    });
    this.#tell(prepared, reports);
    return shown;
  }

  /**
   * Completions come and go while a person types: the status bar hears of those that were shown, that cost something or
   * that failed, and of nothing under way, so that it does not flicker.
   */
  #tell(prepared: Prepared, reports: readonly AttemptReport<CompletionResult>[]): void {
    const last = reports.at(-1);
    if (!last) return;
    const failure = reports
      .map(({ end }) => end)
      .find((end) => end.kind === 'failed' && end.failure.kind !== 'cancelled');
    const isShown = last.end.kind === 'served' && last.end.result.text !== '';
    if (isShown || (!failure && last.end.kind === 'served' && costOf(prepared, last.target, last.usage) !== 0)) {
      this.#board.served(prepared, 'completion', last, reports);
    } else if (failure?.kind === 'failed') {
      this.#context.log('warn', failure.failure.message);
      this.#board.failed(prepared, 'completion', failure.failure.message, reports);
    }
  }

  async #call(provider: Provider, target: ResolvedTarget, work: Work, tap: AttemptTap): Promise<CompletionResult> {
    if (!provider.complete)
      throw new ProviderFailure('bad-request', provider.id, `${provider.id} does not serve completions.`);
    const { request, multiline } = work;
    const window = isInProcess(provider) ? request : cutWindow(request.prefix, request.suffix);
    const result = await provider.complete(
      {
        model: target.model,
        prefix: window.prefix,
        suffix: window.suffix,
        path: work.path,
        root: work.workspace.root,
        languageId: request.languageId,
        multiline,
        maxOutputTokens: Math.min(target.maxOutputTokens ?? Infinity, multiline ? longest.block : longest.line),
        ...(multiline ? {} : { stop: ['\n'] }),
      },
      { signal: work.signal, deadlineMs: this.#context.settings().completions.timeoutMs },
    );
    tap.usage(result.usage);
    if (result.servedModel) tap.servedModel(result.servedModel);
    return result;
  }
}

/** The decision as it is now. A budget that asks for the first time asks nobody: the key was pressed, and nobody waits. */
function decidedUnasked({ decision, decideAgain }: Prepared, short: ReadonlySet<string>): Decision {
  const before = namesOf(asking(decision));
  const now = decideAgain(before, short);
  return now.ask ? decideAgain(new Set([...before, ...namesOf(asking(now))]), short) : now;
}

function admittedBy({ outcome }: Decision): ReadonlySet<string> {
  const targets = outcome.kind === 'routed' ? [outcome.target, ...outcome.fallbacks] : [];
  return new Set(targets.map(({ target }) => target));
}

function namesOf(budgets: readonly BudgetOutcome[]): ReadonlySet<string> {
  return new Set(budgets.map(({ id }) => id));
}

function isEmpty({ end }: AttemptReport<CompletionResult>): boolean {
  return end.kind === 'served' && end.result.text === '';
}

/**
 * Each request is a task of its own, once there is something to show, or something to pay. The embedded completer, which has
 * nothing to say at most keys and asks for nothing, would fill the ledger with tasks that nobody has seen.
 */
function isTask(prepared: Prepared, reports: readonly AttemptReport<CompletionResult>[]): boolean {
  return reports.some(
    (report) =>
      (report.end.kind === 'served' && !isEmpty(report)) ||
      (report.usage !== undefined && costOf(prepared, report.target, report.usage) !== 0),
  );
}
