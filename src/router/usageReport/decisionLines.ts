import type { DatabaseSync } from 'node:sqlite';
import { decisiveLines, refusalSentence } from '../../routing/explain.ts';
import { formatUsd, onOneLine } from '../../routing/labels.ts';
import { escapeMarkdown, toMarkdown } from '../../routing/markdown.ts';
import type { DecisionRecord } from '../../usage/decisionLog.ts';
import { named, rows } from '../../usage/report/attemptCells.ts';
import { grouped } from '../../usage/report/grouped.ts';
import type { DecisionLine } from '../../usage/report/usageReport.ts';

/** What the ledger has of one attempt, as far as a decision is told. */
export interface DecidedAttempt {
  readonly requestId: string;
  readonly surface: string;
  /** `provider/model`; left out for a refusal. */
  readonly target?: string;
  readonly outcome: string;
  readonly failure?: string;
  /** undefined: unpriced. */
  readonly costNanoUsd?: number;
  readonly tokens: number;
  readonly latencyMs?: number;
}

/** The attempts of these requests, in the order in which they were made. */
export function readAttemptsOf(
  database: DatabaseSync,
  records: readonly Pick<DecisionRecord, 'requestId' | 'at'>[],
): readonly DecidedAttempt[] {
  if (records.length === 0) return [];
  const places = records.map(() => '?').join(', ');
  const sql = `
    SELECT request_id, surface, provider, model, outcome, failure, cost_nano_usd,
      COALESCE(input_tokens, 0) + COALESCE(cache_read_tokens, 0) + COALESCE(cache_write_tokens, 0) +
        COALESCE(output_tokens, 0),
      latency_ms
    FROM attempts WHERE at >= ? AND request_id IN (${places}) ORDER BY at, place`;
  const since = Math.min(...records.map(({ at }) => at));
  return rows(database, sql, since, ...records.map(({ requestId }) => requestId)).map(
    ([requestId, surface, provider, model, outcome, failure, cost, tokens, latency]) => ({
      requestId: String(requestId),
      surface: String(surface),
      ...(named(provider) !== undefined && { target: `${provider}/${model}` }),
      outcome: String(outcome),
      ...(named(failure) !== undefined && { failure: String(failure) }),
      ...(cost !== null && { costNanoUsd: Number(cost) }),
      tokens: Number(tokens),
      ...(latency !== null && { latencyMs: Number(latency) }),
    }),
  );
}

/** A line for each decision that can still be told. */
export function decisionLines(
  records: readonly DecisionRecord[],
  attempts: readonly DecidedAttempt[],
): readonly DecisionLine[] {
  const byRequest = grouped(attempts, ({ requestId }) => requestId);
  return records.flatMap((record) => lineOf(record, byRequest.get(record.requestId) ?? []) ?? []);
}

function lineOf(
  { requestId, at, facts, decision }: DecisionRecord,
  attempts: readonly DecidedAttempt[],
): DecisionLine | undefined {
  try {
    const last = attempts.at(-1);
    const cost = costOf(attempts);
    return {
      requestId,
      at,
      surface: last?.surface ?? '',
      kind: facts.kind,
      class: decision.class,
      ...(last?.target !== undefined && { target: last.target }),
      outcome: last?.outcome ?? decision.outcome.kind,
      attempts: attempts.length,
      ...(cost !== undefined && { costNanoUsd: cost }),
      why: refusalSentence(decision) || (decisiveLines(decision)[0] ?? ''),
    };
  } catch {
    // Another version wrote it, with reasons that this one has no words for.
    return undefined;
  }
}

/** Of all that was tried; undefined where nothing of it has a price. */
function costOf(attempts: readonly DecidedAttempt[]): number | undefined {
  const costs = attempts.flatMap(({ costNanoUsd }) => costNanoUsd ?? []);
  return costs.length === 0 ? undefined : costs.reduce((sum, cost) => sum + cost, 0);
}

/** A decision in full, as Markdown: why it was made, and what was tried. Everything in it is escaped. */
export function explanationOf({ at, facts, decision }: DecisionRecord, attempts: readonly DecidedAttempt[]): string {
  const asked = facts.client === undefined ? '' : ` by ${onOneLine(facts.client)}`;
  const head = `${new Date(at).toISOString().slice(0, 19)} UTC, ${facts.kind}${asked}`;
  return [explained(decision), ...triedLines(attempts), escapeMarkdown(`Asked at ${head}.`)].join('\n\n');
}

function explained(decision: DecisionRecord['decision']): string {
  try {
    return toMarkdown(decision);
  } catch {
    return 'Another version of Routing Policy made this decision, with reasons that this one has no words for.';
  }
}

function triedLines(attempts: readonly DecidedAttempt[]): readonly string[] {
  const lines = attempts.flatMap(({ target, outcome, failure, costNanoUsd, tokens, latencyMs }) => {
    if (target === undefined) return [];
    const cost = tokens === 0 && costNanoUsd === undefined ? '' : `, ${formatUsd(costNanoUsd)}`;
    const time = latencyMs === undefined ? '' : `, ${(latencyMs / 1000).toFixed(1)} s`;
    const end = failure === undefined ? outcome : `${outcome} (${failure})`;
    return `- ${escapeMarkdown(`${target}: ${end}${cost}, ${tokens.toLocaleString('en-US')} tokens${time}`)}`;
  });
  return lines.length === 0 ? [] : [`Tried:\n\n${lines.join('\n')}`];
}
