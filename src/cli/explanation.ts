import type { Decision } from '../routing/decision.ts';
import { explainDecision } from '../routing/explain.ts';
import type { Painter } from './paint.ts';

/** A decision in words, for a terminal: the headline, and what led to it. */
export function explanationText(decision: Decision, paint: Painter): string {
  const { headline, lines } = explainDecision(decision);
  const isServed = decision.outcome.kind === 'routed' || decision.outcome.kind === 'native';
  const head = paint(isServed ? 'green' : 'red', withoutTicks(headline));
  return `${head}\n${lines.map((line) => `  ${withoutTicks(line)}\n`).join('')}`;
}

/** The words set ids apart with backticks, for readers of Markdown. */
function withoutTicks(line: string): string {
  return line.replaceAll('`', '"');
}
