// What is published of the record that may leave a machine: its JSON Schema, VS Code's telemetry.json, and the fields for
// people. All of it is made from the one schema in src/usage/sync/event.ts.
import { z } from 'zod';
import { attemptEvent, batch, batchAnswer, outcomeEvent } from '../src/usage/sync/event.ts';

/** One field of an event. */
export interface EventField {
  readonly name: string;
  readonly description: string;
  /** What it may be, in words. */
  readonly values: string;
  readonly isMeasurement: boolean;
  readonly isOptional: boolean;
}

export interface DescribedEvent {
  readonly name: string;
  readonly fields: readonly EventField[];
}

interface Property {
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly string[];
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: string;
  readonly pattern?: string;
}

/** The JSON Schema of a batch; one event, and the answer to a batch, stand among its definitions. */
export function usageEventSchema(): object {
  const answer = z.toJSONSchema(batchAnswer, { io: 'input' });
  const whole = z.toJSONSchema(batch);
  const { $schema: _, $defs: answers, ...rest } = answer;
  return {
    $schema: whole.$schema,
    title: 'Routing Policy: anonymous usage',
    description: 'The body of POST {endpoint}/v1/ingest. BatchAnswer is the body of its answer with status 200.',
    ...whole,
    $defs: { ...whole.$defs, BatchAnswer: answers?.['BatchAnswer'] ?? rest },
  };
}

export function describedEvents(): readonly DescribedEvent[] {
  return [
    { name: 'attempt', fields: fieldsOf(attemptEvent) },
    { name: 'outcome', fields: fieldsOf(outcomeEvent) },
  ];
}

function fieldsOf(schema: z.ZodObject): readonly EventField[] {
  const json = z.toJSONSchema(schema) as {
    readonly $ref?: string;
    readonly $defs?: Readonly<Record<string, object>>;
    readonly properties?: Readonly<Record<string, Property>>;
    readonly required?: readonly string[];
  };
  const named = json.$ref === undefined ? json : json.$defs?.[json.$ref.slice(json.$ref.lastIndexOf('/') + 1)];
  const { properties = {}, required = [] } = (named ?? {}) as typeof json;
  return Object.entries(properties).map(([name, property]) => ({
    name,
    description: property.description ?? '',
    values: valuesOf(property),
    isMeasurement: property.type === 'integer',
    isOptional: !required.includes(name),
  }));
}

function valuesOf({ const: constant, enum: words, type, minimum, maximum, format, pattern = '' }: Property): string {
  if (constant !== undefined) return `always \`${String(constant)}\``;
  if (words !== undefined) return words.map((word) => `\`${word}\``).join(', ');
  if (type === 'integer') return `a whole number from ${minimum} to ${maximum?.toLocaleString('en-US')}`;
  if (format === 'uuid') return 'a random id';
  if (pattern.includes('{16}')) return '16 characters of a keyed hash';
  if (pattern.includes('{1,16}')) return '16 characters of a hash';
  if (pattern.includes(':00Z')) return 'an hour: `2026-11-23T14:00Z`';
  if (type === 'object') return 'at most 8 short names';
  return 'a name that the policy declares or that is known, else `other`';
}

/** In the form that VS Code collects from extensions: https://code.visualstudio.com/api/extension-guides/telemetry */
export function telemetryJson(): object {
  const events = describedEvents().map(({ name, fields }) => [
    `routing-policy/${name}`,
    Object.fromEntries(
      fields.map(({ name: field, description, isMeasurement }) => [
        field,
        {
          classification: ['person', 'task', 'id'].includes(field)
            ? 'EndUserPseudonymizedInformation'
            : 'SystemMetaData',
          purpose: 'FeatureInsight',
          comment: description,
          ...(isMeasurement ? { isMeasurement: true } : {}),
        },
      ]),
    ),
  ]);
  return { events: Object.fromEntries(events), commonProperties: {} };
}
