import { ratesFor } from '../models/cost.ts';
import type { Price } from '../models/model.ts';

/** A cost in nano-dollars as a range. */
export interface CostRange {
  readonly lowNanoUsd: number;
  readonly highNanoUsd: number;
}

/** What a task is taken to need, in tokens. */
export interface TaskSize {
  /** Requests until it is done. */
  readonly turns: number;
  /** What each request carries on average. */
  readonly contextTokens: number;
  /** What is read for the first time, over all requests. */
  readonly newTokens: number;
  readonly outputTokens: number;
}

/**
 * The assumption behind every cost of `simulate`, made from a commit's size alone. It is no measurement: what an agent
 * really takes for a change differs by a factor of several, so compare lines of one table with each other.
 */
export const assumption = {
  /** Turns: so many, and more for each file and for each so many changed lines; no more than the most. */
  turns: 4,
  turnsPerFile: 2,
  linesPerTurn: 50,
  mostTurns: 40,
  /** Tokens: instructions and tools, and what is read of each file. */
  instructionTokens: 8_000,
  tokensPerFile: 1_500,
  /** Tokens written in each turn, and for each changed line. */
  outputPerTurn: 200,
  outputPerLine: 15,
} as const;

/** {@link assumption} in words, printed with each result. */
export const assumptionWords =
  `A task takes ${assumption.turns} turns, ${assumption.turnsPerFile} more per file and 1 more per ${assumption.linesPerTurn} changed lines (at most ${assumption.mostTurns}); ` +
  `it reads ${assumption.instructionTokens.toLocaleString('en-US')} tokens of instructions and ${assumption.tokensPerFile.toLocaleString('en-US')} per file, ` +
  `and writes ${assumption.outputPerTurn} per turn and ${assumption.outputPerLine} per changed line. ` +
  'Low: what was sent before is read from the cache. High: nothing is cached.';

export function taskSize(files: number, lines: number): TaskSize {
  const wanted = assumption.turns + assumption.turnsPerFile * files + lines / assumption.linesPerTurn;
  const turns = Math.min(assumption.mostTurns, Math.round(wanted));
  const read = assumption.instructionTokens + assumption.tokensPerFile * Math.min(files, assumption.mostTurns);
  const outputTokens = assumption.outputPerTurn * turns + assumption.outputPerLine * lines;
  // The conversation grows evenly from what was read to all that was written.
  return { turns, contextTokens: Math.round(read + outputTokens / 2), newTokens: read + outputTokens, outputTokens };
}

/** What such a task costs at a price. */
export function costOfTask({ turns, contextTokens, newTokens, outputTokens }: TaskSize, price: Price): CostRange {
  const rates = ratesFor(price, contextTokens);
  const sent = turns * contextTokens;
  const written = outputTokens * rates.output;
  const again = Math.max(0, sent - newTokens);
  return {
    lowNanoUsd: Math.floor(newTokens * rates.input + again * Math.min(rates.cacheRead, rates.input) + written),
    highNanoUsd: Math.ceil(Math.max(sent, newTokens) * Math.max(rates.input, rates.cacheWrite) + written),
  };
}
