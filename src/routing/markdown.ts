import type { Decision } from './decision.ts';
import { type Explanation, explainDecision } from './explain.ts';

/**
 * A decision as Markdown for a tooltip or a chat answer: a bold headline and a list. Everything in it may come from a
 * policy that nobody has reviewed, so all of it is escaped: no link, image, HTML, command or theme icon can be made of it.
 */
export function toMarkdown(decision: Decision): string {
  const { headline, lines }: Explanation = explainDecision(decision);
  return [`**${withCode(headline)}**`, '', ...lines.map((line) => `- ${withCode(line)}`)].join('\n');
}

/** Ids between backticks become code, the rest is escaped. A line whose backticks do not pair up is escaped as a whole. */
export function withCode(line: string): string {
  const parts = line.split('`');
  if (parts.length % 2 === 0) return escapeMarkdown(line);
  return parts
    .map((part, place) =>
      place % 2 === 0 || part === '' ? escapeMarkdown(part) : `\`${part.replaceAll('$(', '$ (')}\``,
    )
    .join('');
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
