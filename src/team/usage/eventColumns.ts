import type { UsageEvent } from '../../usage/sync/event.ts';
import type { Column } from './relation.ts';

/** An event of a team that fits the record and may be written down. */
export interface IncomingEvent {
  readonly teamId: number;
  /** `2026-11-23`. */
  readonly day: string;
  readonly event: UsageEvent;
}

type Field = Exclude<keyof (UsageEvent & { event: 'attempt' }) | keyof (UsageEvent & { event: 'outcome' }), 'labels'>;

/** A field of either kind of event as it is; an event of the other kind has null. */
function field(name: string, type: Column<IncomingEvent>['type'], key: Field): Column<IncomingEvent> {
  return { name, type, of: ({ event }) => (event as Readonly<Record<Field, string | number | undefined>>)[key] };
}

/** Every column of an event but its organisation's, in the order in which they are handed to the database. */
export const eventColumns: readonly Column<IncomingEvent>[] = [
  { name: 'team_id', type: 'integer', of: ({ teamId }) => teamId },
  { name: 'day', type: 'date', of: ({ day }) => day },
  field('id', 'uuid', 'id'),
  field('event', 'text', 'event'),
  field('at', 'timestamptz', 'hour'),
  field('person', 'text', 'person'),
  field('surface', 'text', 'surface'),
  field('kind', 'text', 'kind'),
  field('class', 'text', 'class'),
  field('policy', 'text', 'policy'),
  field('provider', 'text', 'provider'),
  field('model', 'text', 'model'),
  field('trial', 'text', 'trial'),
  field('arm', 'text', 'arm'),
  { name: 'labels', type: 'jsonb', of: ({ event }) => (event.labels ? JSON.stringify(event.labels) : undefined) },
  { name: 'simulated', type: 'boolean', of: ({ event }) => event.simulated === true },
  field('task', 'text', 'task'),
  field('outcome', 'text', 'outcome'),
  field('rule', 'text', 'rule'),
  field('place', 'smallint', 'place'),
  field('asked', 'text', 'asked'),
  field('failed_provider', 'text', 'failedProvider'),
  field('failed_model', 'text', 'failedModel'),
  field('client', 'text', 'client'),
  field('overridden', 'text', 'overridden'),
  field('failure', 'text', 'failure'),
  field('input_tokens', 'integer', 'inputTokens'),
  field('cache_read_tokens', 'integer', 'cacheReadTokens'),
  field('cache_write_tokens', 'integer', 'cacheWriteTokens'),
  field('output_tokens', 'integer', 'outputTokens'),
  field('reasoning_tokens', 'integer', 'reasoningTokens'),
  { name: 'estimated', type: 'boolean', of: ({ event }) => event.event === 'attempt' && event.estimated === true },
  field('cost_nano_usd', 'bigint', 'costNanoUsd'),
  field('price', 'text', 'price'),
  field('billing', 'text', 'billing'),
  field('billed_nano_usd', 'bigint', 'billedNanoUsd'),
  field('latency_ms', 'integer', 'latencyMs'),
  field('first_token_ms', 'integer', 'firstTokenMs'),
  field('revision', 'smallint', 'revision'),
  field('previous', 'text', 'previous'),
  field('survival', 'smallint', 'survival'),
];
