import type { Lost } from '../chat/events.ts';
import type { Decision } from '../routing/decision.ts';
import { explainDecision } from '../routing/explain.ts';

const LONGEST = 500;

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
  const why = decision && explainDecision(decision);
  return {
    ...(decision && why
      ? {
          'x-routing-class': visible(decision.class),
          'x-routing-policy': visible(decision.policyHash),
          'x-routing-why': visible(why.lines[0] ?? why.headline),
        }
      : {}),
    ...(target === undefined ? {} : { 'x-routing-model': visible(target) }),
    ...(decision ? { 'x-routing-attempts': String(attempts) } : {}),
    ...(lost.length > 0
      ? { 'x-routing-lost': visible(lost.map(({ where, what }) => `${where}: ${what}`).join('; ')) }
      : {}),
  };
}

/** A text as a header’s value: visible ASCII on one line. Ids and reasons come from repositories, names from clients. */
function visible(text: string): string {
  const plain = text
    .slice(0, LONGEST * 2)
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[^\x20-\x7e]+/g, '?')
    .trim();
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST - 3)}...` : plain;
}
