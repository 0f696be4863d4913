import type { LastSent, Sink } from '../usage/sync/outbox.ts';
import type { SinkStanding, SyncStanding } from '../usage/sync/standing.ts';

/** What the extension and the router's process say to each other about what is sent from this machine. */

export type { Sink, SinkStanding, SyncStanding };

/** A place's standing with the sentence that people read. */
export interface ToldStanding extends SinkStanding {
  readonly sentence: string;
}

/** Both places, each with its sentence. */
export interface ToldSync {
  readonly team: ToldStanding;
  readonly otlp: ToldStanding;
}

export interface SinkParams {
  readonly sink: Sink;
  /** The place that people are shown, as {@link SinkStanding} has it: what they say is about no other one. */
  readonly place: string;
}

export interface AnswerParams extends SinkParams {
  readonly agreed: boolean;
}

export interface LinkParams {
  /** It has a token in it: it goes into no log. */
  readonly link: string;
}

export interface JoinParams extends LinkParams {
  /** Whether the person who was asked wants usage to be sent there; left out: nobody was asked yet. */
  readonly agreed?: boolean;
}

/** What was joined. */
export type JoinResult =
  | { readonly kind: 'joined'; readonly standing: ToldStanding }
  | { readonly kind: 'unusable'; readonly reason: string };

/** What a link would join; what is wrong with it, in a sentence. */
export type LinkResult =
  | { readonly kind: 'team'; readonly host: string; readonly name?: string | undefined }
  | { readonly kind: 'unusable'; readonly reason: string };

/** What is sent to a place, byte for byte. */
export interface SentTexts {
  readonly sink: Sink;
  readonly standing: ToldStanding;
  readonly next: string | null;
  readonly example: string | null;
  readonly last: LastSent | null;
}

/** Requests from the extension to the router. */
export const syncToRouter = {
  standing: 'routing/sync/standing',
  /** Whether this window is to ask. */
  claimQuestion: 'routing/sync/claimQuestion',
  answer: 'routing/sync/answer',
  pause: 'routing/sync/pause',
  deleteUnsent: 'routing/sync/deleteUnsent',
  describe: 'routing/sync/describe',
  join: 'routing/sync/join',
  leave: 'routing/sync/leave',
  show: 'routing/sync/show',
} as const;

/** A notification from the router: a {@link ToldSync}. */
export const syncChanged = 'routing/sync/changed';
