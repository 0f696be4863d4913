import type { PolicySummary } from '../contract/messages.ts';
import { formatUsd, onOneLine } from '../routing/labels.ts';
import { escapeMarkdown } from '../routing/markdown.ts';
import type { Ledger } from '../usage/ledger.ts';
import { periodStart } from '../usage/periods.ts';
import type { ClassModelSpend } from '../usage/spend.ts';
import type { PolicyInForce } from './policies.ts';

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function tokens(count: number): string {
  return count >= 1_000_000
    ? `${(count / 1_000_000).toFixed(1)} M`
    : count >= 1_000
      ? `${(count / 1_000).toFixed(1)} k`
      : `${count}`;
}

function outcomeWords({ outcomes }: ClassModelSpend): string {
  return Object.entries(outcomes)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ');
}

/** What was spent on this machine, as a page: by class of work and model, today and this month. */
export function usagePage(ledger: Ledger | undefined, now: number, warning: string | undefined): string {
  const lines = ['# Usage on this machine', ''];
  if (warning) lines.push(`**${escapeMarkdown(warning)}**`, '');
  return [...lines, ...(ledger ? readableLines(ledger, now) : ['Nothing is written down here.'])].join('\n');
}

function readableLines(ledger: Ledger, now: number): readonly string[] {
  try {
    return spendLines(ledger, now);
  } catch (error) {
    // The file was damaged or taken away while it was open.
    const reason = error instanceof Error ? error.message : String(error);
    return [`The ledger cannot be read: ${escapeMarkdown(onOneLine(reason))}. Restart the router to begin a new one.`];
  }
}

function spendLines(ledger: Ledger, now: number): readonly string[] {
  const lines: string[] = [];
  for (const [title, since] of [
    ['Today (UTC)', periodStart(now, 'day')],
    ['This month (UTC)', periodStart(now, 'month')],
  ] as const) {
    const total = ledger.spentSince(since);
    const simulated = total.simulatedNanoUsd > 0 ? `, of which ${formatUsd(total.simulatedNanoUsd)} simulated` : '';
    const unpriced = total.unpriced > 0 ? `, and ${total.unpriced} attempts without a known price` : '';
    lines.push(
      `## ${title}`,
      '',
      `${total.requests} requests, ${formatUsd(total.costNanoUsd)}${simulated}${unpriced}.`,
      '',
    );
    const cells = ledger.byClassAndModel(since);
    if (cells.length === 0) continue;
    lines.push(
      row(['Class of work', 'Model', 'Requests', 'In', 'Out', 'Cost', 'Outcomes']),
      row(['---', '---', '--:', '--:', '--:', '--:', '---']),
    );
    for (const cell of cells) {
      const model = cell.model === undefined ? 'none' : `${cell.provider}/${cell.model}`;
      lines.push(
        row([
          escapeMarkdown(cell.class),
          escapeMarkdown(model) + (cell.simulatedNanoUsd > 0 ? ' (simulated)' : ''),
          `${cell.requests}`,
          tokens(cell.inputTokens),
          tokens(cell.outputTokens),
          cell.unpriced === cell.attempts && cell.costNanoUsd === 0 ? 'unpriced' : formatUsd(cell.costNanoUsd),
          outcomeWords(cell),
        ]),
      );
    }
    lines.push('');
  }
  lines.push(
    'Costs are list prices times the tokens that providers reported; what was stopped or cut half-way is counted by estimate.',
  );
  return lines;
}

/** The policy in force, in short. */
export function policyPage(inForce: PolicyInForce, uri: string): PolicySummary {
  if (inForce.kind === 'none') {
    return { markdown: 'There is no `.routing-policy.json` here: the requested model or your own default is used.' };
  }
  const { policy } = inForce;
  const lines: string[] = [];
  if (inForce.kind !== 'in-force') lines.push(`**${escapeMarkdown(inForce.problem)}**`, '');
  const from =
    inForce.kind === 'in-force' && inForce.from !== 'working-tree'
      ? ' It was deleted here, so the committed file holds.'
      : '';
  lines.push(`Mode **${policy.mode}**, fingerprint \`${policy.hash}\`.${from}`, '');
  if (policy.classes.length) {
    lines.push('**Classes of work**, the first that matches wins:', '');
    for (const { id, route } of policy.classes) {
      lines.push(`- ${escapeMarkdown(id)} → ${route.use.map(({ target }) => escapeMarkdown(target)).join(', then ')}`);
    }
  }
  lines.push(
    `- everything else → ${policy.default.use.map(({ target }) => escapeMarkdown(target)).join(', then ')}`,
    '',
  );
  if (policy.constraints.length) {
    lines.push('**Constraints**, all that match apply:', '');
    for (const { id, source } of policy.constraints)
      lines.push(`- ${escapeMarkdown(id)}: ${escapeMarkdown(source.reason)}`);
    lines.push('');
  }
  for (const { id, source, limitNanoUsd } of policy.budgets) {
    lines.push(
      `- budget ${escapeMarkdown(id)}: ${formatUsd(limitNanoUsd)} per ${source.per}${source.period ? ` and ${source.period}` : ''}`,
    );
  }
  return { markdown: lines.join('\n'), uri };
}
