// What is published of the record that may leave a machine: its JSON Schema, VS Code's telemetry.json, and the fields for
// people. All of it is made from the one schema in src/usage/sync/event.ts.
import { z } from 'zod';
import { attemptEvent, batch, batchAnswer, outcomeEvent } from '../src/usage/sync/event.ts';
import { attemptWords, batchWords, outcomeWords } from '../src/usage/sync/eventWords.ts';

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
  readonly const?: unknown;
  readonly enum?: readonly string[];
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: string;
  readonly pattern?: string;
}

type Words = Readonly<Record<string, string>>;

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, Property>>;
  readonly required?: readonly string[];
}

/** The JSON Schema of a batch; the events, and the answer to a batch, stand among its definitions. */
export function usageEventSchema(): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Routing Policy: anonymous usage',
    description: 'The body of POST {endpoint}/v1/ingest. BatchAnswer is the body of its answer with status 200.',
    ...withWords(rooted(batch), batchWords),
    $defs: {
      AttemptEvent: withWords(rooted(attemptEvent), attemptWords),
      OutcomeEvent: withWords(rooted(outcomeEvent), outcomeWords),
      BatchAnswer: withWords(rooted(batchAnswer), batchWords),
    },
  };
}

export function describedEvents(): readonly DescribedEvent[] {
  return [
    { name: 'attempt', fields: fieldsOf(attemptEvent, attemptWords) },
    { name: 'outcome', fields: fieldsOf(outcomeEvent, outcomeWords) },
  ];
}

/** A schema's own object, wherever zod has put it. */
function rooted(schema: z.ZodObject): ObjectSchema {
  const { $ref, $defs, $schema: _, ...own } = z.toJSONSchema(schema, { io: 'input' });
  const named = $ref === undefined ? own : $defs?.[$ref.slice($ref.lastIndexOf('/') + 1)];
  const { id: _id, ...rest } = (named ?? own) as ObjectSchema & { readonly id?: string };
  return rest;
}

function withWords(schema: ObjectSchema, words: Words): ObjectSchema {
  const properties = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const description = words[name];
    return [name, description === undefined ? property : { description, ...property }] as const;
  });
  return { ...schema, properties: Object.fromEntries(properties) };
}

function fieldsOf(schema: z.ZodObject, words: Words): readonly EventField[] {
  const { properties = {}, required = [] } = rooted(schema);
  return Object.entries(properties).map(([name, property]) => ({
    name,
    description: words[name] ?? '',
    values: valuesOf(property),
    isMeasurement: property.type === 'integer',
    isOptional: !required.includes(name),
  }));
}

function valuesOf({ const: constant, enum: words, type, minimum, maximum, format, pattern = '' }: Property): string {
  if (constant !== undefined) return `always \`${String(constant)}\``;
  if (words !== undefined) return words.map((word) => `\`${word}\``).join(', ');
  if (type === 'integer') return `a whole number from ${minimum} to ${maximum?.toLocaleString('en-US')}`;
  if (format === 'uuid') return 'a UUID of version 7';
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
