import type { CacheControlEphemeral } from '@anthropic-ai/sdk/resources/messages/messages';
import type { Lost } from '../events.ts';

/** The most breakpoints that one request may have. */
const most = 4;

/** A block that a cache can end at. */
interface Cacheable {
  cache_control?: CacheControlEphemeral | null;
}

/** The blocks that ask for a breakpoint, in the order of the prompt: tools, then system, then messages. */
export class CacheBreakpoints {
  readonly #asked: { readonly block: Cacheable; readonly where: string }[] = [];

  /** Notes the block when `asked`, and gives it back. */
  note<Block extends Cacheable>(block: Block, asked: boolean | undefined, where: string): Block {
    if (asked === true) this.#asked.push({ block, where });
    return block;
  }

  /** Marks the last blocks that asked: a later breakpoint also finds what an earlier one has cached. */
  mark(lost: Lost[]): void {
    const kept = this.#asked.slice(-most);
    for (const { block } of kept) block.cache_control = { type: 'ephemeral' };
    for (const { where } of this.#asked.slice(0, -most)) {
      lost.push({ where, what: `a cache breakpoint beyond the last ${most}` });
    }
  }
}
