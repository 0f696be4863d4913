/** How a model fills in the middle of a file: by an endpoint made for it, by a prompt with a marked hole, or not at all. */
export type CompletionSkill = 'fim' | 'prompted' | 'none';

/** What is known about a model, whoever serves it. */
export interface ModelRecord {
  /** The id in our catalogue, with dashes: `claude-haiku-5-5`. */
  readonly id: string;
  /** Who trained it: `anthropic`, `openai`, `google`, `microsoft`, `mistral`, … */
  readonly maker: string;
  readonly name: string;
  /** Input plus output, in tokens. */
  readonly contextTokens?: number;
  readonly maxOutputTokens?: number;
  readonly tools: boolean;
  readonly images: boolean;
  readonly thinking: boolean;
  readonly chat: boolean;
  readonly completion: CompletionSkill;
  /** Set when it can no longer be had, with what to use instead. */
  readonly retired?: { readonly since?: string; readonly successor?: string };
  /** Set when it can still be had but its maker has a newer one of the same kind. */
  readonly superseded?: { readonly successor: string };
  readonly source: string;
  /** The day on which the facts were read: `2026-11-10`. */
  readonly asOf: string;
}

/** Where a price comes from; earlier ones win over later ones. */
export type PriceSource = 'user' | 'policy' | 'team' | 'overlay' | 'genai-prices' | 'simulated' | 'local';

/** Nano-dollars per token (one US dollar per million tokens is 1,000). May be a fraction. */
export interface TokenRates {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  /** Writing to a cache that is kept for an hour; left out: as `cacheWrite`. */
  readonly longCacheWrite?: number;
}

export interface Price {
  readonly rates: TokenRates;
  /** Rates that apply to the whole request when its input is larger than `aboveTokens`; ascending. */
  readonly tiers: readonly { readonly aboveTokens: number; readonly rates: TokenRates }[];
  readonly source: PriceSource;
  /** The version of the source, where it has one. */
  readonly version?: string;
  readonly asOf: string;
}

/** Tokens of one attempt, normalised at the edge: the four input kinds do not overlap. */
export interface Usage {
  /** Input tokens that were neither read from nor written to a cache. */
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  /** Input tokens written to a cache, whatever their lifetime. */
  readonly cacheWriteTokens: number;
  /** The part of `cacheWriteTokens` that is kept for an hour instead of minutes, which costs more; left out: none. */
  readonly longCacheWriteTokens?: number;
  /** Output tokens, reasoning included. */
  readonly outputTokens: number;
  /** The part of `outputTokens` that was reasoning, where the provider says. */
  readonly reasoningTokens?: number;
  /** True when the provider did not report it and we counted. */
  readonly estimated: boolean;
  /** Served at a speed or on a tier that has a price of its own, which is not known: not the list price. */
  readonly otherPrice?: true;
}
