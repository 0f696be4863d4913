import type { UsageEvent } from '../../usage/sync/event.ts';

/** An event of a team that fits the record and may be written down. */
export interface IncomingEvent {
  readonly teamId: number;
  /** `2026-11-23`. */
  readonly day: string;
  readonly event: UsageEvent;
}

/** A column of `usage_events`, and what of an event stands in it; undefined is null. */
interface EventColumn {
  readonly name: string;
  readonly type: 'integer' | 'smallint' | 'bigint' | 'boolean' | 'text' | 'uuid' | 'date' | 'timestamptz' | 'jsonb';
  of(incoming: IncomingEvent): string | number | boolean | undefined;
}

type Field = Exclude<keyof (UsageEvent & { event: 'attempt' }) | keyof (UsageEvent & { event: 'outcome' }), 'labels'>;

/** A field of either kind of event as it is; an event of the other kind has null. */
function field(name: string, type: EventColumn['type'], key: Field): EventColumn {
  return { name, type, of: ({ event }) => (event as Readonly<Record<Field, string | number | undefined>>)[key] };
}

/** Every column of an event but its organisation's, in the order in which they are handed to the database. */
export const eventColumns: readonly EventColumn[] = [
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

/**
 * Events as one array for each column, in PostgreSQL's notation: a third of the work that JSON is for it, and half of what the
 * driver's own arrays are for us. What one installation sends is much the same from event to event, so that an element which
 * repeats the one before is not written anew.
 */
export function columnArrays(incoming: readonly IncomingEvent[]): readonly string[] {
  return eventColumns.map(({ of }) => {
    let written = '{';
    let comma = '';
    let before: ReturnType<EventColumn['of']>;
    let asBefore = 'NULL';
    for (const one of incoming) {
      const value = of(one);
      if (value !== before) {
        before = value;
        asBefore = element(value);
      }
      written += comma + asBefore;
      comma = ',';
    }
    return `${written}}`;
  });
}

/** Texts always in quotes: the word null is a name like any other. */
function element(value: string | number | boolean | undefined): string {
  if (value === undefined) return 'NULL';
  if (typeof value !== 'string') return String(value);
  const isPlain = !(value.includes('"') || value.includes('\\'));
  return `"${isPlain ? value : value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
