import { type RequestKind, requestKinds } from '../../policy/schema.ts';
import type { Part } from '../../routing/drill/drill.ts';
import type { Serving } from '../../routing/drill/serving.ts';
import { removalWords } from '../../routing/explain.ts';
import { formatUsd, spoken } from '../../routing/labels.ts';

/** Targets that a sentence tells the reasons against. */
const MOST_TOLD = 4;

/** An id of the policy, set apart as such. */
export function idWords(text: string): string {
  return `\`${spoken(text)}\``;
}

/** `a`, `a and b`, `a, b and 3 more`. */
export function listed(words: readonly string[], most = 4): string {
  const shown = words.length > most + 1 ? words.slice(0, most) : words;
  const more = words.length - shown.length;
  const last = more > 0 ? `${more} more` : shown.at(-1);
  const before = more > 0 ? shown : shown.slice(0, -1);
  return before.length === 0 ? (last ?? '') : `${before.join(', ')} and ${last}`;
}

/** `1 class`, `3 classes`. */
export function countWords(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}

export function servingWords({ target, simulated }: Serving): string {
  if (target === 'native') return 'the editor’s own';
  return simulated === true ? `${spoken(target)} (simulated)` : spoken(target);
}

/** Which requests: `completion`, `chat, edit`, `all but completion`. */
export function kindWords(kinds: readonly RequestKind[]): string {
  const others = requestKinds.filter((kind) => !kinds.includes(kind));
  if (others.length === 0) return 'all';
  return others.length <= 2 ? `all but ${others.join(', ')}` : kinds.join(', ');
}

/** What it would cost: `×1.5 ($0.03 → $0.045)`. What is not known stays so. */
export function priceWords({ after, nowNanoUsd, afterNanoUsd, priceRatio }: Part): string {
  if (after.kind === 'stopped') return '';
  if (after.kind === 'unchanged') return formatUsd(nowNanoUsd);
  if (priceRatio === 1) return `the same, ${formatUsd(nowNanoUsd)}`;
  const both = `${formatUsd(nowNanoUsd)} → ${formatUsd(afterNanoUsd)}`;
  return priceRatio === undefined || priceRatio === 0 ? both : `${ratioWords(priceRatio)} (${both})`;
}

export function ratioWords(ratio: number): string {
  return `×${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(2).replace(/\.?0+$/, '')}`;
}

/** Why nobody is left, in a sentence without its beginning: `no other target is listed`. */
export function stopWords({ after }: Part): string {
  if (after.kind !== 'stopped') return '';
  const { because, rules, others } = after.stop;
  const told = others
    .slice(0, MOST_TOLD)
    .map(({ target, reason }) => `${spoken(target.target)} ${removalWords(reason)}`);
  const more = others.length > MOST_TOLD ? `; and ${others.length - MOST_TOLD} more` : '';
  const detail = `${told.join('; ')}${more}`;
  switch (because) {
    case 'no-candidate':
      return 'no target of another supplier is listed';
    case 'constraint':
      return `others are listed, and ${listed(rules.map(idWords))} ${rules.length === 1 ? 'leaves' : 'leave'} none of them: ${detail}`;
    case 'budget':
      return `others are listed, and cost more than ${listed(rules.map(idWords))} ${rules.length === 1 ? 'admits' : 'admit'}: ${detail}`;
    case 'unreachable':
      return `others are listed, and none of them can serve it: ${detail}`;
    default:
      return because satisfies never;
  }
}
