import { deepestNesting } from '../nesting.ts';
import { type Fields, isFields } from '../untrusted.ts';

/** Names of Google's own in a schema that JSON Schema has not; they only order or show. */
const ownNames: ReadonlySet<string> = new Set(['nullable', 'propertyOrdering', 'property_ordering', 'example']);
/** Counts, which JSON for protocol buffers writes as text. */
const counts: ReadonlySet<string> = new Set([
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minProperties',
  'maxProperties',
]);

/**
 * A schema of Google's (`parameters`, `responseSchema`: a part of OpenAPI's 3.0, types in capitals) as JSON Schema.
 * What is nested deeper than anything sensible is left out.
 */
export function readSchema(schema: unknown, levels = deepestNesting): unknown {
  if (!isFields(schema) || levels === 0) return {};
  const read: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(schema)) {
    if (!ownNames.has(name) && name !== '__proto__') read[name] = readMember(name, value, levels - 1);
  }
  const { type } = read;
  if (schema['nullable'] === true && typeof type === 'string') read['type'] = [type, 'null'];
  return read;
}

function readMember(name: string, value: unknown, levels: number): unknown {
  if (name === 'type') return typeof value === 'string' ? value.toLowerCase() : value;
  if (name === 'properties') return isFields(value) ? readProperties(value, levels) : {};
  if (name === 'items') return readSchema(value, levels);
  if (name === 'anyOf' || name === 'any_of') {
    return Array.isArray(value) ? value.map((item) => readSchema(item, levels)) : [];
  }
  if (counts.has(name) && typeof value === 'string' && /^\d{1,15}$/.test(value)) return Number(value);
  return value;
}

function readProperties(properties: Fields, levels: number): Fields {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, readSchema(schema, levels)]));
}
