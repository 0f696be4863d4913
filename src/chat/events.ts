import type { Usage } from '../models/model.ts';
import type { StopReason } from './conversation.ts';

/**
 * One neutral stream of an answer. `started` is a lifecycle frame and not content; a stream ends with exactly one
 * `finished` or with a thrown fault (`./fault.ts` here, a `ProviderFailure` further up): a cut is never a clean end.
 * A later `usage` replaces an earlier one; the first may come with the first frame, so that an answer that is cut off or
 * given up still has a cost. A call that the model did not finish writing has pieces but no `tool-call`.
 */
export type ChatEvent =
  | { readonly kind: 'started'; readonly servedModel?: string; readonly responseId?: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'thinking'; readonly text: string; readonly id?: string }
  | {
      readonly kind: 'thinking-ended';
      readonly id?: string;
      readonly signature?: string;
      readonly sealed?: string;
      /** Whose thinking it was, added by the router: a signature is only good for the same model. */
      readonly maker?: string;
      readonly model?: string;
    }
  | {
      readonly kind: 'tool-call-started';
      readonly index: number;
      readonly callId: string;
      readonly name: string;
      readonly custom?: boolean;
      readonly namespace?: string;
    }
  | { readonly kind: 'tool-call-delta'; readonly index: number; readonly arguments: string }
  | {
      readonly kind: 'tool-call';
      readonly index: number;
      readonly callId: string;
      readonly name: string;
      /** JSON text, as the model wrote it: check it before use. Of a custom tool, its plain input. */
      readonly arguments: string;
      readonly custom?: boolean;
      readonly namespace?: string;
    }
  | { readonly kind: 'usage'; readonly usage: Usage }
  | { readonly kind: 'finished'; readonly reason: StopReason };

/** Something that a dialect could not carry, for `x-routing-lost` and the log. */
export interface Lost {
  /** Where it stood, as a path: `messages[2].document`. */
  readonly where: string;
  readonly what: string;
}
