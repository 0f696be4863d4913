import { createHash } from 'node:crypto';
import type { Segment } from './prompt.ts';

/** Tokens as a simulated provider counts them; the three input kinds do not overlap. */
export interface Tokens {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly reasoning: number;
}

/** A quarter of a token per character, rounded up: rough, and the same every time. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/** Prompts shorter than this are not cached, in tokens, as with the providers that are imitated. */
const smallestCached = 1024;

export interface PromptCache {
  /**
   * Counts a prompt's input tokens and remembers it. `automatic`: the whole prompt is remembered and nothing is
   * reported as written, as OpenAI does it; else up to the last breakpoint, as Anthropic does it.
   */
  count(segments: readonly Segment[], automatic: boolean): Pick<Tokens, 'input' | 'cacheRead' | 'cacheWrite'>;
}

export function createPromptCache(): PromptCache {
  const seen = new Set<string>();
  return {
    count: (segments, automatic) => {
      const last = automatic ? segments.length - 1 : segments.findLastIndex((segment) => segment.breakpoint);
      const hash = createHash('sha256');
      let total = 0;
      let read = 0;
      let cacheable = 0;
      segments.forEach((segment, index) => {
        total += countTokens(segment.text);
        if (index > last) return;
        cacheable = total;
        hash.update(`${segment.text.length}:${segment.text}`);
        const prefix = hash.copy().digest('hex');
        if (seen.has(prefix) && total >= smallestCached) read = total;
        if (total >= smallestCached) seen.add(prefix);
      });
      const written = automatic || cacheable < smallestCached ? 0 : cacheable - read;
      return { input: total - read - written, cacheRead: read, cacheWrite: written };
    },
  };
}
