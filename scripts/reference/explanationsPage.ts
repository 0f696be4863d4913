import type { Decision, Reason } from '../../src/routing/decision.ts';
import { explainDecision, removalWords } from '../../src/routing/explain.ts';
import { code, generatedBy, table } from './markdown.ts';
import { reasonEntries, removalEntries } from './reasonEntries.ts';

const target = {
  kind: 'model',
  target: 'anthropic/claude-opus-5-5',
  provider: 'anthropic',
  model: 'claude-opus-5-5',
} as const;

/** A decision that gives one reason. */
function decisionWith(why: Reason): Decision {
  return {
    outcome: { kind: 'routed', target, fallbacks: [] },
    class: 'wide',
    mode: 'enforce',
    skipped: [],
    skippedCount: 0,
    kept: [],
    removed: why.kind === 'candidate-removed' ? [{ target, reason: why.reason }] : [],
    gates: [],
    budgets: [],
    ask: false,
    cost: { kind: 'unpriced' },
    why: [why],
    policyHash: 'example',
    layers: [],
    counted: { modules: 2 },
    modules: ['packages/core', 'packages/ui'],
    globs: {},
  };
}

const NOT_OF_THE_REASON = /^(?:If it fails|Nothing follows)/;

function sentenceOf(reason: Reason): string {
  const { lines } = explainDecision(decisionWith(reason));
  return lines.filter((line) => !NOT_OF_THE_REASON.test(line)).join(' ');
}

const MARK = generatedBy('scripts/reference/reasonEntries.ts and the words of src/routing/explain.ts');

/** `docs/policy/explanations.md`: what was written by hand, then a table of each kind of reason. */
export function explanationsPage(current: string): string {
  const [written = ''] = current.split('<!-- Generated');
  return `${written.trimEnd()}\n\n${explanationTables()}\n`;
}

function explanationTables(): string {
  const reasons = Object.entries(reasonEntries).map(([kind, { example, todo }]) => [
    code(kind),
    sentenceOf(example) || 'No sentence of its own: the headline says it.',
    todo,
  ]);
  const removals = Object.entries(removalEntries).map(([kind, { example, todo }]) => [
    code(kind),
    `${target.target} ${removalWords(example)}.`,
    todo,
  ]);
  return [
    MARK,
    '## What made the outcome',
    table(['reason', 'a sentence that it makes', 'what to do'], reasons),
    '## Why a target was taken away',
    table(['reason', 'a sentence that it makes', 'what to do'], removals),
  ].join('\n\n');
}
