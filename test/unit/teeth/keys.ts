// The keys of the policy language, read from its schema, so that a new one cannot be forgotten.
import { z } from 'zod';
import { policySchema, when } from '../../../src/policy/schema.ts';

/** Parts that stand in several places and are the same in each: their keys are told once, under this name. */
const shared: Readonly<Record<string, string>> = { When: 'When', Target: 'Target' };

/**
 * Each key of the schema by its path, `*` for any item or name; where a key takes one of a few words, each word as
 * `path: word`. What several places share is told under its own name: `When.kind: chat`, `Target.effort: low`.
 */
export function schemaKeys(): readonly string[] {
  const keys = new Set<string>();
  const entered = new Set<string>();
  const visit = (schema: z.core.$ZodType, path: string): void => {
    const name = nameOf(schema);
    const own = name === undefined ? undefined : shared[name];
    const isRoot = own !== undefined && !entered.has(own);
    if (own !== undefined) entered.add(own);
    if (own !== undefined && path !== own) {
      if (isRoot) visit(schema, own);
      return;
    }
    if (schema instanceof z.ZodOptional || schema instanceof z.ZodLazy) visit(schema.unwrap(), path);
    else if (schema instanceof z.ZodUnion) for (const option of schema.options) visit(option, path);
    else if (schema instanceof z.ZodArray) visit(schema.element, path);
    else if (schema instanceof z.ZodRecord) visit(schema.valueType, `${path}.*`);
    else if (schema instanceof z.ZodEnum) for (const word of schema.options) keys.add(`${path}: ${String(word)}`);
    else if (schema instanceof z.ZodObject) {
      for (const [key, child] of Object.entries<z.core.$ZodType>(schema.shape)) {
        const place = path === '' ? key : `${path}.${key}`;
        const before = keys.size;
        visit(child, place);
        // A key that is one of a few words, or a group of keys, is told by them.
        if (![...keys].slice(before).some((found) => found.startsWith(place)) || takesMore(child)) keys.add(place);
      }
    }
  };
  visit(policySchema, '');
  visit(when, 'When');
  return [...keys].sort();
}

function nameOf(schema: z.core.$ZodType): string | undefined {
  // Conditions are the one part that contains itself; each place describes them in its own words.
  if (schema instanceof z.ZodLazy) return 'When';
  const id = z.globalRegistry.get(schema)?.id;
  return typeof id === 'string' ? id : undefined;
}

/** Whether a key takes something beside words and groups: a text, a number, or one of the shared parts. */
function takesMore(schema: z.core.$ZodType): boolean {
  if (schema instanceof z.ZodOptional) return takesMore(schema.unwrap());
  if (schema instanceof z.ZodUnion) return schema.options.some(takesMore);
  if (schema instanceof z.ZodArray) return takesMore(schema.element);
  return !(schema instanceof z.ZodEnum || schema instanceof z.ZodObject || schema instanceof z.ZodRecord);
}
