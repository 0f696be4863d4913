import { isDeepStrictEqual } from 'node:util';
import type { RouteStatus } from '../contract/messages.ts';
import { decisionLabel, refusalSentence } from '../routing/explain.ts';
import { formatUsd, onOneLine, shortModel, statusLabel } from '../routing/labels.ts';
import { escapeMarkdown, toMarkdown } from '../routing/markdown.ts';
import type { Surface } from '../usage/attempt.ts';
import type { AttemptReport } from './dispatch.ts';
import { once } from './once.ts';
import type { PolicyInForce } from './policies/inForce.ts';
import type { Prepared } from './prepare.ts';
import { warningOf } from './warnings.ts';
import { kindWords } from './words.ts';

const NO_REQUEST: RouteStatus = {
  state: 'idle',
  label: 'Routing Policy',
  spoken: 'Routing Policy: no request yet',
  tooltip: '',
};

/** What the board needs to know of the rest. */
export interface StatusPorts {
  cost(prepared: Prepared, report: AttemptReport<unknown>): number | undefined;
  isSimulated(provider: string): boolean;
  /** Spent since midnight UTC, in nano-dollars; undefined where nothing is written down. */
  today(): { readonly costNanoUsd: number; readonly simulatedNanoUsd: number; readonly unpriced: number } | undefined;
  /** What cannot be written, in a sentence. */
  recorderWarning(): string | undefined;
  /** Left out where nobody sees it. */
  publish?(status: RouteStatus): void;
}

const surfaceWords: Readonly<Record<Surface, string>> = {
  completion: 'inline completion',
  chat: 'chat',
  agent: 'agent',
  'inline-chat': 'inline chat',
  utility: 'the editor’s own small request',
  extension: 'another extension',
  participant: '@routing',
  gateway: 'gateway',
  cli: 'command line',
};

/** Other clients are told by their names, which are theirs to choose. */
function askerWords(surface: Surface, client: string | undefined): string {
  const isNamed = surface === 'gateway' && client !== undefined && client !== surface;
  return isNamed ? `${onOneLine(client)}, through the gateway` : surfaceWords[surface];
}

/** A status that is put together when somebody looks at it: behind a gateway nobody may. */
export type Shown = () => RouteStatus;

/** The same of its long words. */
function withWords(
  status: Omit<RouteStatus, 'spoken' | 'tooltip' | 'warning'>,
  warning: string | undefined,
  words: { spoken(): string; markdown(): string },
): RouteStatus {
  return {
    ...status,
    get spoken() {
      return words.spoken();
    },
    get tooltip() {
      const markdown = words.markdown();
      return warning ? `$(warning) ${escapeMarkdown(warning)}\n\n${markdown}` : markdown;
    },
    ...(warning ? { warning } : {}),
  };
}

/** How a request stands, without what is the same of each. */
type ShownRoute = Pick<RouteStatus, 'state' | 'label' | 'detail' | 'target'> & { readonly note?: string };

function firstWords(inForce: PolicyInForce): string {
  return inForce.kind === 'none' ? 'There is no policy here.' : 'The policy was read. No request yet.';
}

/**
 * What the status bar says, in one place, so that every editor says the same. Keeps the last decision for
 * "Explain Last Route".
 */
export class StatusBoard {
  readonly #ports: StatusPorts;
  #last: { readonly surface: Surface; readonly markdown: () => string } | undefined;
  #status: Shown = () => NO_REQUEST;

  constructor(ports: StatusPorts) {
    this.#ports = ports;
  }

  get status(): RouteStatus {
    return this.#status();
  }

  /** The explanation of the last request, as Markdown; undefined before the first. */
  get lastExplanation(): string | undefined {
    return this.#last?.markdown();
  }

  working(prepared: Prepared, surface: Surface): void {
    this.#show(prepared, surface, () => ({ state: 'working', label: `${decisionLabel(prepared.decision)} …` }), []);
  }

  served(
    prepared: Prepared,
    surface: Surface,
    report: AttemptReport<unknown>,
    reports: readonly AttemptReport<unknown>[],
  ): Shown {
    const shown = (): ShownRoute => {
      const cost = this.#costOfAll(prepared, report, reports);
      const { target, provider, model } = report.target;
      const simulated = this.#ports.isSimulated(provider);
      const label = statusLabel({ model, simulated }, cost);
      const detail = `${shortModel(model)}${simulated ? ' (simulated)' : ''} · ${formatUsd(cost)}`;
      return { state: 'routed', label, detail, target };
    };
    return this.#show(prepared, surface, shown, reports);
  }

  failed(
    prepared: Prepared,
    surface: Surface,
    message: string,
    reports: readonly AttemptReport<unknown>[],
  ): RouteStatus {
    const shown = { state: 'failed', label: 'Request failed', note: message } as const;
    return this.#show(prepared, surface, () => shown, reports)();
  }

  cancelled(prepared: Prepared, surface: Surface, reports: readonly AttemptReport<unknown>[]): void {
    const label = `${decisionLabel(prepared.decision)} · cancelled`;
    this.#show(prepared, surface, () => ({ state: 'idle', label }), reports);
  }

