import type { Effort } from '../conversation.ts';
import { nearestEffort } from '../effort.ts';
import type { ThinkingConfig } from './wire.ts';

/**
 * What a Gemini model accepts beyond what all accept. Sources: the guides "Thinking", "Thought signatures" and "Function
 * calling" of the Gemini API, as read in November 2026.
 */
export interface ModelRules {
  readonly thinking:
    | { readonly kind: 'levels'; readonly levels: readonly Level[] }
    | { readonly kind: 'budgets'; readonly least: number; readonly most: number }
    | { readonly kind: 'none' };
  /** Refuses a call of a tool that stands there without its thought signature. */
  readonly wantsSignatures: boolean;
  /** Takes images within the result of a tool. */
  readonly imagesInResults: boolean;
}

type Level = Lowercase<NonNullable<ThinkingConfig['thinkingLevel']>>;

/** The rules of a model, by its id as any supplier spells it. A model that is not a Gemini has the older rules of all. */
export function modelRules(model: string): ModelRules {
  const match = /gemini-(?:(\d{1,2})(?:\.(\d{1,2}))?|[a-z-]*latest)/.exec(model);
  if (match === null) return { thinking: { kind: 'none' }, wantsSignatures: false, imagesInResults: false };
  // `gemini-flash-latest` has no number: it is the newest.
  const version = match[1] === undefined ? Number.POSITIVE_INFINITY : Number(match[1]) + Number(match[2] ?? 0) / 100;
  const flash = model.includes('flash');
  if (version >= 3) {
    const levels: readonly Level[] = flash
      ? ['minimal', 'low', 'medium', 'high']
      : version < 3.01
        ? ['low', 'high']
        : ['low', 'medium', 'high'];
    return { thinking: { kind: 'levels', levels }, wantsSignatures: true, imagesInResults: true };
  }
  const thinking: ModelRules['thinking'] =
    version < 2.05
      ? { kind: 'none' }
      : flash
        ? { kind: 'budgets', least: 0, most: 24_576 }
        : { kind: 'budgets', least: 128, most: 32_768 };
  return { thinking, wantsSignatures: false, imagesInResults: false };
}

const named = { minimal: 'MINIMAL', low: 'LOW', medium: 'MEDIUM', high: 'HIGH' } as const;

const budgetOf: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 512,
  low: 1_024,
  medium: 8_192,
  high: 24_576,
  max: 32_768,
};

/** The effort as the model is told of it; undefined where it cannot be told anything. */
export function writeEffort(effort: Effort, { thinking }: ModelRules): ThinkingConfig | undefined {
  switch (thinking.kind) {
    case 'levels': {
      const level = nearestEffort(effort, thinking.levels);
      return level === undefined ? undefined : { thinkingLevel: named[level] };
    }
    case 'budgets':
      return { thinkingBudget: Math.min(Math.max(budgetOf[effort], thinking.least), thinking.most) };
    case 'none':
      return undefined;
    default:
      return thinking satisfies never;
  }
}

/** What a client's level or budget of thinking means; undefined where it leaves it to the model. */
export function readEffort(level: unknown, budget: unknown): Effort | undefined {
  const word = typeof level === 'string' ? level.toLowerCase() : undefined;
  if (word === 'minimal' || word === 'low' || word === 'medium' || word === 'high') return word;
  if (typeof budget !== 'number' || !(budget >= 0)) return undefined;
  if (budget <= 128) return 'none';
  if (budget <= 512) return 'minimal';
  if (budget <= 4_096) return 'low';
  if (budget <= 16_384) return 'medium';
  return budget < 32_768 ? 'high' : 'max';
}
