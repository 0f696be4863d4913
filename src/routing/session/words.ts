import type { Reason } from '../decision.ts';
import { formatUsd, spoken } from '../labels.ts';
import type { OverrideRefusal } from './override.ts';
import type { CacheCost } from './pin.ts';

/** The reasons that come from a session or a person's wish. */
export type SessionReason = Extract<
  Reason,
  { kind: 'escalated' | 'trial' | 'pinned' | 'switched' | 'overridden' | 'override-refused' }
>;

export function isSessionReason({ kind }: Reason): boolean {
  return SESSION_KINDS.has(kind);
}

const SESSION_KINDS: ReadonlySet<Reason['kind']> = new Set<SessionReason['kind']>([
  'escalated',
  'trial',
  'pinned',
  'switched',
  'overridden',
  'override-refused',
]);

const RETRIES = {
  repeated: 'the same was asked again',
  undone: 'the last edit was undone',
  'checks-failed': "the agent's own checks failed three times in a row",
} as const;

const PINNED_UNTIL = {
  turn: 'until this turn ends',
  'until-compaction': 'until the conversation is compacted',
  session: 'for the whole conversation',
} as const;

const SWITCHED = {
  larger: 'this work needs a larger model',
  budget: 'a budget says so',
  'not-available': 'it is not available for this request',
  'not-named': 'the policy does not name it any more',
  turn: 'the policy chooses anew each turn',
  compacted: 'the conversation was compacted',
  free: 'its cache is not worth staying for',
} as const;

/**
 * What is said of a session's part in a decision, in one sentence.
 *
 * @param removal words for why a target was taken away
 */
export function sessionWords(
  reason: SessionReason,
  removal: (refusal: Extract<OverrideRefusal, { kind: 'removed' }>) => string,
): string {
  switch (reason.kind) {
    case 'escalated':
      return `Escalated: ${RETRIES[reason.because]}.`;
    case 'trial': {
      const until = new Intl.DateTimeFormat('en-CA', { timeZone: 'UTC' }).format(reason.until);
      return `Trial ${spoken(reason.id)} until ${until}: this task is on the ${reason.arm === 'trial' ? 'trial' : 'control'} arm.`;
    }
    case 'pinned':
      return `Stays with ${spoken(reason.target)} ${PINNED_UNTIL[reason.until]}${costWords(reason, reason.instead)}.`;
    case 'switched':
      return `Switched from ${spoken(reason.from)}: ${SWITCHED[reason.because]}${costWords(reason, reason.to)}.`;
    case 'overridden': {
      const who = reason.by === 'person' ? 'You asked' : 'The client asked';
      return `${who} for ${spoken(reason.target)} instead of ${spoken(reason.instead)}${reason.reason === undefined ? '' : `: ${spoken(reason.reason)}`}.`;
    }
    case 'override-refused':
      return `${spoken(reason.target)} was asked for and is not used: ${refusalWords(reason.because, reason.layer, removal)}.`;
  }
}

function costWords({ cachedTokens, coldNanoUsd, warmNanoUsd }: CacheCost, target: string): string {
  if (cachedTokens === 0 || coldNanoUsd === undefined) return '';
  const warm = warmNanoUsd === undefined ? '' : `, ${formatUsd(warmNanoUsd)} from the cache`;
  return ` (its ${cachedTokens.toLocaleString('en')} tokens read anew by ${spoken(target)}: ${formatUsd(coldNanoUsd)}${warm})`;
}

/** Why an override is not followed, as the end of a sentence. */
export function refusalWords(
  because: OverrideRefusal,
  layer: string,
  removal: (refusal: Extract<OverrideRefusal, { kind: 'removed' }>) => string,
): string {
  const by = layer === '' ? 'the policy' : `the policy "${spoken(layer)}"`;
  switch (because.kind) {
    case 'forbidden':
      return `${by} allows no overrides`;
    case 'not-up':
      return `${by} lets people ask for a dearer model only`;
    case 'no-reason':
      return `${by} wants a reason. Use "Routing Policy: Override Route" to give one`;
    case 'used-up':
      return `${by} allows ${because.maxPerDay} a day, and they are used up`;
    case 'not-yours':
      return `${by} leaves overrides to ${because.who.map(spoken).join(', ')}`;
    case 'not-a-target':
      return 'there is no such target';
    case 'removed':
      return because.reason.kind === 'constraint'
        ? `it ${removal(because)}: ${spoken(because.reason.reason)}`
        : `it ${removal(because)}`;
  }
}
