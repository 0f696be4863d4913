import { type Fields, fieldsOf, isFields, listOf } from './untrusted.ts';

/** What every maker takes of a schema that is to be obeyed to the letter. */
const PLAIN = new Set([
  'type',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'enum',
  'const',
  'anyOf',
  'title',
  'description',
]);

/**
 * Whether OpenAI's models can be held to a schema: each object names all its properties as required and admits no others
 * (https://platform.openai.com/docs/guides/structured-outputs). A request with one that is otherwise is refused.
 *
 * @param schema nested as deep as a request may be
 */
export function isClosedSchema(schema: unknown): boolean {
  return everySchema(schema, (node) => {
    const properties = fieldsOf(node['properties']);
    if (node['type'] !== 'object' && !isFields(node['properties'])) return true;
    const required = new Set(listOf(node['required']));
    return node['additionalProperties'] === false && Object.keys(properties).every((name) => required.has(name));
  });
}

/** Whether any maker's models can be held to a schema: it is closed, and says nothing that only some understand. */
export function isPlainSchema(schema: unknown): boolean {
  return isClosedSchema(schema) && everySchema(schema, (node) => Object.keys(node).every((name) => PLAIN.has(name)));
}

function everySchema(schema: unknown, holds: (node: Fields) => boolean): boolean {
  if (!isFields(schema)) return true;
  const inner = [
    ...Object.values(fieldsOf(schema['properties'])),
    ...Object.values(fieldsOf(schema['$defs'])),
    ...Object.values(fieldsOf(schema['definitions'])),
    ...listOf(schema['anyOf']),
    ...listOf(schema['items']),
    schema['items'],
  ];
  return holds(schema) && inner.every((one) => everySchema(one, holds));
}
