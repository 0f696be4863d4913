import type { Decision } from './decision.ts';
import { type Explanation, explainDecision } from './explain.ts';

/**
 * A decision as Markdown for a tooltip or a chat answer: a bold headline and a list. Everything in it may come from a
 * policy that nobody has reviewed, so all of it is escaped: no link, image, HTML, command or theme icon can be made of it.
 */
export function toMarkdown(decision: Decision): string {
  const { headline, lines }: Explanation = explainDecision(decision);
  return [`**${escapeMarkdown(headline)}**`, '', ...lines.map((line) => `- ${escapeMarkdown(line)}`)].join('\n');
}

/**
 * Escapes one line so that it is shown as it is. Every ASCII punctuation mark that Markdown knows, or that an automatic
 * link is recognised by (`:`, `.`, `@`, `/`), gets a backslash; `&` and angle brackets become entities; `$(` is broken up,
 * because theme icons are looked for after Markdown has taken the backslashes away.
 */
export function escapeMarkdown(line: string): string {
  return line
    .replaceAll('$(', '$ (')
    .replace(/[\\`*_{}[\]()#+\-.!~|:@/=^"'$]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
