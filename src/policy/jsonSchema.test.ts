import { expect, it } from 'vitest';
import { policyJsonSchema } from './jsonSchema.ts';
import { limits } from './schema.ts';

type SchemaNode = { readonly [key: string]: unknown };

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

it('the JSON Schema has the limits that an editor can check', () => {
  const schema = policyJsonSchema() as unknown as SchemaNode;
  const part = (...path: string[]): SchemaNode | undefined =>
    path.reduce<SchemaNode | undefined>((node, key) => node?.[key] as SchemaNode | undefined, schema);
  const when = ['$defs', 'When', 'properties'];
  expect({
    constraints: part('properties', 'constraints')?.['maxItems'],
    budgets: part('properties', 'budgets')?.['maxItems'],
    tests: part('properties', 'tests')?.['maxItems'],
    gates: part('properties', 'review')?.['maxProperties'],
    aliases: part('properties', 'models')?.['maxProperties'],
    globs: part('$defs', 'Globs')?.['maxItems'],
    glob: part('$defs', 'Globs', 'items')?.['maxLength'],
    clients: part(...when, 'client')?.['maxItems'],
    keywords: part(...when, 'keywords')?.['maxItems'],
    keyword: part(...when, 'keywords', 'items')?.['maxLength'],
    target: part('$defs', 'Target', 'anyOf', '0')?.['maxLength'],
    reason: part('$defs', 'Constraint', 'properties', 'reason')?.['maxLength'],
    id: part('$defs', 'Constraint', 'properties', 'id')?.['maxLength'],
  }).toEqual({
    constraints: limits.constraints,
    budgets: limits.budgets,
    tests: limits.tests,
    gates: limits.gates,
    aliases: limits.aliases,
    globs: limits.globs,
    glob: limits.globCharacters,
    clients: limits.conditionItems,
    keywords: limits.conditionItems,
    keyword: limits.keywordCharacters,
    target: limits.targetCharacters,
    reason: limits.stringCharacters,
    id: limits.idCharacters,
  });
  // What a keyword says for people survives its limit.
  expect(part(...when, 'keywords')?.['description']).toMatch(/Preferences only/);
});
