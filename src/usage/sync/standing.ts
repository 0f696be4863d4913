import type { OutboxCounts } from './outbox.ts';

/** What one process knows of whether it may send. All of it must be so, beside what the person has agreed to. */
export interface SyncGates {
  /** The workspace is trusted. */
  readonly trusted: boolean;
  /** The editor's own telemetry is on; in a process without an editor, what stands for that. */
  readonly telemetry: boolean;
  /** The setting of ours. */
  readonly enabled: boolean;
  /** The address of a collector of metrics, where one is set. */
  readonly otlp?: string | undefined;
}

/** Nothing may be sent. */
export const closedGates: SyncGates = { trusted: false, telemetry: false, enabled: false };

/** Why something is sent, or is not; the first that holds. */
export type SinkState =
  /** The ledger or the state folder cannot be used. */
  | 'unavailable'
  /** No team was joined, or no collector is set. */
  | 'nowhere'
  /** There is somewhere, and it cannot be used. */
  | 'unusable'
  | 'untrusted'
  | 'telemetry-off'
  | 'switched-off'
  /** The person was not asked yet. */
  | 'unasked'
  /** The person was asked, and did not agree. */
  | 'not-agreed'
  | 'paused'
  /** The last try failed; another will follow. */
  | 'failing'
  | 'sending';

/** Where sending to one place stands. */
export interface SinkStanding {
  readonly state: SinkState;
  /** Tells this place from any other: a person's answer about it has it. */
  readonly place?: string;
  /** The host. */
  readonly host?: string;
  /** The team's name. */
  readonly name?: string;
  /** An administrator has set it up. */
  readonly managed?: boolean;
  /** What is wrong, in a sentence. */
  readonly trouble?: string;
  /** Since when nothing could be sent, in milliseconds since the epoch. */
  readonly failingSince?: number;
  readonly counts: OutboxCounts;
  /** When something was sent last, in milliseconds since the epoch. */
  readonly lastSentAt?: number;
}

/** Where sending stands, in this process. */
export interface SyncStanding {
  readonly team: SinkStanding;
  readonly otlp: SinkStanding;
}

export const noCounts: OutboxCounts = { waiting: 0, sent: 0, dropped: 0, refused: {} };

/** Whether what is sent to one place is sent there, or why not, in a sentence. */
export function standingSentence({ state, host, trouble }: SinkStanding): string {
  const where = host ?? 'it';
  switch (state) {
    case 'unavailable':
      return trouble ?? 'Nothing is sent: usage is not written down, so there is nothing to send.';
    case 'nowhere':
      return 'Nothing is sent: no team was joined, and no collector is set.';
    case 'unusable':
      return `Nothing is sent: ${trouble ?? 'the team’s file cannot be used.'}`;
    case 'untrusted':
      return 'Nothing is sent from this window: its workspace is not trusted.';
    case 'telemetry-off':
      return 'Nothing is sent from this window: the editor’s telemetry is off, and that counts for everything.';
    case 'switched-off':
      return 'Nothing is sent: the setting "routingPolicy.sync.enabled" is off.';
    case 'unasked':
      return `Nothing is sent: you were not asked yet whether usage may go to ${where}.`;
    case 'not-agreed':
      return `Nothing is sent: you have not agreed that usage goes to ${where}. "Resume Sync" asks again.`;
    case 'paused':
      return 'Nothing is sent while it is paused. What happens meanwhile waits, for 30 days at most.';
    case 'failing':
      return `What was not sent yet waits: ${trouble ?? 'the last try failed'}`;
    case 'sending':
      return `Anonymous usage is sent to ${where}.`;
    default:
      return state satisfies never;
  }
}
