import type { Effort } from '../conversation.ts';

/**
 * What a Claude model accepts beyond what all accept. The API answers 400 to the rest, so what is not known is not sent.
 * Sources: Anthropic's "What's new" and migration guides for Opus, Sonnet and Haiku 5.5, Opus 5 and 4.6 to 4.8, and the
 * parameter notes in its SDK 1.12, as read in November 2026.
 */
export interface ModelRules {
  /** The levels of `output_config.effort`; empty when the model has none. */
  readonly efforts: readonly ('low' | 'medium' | 'high' | 'max')[];
  /** Thinking of type `adaptive`: always there, only when asked for, or unknown to the model. */
  readonly adaptive: 'by-default' | 'on-request' | 'no';
  /** The type of thinking that switches it off; undefined where nothing does or nothing is needed. */
  readonly off: 'disabled' | 'between_tools' | undefined;
  /** A tool call can be demanded: always, only with thinking switched off, or never. */
  readonly forcedTools: 'yes' | 'without-thinking' | 'no';
  /** Takes temperature and top_p (under the API version that still has them). */
  readonly sampling: boolean;
}

const allEfforts = ['low', 'medium', 'high', 'max'] as const satisfies readonly Effort[];

const unknownModel: ModelRules = { efforts: [], adaptive: 'no', off: undefined, forcedTools: 'yes', sampling: true };

const claude = /claude-(opus|sonnet|haiku|fable|mythos)-(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/;

/** `opus`, `sonnet` and so on, or undefined for a model that is not known to be one of Claude's. */
export function claudeFamily(model: string): string | undefined {
  return claude.exec(model)?.[1] ?? /claude-(?:\d[\d.-]*-)?(opus|sonnet|haiku|instant)/.exec(model)?.[1];
}

/** The rules of a model, by its id as any supplier spells it. A model that is not Claude's has the older rules of all. */
export function modelRules(model: string): ModelRules {
  const match = claude.exec(model);
  const family = match?.[1];
  if (match === null || family === undefined) return unknownModel;
  const version = Number(match[2]) + Number(match[3] ?? 0) / 100;

  if (family === 'fable' || family === 'mythos' || version >= 5.05) {
    return {
      efforts: allEfforts,
      adaptive: 'by-default',
      off: family === 'sonnet' ? 'between_tools' : family === 'haiku' ? 'disabled' : undefined,
      forcedTools: family === 'haiku' ? 'without-thinking' : 'no',
      sampling: false,
    };
  }
  if (version >= 5) {
    return {
      efforts: allEfforts,
      adaptive: 'by-default',
      off: 'disabled',
      forcedTools: 'without-thinking',
      sampling: false,
    };
  }
  if (version >= 4.06) {
    return {
      efforts: allEfforts,
      adaptive: 'on-request',
      off: undefined,
      forcedTools: 'without-thinking',
      sampling: version < 4.07,
    };
  }
  const efforts = family === 'opus' && version >= 4.05 ? (['low', 'medium', 'high'] as const) : [];
  return { efforts, adaptive: 'no', off: undefined, forcedTools: 'yes', sampling: true };
}
