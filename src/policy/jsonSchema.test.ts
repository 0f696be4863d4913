import { expect, it } from 'vitest';
import { policyJsonSchema } from './jsonSchema.ts';

it('the JSON Schema names its parts, and each reference leads to one of them', () => {
  const schema = policyJsonSchema();
  const text = JSON.stringify(schema);
  const definitions = Object.keys(schema['$defs'] as object);
  const references = [...text.matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)].map((match) => match[1]);
  expect([...new Set(references)].sort()).toEqual([...definitions].sort());
  expect(definitions).toEqual(expect.arrayContaining(['When', 'Targets', 'ClassOfWork', 'Constraint', 'Budget']));
});

it('the JSON Schema refuses unknown keys wherever an object has keys of its own', () => {
  const open: unknown[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { properties, additionalProperties } = node as Record<string, unknown>;
    if (properties !== undefined && additionalProperties !== false) open.push(node);
    for (const [key, child] of Object.entries(node)) if (key !== 'properties') visit(child);
    for (const child of Object.values((properties ?? {}) as object)) visit(child);
  };
  visit(policyJsonSchema());
  expect(open).toEqual([]);
});

it('the JSON Schema describes each top-level key', () => {
  const properties = policyJsonSchema()['properties'] as Record<string, { description?: string; $ref?: string }>;
  const silent = Object.entries(properties).filter(([, { description }]) => description === undefined);
  expect(silent.map(([key]) => key)).toEqual([]);
});
