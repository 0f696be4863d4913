import type { Usage } from '../models/model.ts';
import type { StopReason } from './conversation.ts';

/**
 * One neutral stream of an answer. `started` is a lifecycle frame and not content; a stream ends with exactly one
 * `finished` or with a thrown {@link ../providers/failure!ProviderFailure}: a cut is never a clean end.
 */
export type ChatEvent =
  | { readonly kind: 'started'; readonly servedModel?: string; readonly responseId?: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'thinking'; readonly text: string; readonly id?: string }
  | { readonly kind: 'thinking-ended'; readonly id?: string; readonly signature?: string; readonly sealed?: string }
  | { readonly kind: 'tool-call-started'; readonly index: number; readonly callId: string; readonly name: string }
  | { readonly kind: 'tool-call-delta'; readonly index: number; readonly arguments: string }
  | {
      readonly kind: 'tool-call';
      readonly index: number;
      readonly callId: string;
      readonly name: string /** JSON text. */;
      readonly arguments: string;
    }
  | { readonly kind: 'usage'; readonly usage: Usage }
  | { readonly kind: 'finished'; readonly reason: StopReason };

/** Something that a dialect could not carry, for `x-routing-lost` and the log. */
export interface Lost {
  /** Where it stood, as a path: `messages[2].document`. */
  readonly where: string;
  readonly what: string;
}