  refused(prepared: Prepared, surface: Surface): RouteStatus {
    const blocked = prepared.decision.outcome.kind === 'blocked';
    const label = blocked ? 'Blocked by policy' : 'Not served';
    const note = refusalSentence(prepared.decision);
    return this.#show(prepared, surface, () => ({ state: blocked ? 'blocked' : 'unserved', label, note }), [])();
  }

  /** A request that failed before anything was decided. */
  unprepared(surface: Surface, message: string): RouteStatus {
    const status: RouteStatus = {
      state: 'failed',
      label: 'Request failed',
      spoken: onOneLine(`Routing Policy: request failed. ${surfaceWords[surface]}`),
      tooltip: escapeMarkdown(message),
    };
    this.#publish(() => status);
    return status;
  }

  /** What another router told of a request for a folder of this window. */
  adopt(status: RouteStatus, surface: Surface): void {
    if (surface === 'utility' && this.#last && this.#last.surface !== 'utility') return;
    this.#last = { surface, markdown: () => status.tooltip };
    this.#publish(() => status);
  }

  /** A policy that was saved, broken or mended is told at once, not with the next request. */
  policyChanged(inForce: PolicyInForce): RouteStatus {
    const { warning: _, tooltip: __, spoken, ...rest } = this.#status();
    const markdown = this.#last?.markdown ?? (() => firstWords(inForce));
    const known = { inForce, recorder: this.#ports.recorderWarning() };
    const status = withWords(rest, warningOf(known), { spoken: () => spoken, markdown });
    this.#publish(() => status);
    return status;
  }

  /** What a request cost with all that was tried for it; unknown when the answer's own cost is. */
  #costOfAll(
    prepared: Prepared,
    answered: AttemptReport<unknown>,
    reports: readonly AttemptReport<unknown>[],
  ): number | undefined {
    const own = this.#ports.cost(prepared, answered);
    const others = reports.filter(({ place }) => place !== answered.place);
    return own === undefined
      ? undefined
      : others.reduce((sum, report) => sum + (this.#ports.cost(prepared, report) ?? 0), own);
  }

  #show(
    prepared: Prepared,
    surface: Surface,
    shown: () => ShownRoute,
    reports: readonly AttemptReport<unknown>[],
  ): Shown {
    const { inForce, decision } = prepared;
    const known = once(shown);
    const markdown = once(() => this.#explain(prepared, surface, known().note, reports));
    const status = once(() => {
      const { note: _, ...rest } = known();
      const spoken = (): string =>
        onOneLine(`Routing Policy: ${rest.label}. ${surfaceWords[surface]}, class ${decision.class}`);
      const warning = warningOf({ inForce, recorder: this.#ports.recorderWarning() });
      return withWords({ ...rest, class: decision.class }, warning, { spoken, markdown });
    });
    // The editor's own small requests follow a person's and would hide what became of it.
    if (surface === 'utility' && this.#last && this.#last.surface !== 'utility') return status;
    this.#last = { surface, markdown };
    this.#publish(status);
    return status;
  }

  #explain(
    prepared: Prepared,
    surface: Surface,
    note: string | undefined,
    reports: readonly AttemptReport<unknown>[],
  ): string {
    const parts = [toMarkdown(prepared.decision)];
    // A refusal is the headline already.
    if (note && prepared.decision.outcome.kind === 'routed') parts.push(escapeMarkdown(note));
    const tried = reports.map((report) => {
      const cost = this.#ports.cost(prepared, report);
      const end = report.end.kind === 'served' ? `served, ${formatUsd(cost)}` : kindWords(report.end.failure);
      const tokens = report.usage
        ? `, ${report.usage.inputTokens + report.usage.cacheReadTokens + report.usage.cacheWriteTokens} + ${report.usage.outputTokens} tokens${report.usage.estimated ? ' (estimated)' : ''}`
        : '';
      return `- ${escapeMarkdown(`${report.target.target}: ${end}${tokens}, ${(report.latencyMs / 1000).toFixed(1)} s`)}`;
    });
    if (tried.length) parts.push(`Tried:\n\n${tried.join('\n')}`);
    parts.push(escapeMarkdown(this.#footer(surface, prepared.facts.client)));
    return parts.join('\n\n');
  }

  #footer(surface: Surface, client: string | undefined): string {
    const today = this.#ports.today();
    const from = `Asked by: ${askerWords(surface, client)}.`;
    if (!today) return `${from} Spending is not written down.`;
    const simulated = today.simulatedNanoUsd > 0 ? `, of which ${formatUsd(today.simulatedNanoUsd)} simulated` : '';
    const unpriced = today.unpriced > 0 ? `, and ${today.unpriced} unpriced` : '';
    return `${from} Today: ${formatUsd(today.costNanoUsd)}${simulated}${unpriced}.`;
  }

  /** What is shown already is not sent again: a file that no completion may see says so once, not at every key. */
  #publish(status: Shown): void {
    const before = this.#status;
    this.#status = status;
    const { publish } = this.#ports;
    if (publish && !isDeepStrictEqual(status(), before())) publish(status());
  }
}
