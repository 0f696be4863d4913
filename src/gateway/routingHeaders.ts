import type { Lost } from '../chat/events.ts';
import type { Decision } from '../routing/decision.ts';
import { decisiveLines, explainDecision } from '../routing/explain.ts';

const LONGEST = 500;
/** Of one entry among several. */
const LONGEST_ENTRY = 200;
const SEPARATOR = '; ';
/** What `+1000000 more` and its separator take. */
const MORE_LENGTH = 16;

/** What is known of a request’s way when its answer begins. */
export interface Told {
  readonly decision?: Decision | undefined;
  /** `provider/model` of whoever was asked last. */
  readonly target?: string | undefined;
  readonly attempts: number;
  readonly lost: readonly Lost[];
}

/** The way of a request as headers of its answer. */
export function routingHeaders({ decision, target, attempts, lost }: Told): Readonly<Record<string, string>> {
  return {
    ...(decision
      ? {
          'x-routing-class': visible(decision.class),
          'x-routing-policy': visible(decision.policyHash),
          'x-routing-why': listed(whyLines(decision, target, attempts)),
        }
      : {}),
    ...(target === undefined ? {} : { 'x-routing-model': visible(target) }),
    ...(decision ? { 'x-routing-attempts': String(attempts) } : {}),
    ...(lost.length > 0 ? { 'x-routing-lost': listed(lost.map(lostWords)) } : {}),
  };
}

/** One loss on one line. */
export function lostWords({ where, what }: Lost): string {
  return `${where}: ${what}`;
}

function whyLines(decision: Decision, target: string | undefined, attempts: number): readonly string[] {
  const [first = explainDecision(decision).headline, ...others] = decisiveLines(decision);
  const { outcome } = decision;
  const isFallback = attempts > 1 && outcome.kind === 'routed' && target !== undefined;
  const fallback = isFallback ? [`${outcome.target.target} failed, and ${target} is attempt ${attempts}.`] : [];
  const lines = [first, ...fallback, ...others];
  // One sentence is one; several are told as parts of one.
  return lines.map((line, index) => (index < lines.length - 1 ? line.replace(/\.$/, '') : line));
}

/** As many entries as fit, and how many more there are. */
function listed(entries: readonly string[]): string {
  const told: string[] = [];
  let length = 0;
  for (const entry of entries) {
    const text = visible(entry, told.length === 0 ? LONGEST - MORE_LENGTH : LONGEST_ENTRY);
    const isLast = told.length === entries.length - 1;
    if (length + text.length + SEPARATOR.length > LONGEST - (isLast ? 0 : MORE_LENGTH)) break;
    told.push(text);
    length += text.length + SEPARATOR.length;
  }
  const more = entries.length - told.length;
  return [...told, ...(more > 0 ? [`+${more} more`] : [])].join(SEPARATOR);
}

/** A text as a header’s value: visible ASCII on one line. Ids and reasons come from repositories, names from clients. */
function visible(text: string, longest = LONGEST): string {
  const plain = text
    .slice(0, longest * 2)
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[^\x20-\x7e]+/g, '?')
    .trim();
  return plain.length > longest ? `${plain.slice(0, longest - 3)}...` : plain;
}
