import type { PolicySummary } from '../contract/messages.ts';
import type { TargetChain } from '../policy/compiled.ts';
import { innermost } from '../policy/layers.ts';
import { formatUsd, spoken } from '../routing/labels.ts';
import { escapeMarkdown } from '../routing/markdown.ts';
import type { Ledger } from '../usage/ledger.ts';
import { periodStart } from '../usage/periods.ts';
import type { ClassModelSpend } from '../usage/spend.ts';
import { type LayerReport, type PolicyInForce, stateWords } from './policies/inForce.ts';

/** Entries of one list that the page of a policy shows; the file itself is a click away. */
const MOST_SHOWN = 50;

/** Text from a policy, the ledger or an error, as one line that can be nothing but text. */
function plain(text: string): string {
  return escapeMarkdown(spoken(text));
}

/** A line for each of the first entries, and how many more there are. */
function shown<Entry>(entries: readonly Entry[], line: (entry: Entry) => string): readonly string[] {
  const more = entries.length - MOST_SHOWN;
  return [...entries.slice(0, MOST_SHOWN).map(line), ...(more > 0 ? [`- and ${more} more`] : [])];
}

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
  if (warning) lines.push(`**${plain(warning)}**`, '');
  return [...lines, ...(ledger ? readableLines(ledger, now) : ['Nothing is written down here.'])].join('\n');
}

function readableLines(ledger: Ledger, now: number): readonly string[] {
  try {
    return spendLines(ledger, now);
  } catch (error) {
    // The file was damaged or taken away while it was open.
    const reason = error instanceof Error ? error.message : String(error);
    return [`The ledger cannot be read: ${plain(reason)}. Restart the router to begin a new one.`];
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
          plain(cell.class),
          plain(model) + (cell.simulatedNanoUsd > 0 ? ' (simulated)' : ''),
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
export function policyPage(inForce: PolicyInForce, uri?: string): PolicySummary {
  if (inForce.kind === 'none') {
    return { markdown: 'There is no `.routing-policy.json` here: the requested model or your own default is used.' };
  }
  const { mode, hash } = inForce.policy;
  const layers = inForce.policy.layers.map((layer) => layer.policy);
  const constraints = layers.flatMap((policy) => policy.constraints);
  const preferred = innermost(inForce.policy)?.policy;
  const lines: string[] = [];
  if (inForce.kind !== 'in-force') lines.push(`**${plain(inForce.problem)}**`, '');
  lines.push(`Mode **${mode}**, fingerprint \`${hash}\`.${placeWords(inForce)}`, '', ...layerLines(inForce.layers));
  if (preferred && preferred.classes.length > 0) {
    lines.push('**Classes of work**, the first that matches wins:', '');
    lines.push(...shown(preferred.classes, ({ id, route }) => `- ${plain(id)} → ${chainWords(route.use)}`));
  }
  if (preferred) lines.push(`- everything else → ${chainWords(preferred.default.use)}`, '');
  if (constraints.length) {
    lines.push('**Constraints**, all that match apply:', '');
    lines.push(...shown(constraints, ({ id, source }) => `- ${plain(id)}: ${plain(source.reason)}`), '');
  }
  lines.push(
    ...shown(
      layers.flatMap((policy) => policy.budgets),
      ({ id, source, limitNanoUsd }) =>
        `- budget ${plain(id)}: ${formatUsd(limitNanoUsd)} per ${source.per}${source.period ? ` and ${source.period}` : ''}`,
    ),
  );
  const hasFile = inForce.kind !== 'in-force' || inForce.from !== 'managed';
  return { markdown: lines.join('\n'), ...(hasFile && uri !== undefined ? { uri } : {}) };
}

function placeWords(inForce: Exclude<PolicyInForce, { kind: 'none' }>): string {
  if (inForce.kind !== 'in-force' || inForce.from === 'working-tree') return '';
  if (inForce.from === 'managed')
    return ' There is no `.routing-policy.json` here, so the baseline of this machine holds.';
  return ' It was deleted here, so the committed file holds.';
}

/** The layers, where there is more to say than that there is one file. */
function layerLines(layers: readonly LayerReport[]): readonly string[] {
  const isPlain = layers.length < 2 && layers.every(({ state }) => state.kind === 'fresh');
  if (isPlain) return [];
  const line = ({ name, source, origin, state }: LayerReport): string => {
    const called = name === '' ? '' : `${plain(name)}: `;
    return `- ${called}${plain(source)} (${originWords[origin]}). ${plain(stateWords(source, state) ?? 'In force.')}`;
  };
  return ['**Layers**, the outermost first; all that forbid apply:', '', ...shown(layers, line), ''];
}

const originWords: Readonly<Record<LayerReport['origin'], string>> = {
  managed: 'this machine’s baseline',
  extended: 'extended',
  repository: 'this repository',
  committed: 'as merged: what it forbids applies too',
};

function chainWords(chain: TargetChain): string {
  return chain.map(({ target }) => plain(target)).join(', then ');
}
