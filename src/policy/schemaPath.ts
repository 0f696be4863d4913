import * as z from 'zod';
import type { DocumentPath } from './document.ts';
import { policySchema } from './schema.ts';

/** The alternatives that the schema allows at a path: several where it has a choice, none where nothing may stand. */
export function schemasAt(path: DocumentPath): readonly z.core.$ZodType[] {
  let schemas = alternatives(policySchema);
  for (const step of path) schemas = schemas.flatMap((schema) => childSchemas(schema, step)).flatMap(alternatives);
  return schemas;
}

/** A key that an object may have. */
export interface AllowedKey {
  readonly key: string;
  readonly description?: string;
  readonly required: boolean;
}

/** The keys that an object at this path may have, in the order of the schema; for completion and "did you mean". */
export function keysAt(path: DocumentPath): readonly AllowedKey[] {
  const keys = new Map<string, AllowedKey>();
  for (const schema of schemasAt(path)) {
    if (!(schema instanceof z.ZodObject)) continue;
    for (const [key, value] of Object.entries<z.core.$ZodType>(schema.shape)) {
      if (keys.has(key)) continue;
      const description = descriptionOf(value);
      const required = !(value instanceof z.ZodOptional);
      keys.set(key, { key, required, ...(description === undefined ? {} : { description }) });
    }
  }
  return [...keys.values()];
}

/** What the schema says about the value at a path, where it says anything. */
export function descriptionAt(path: DocumentPath): string | undefined {
  const key = path.at(-1);
  if (typeof key !== 'string') return undefined;
  const ofKey = keysAt(path.slice(0, -1)).find((allowed) => allowed.key === key)?.description;
  return (
    ofKey ??
    schemasAt(path)
      .map(descriptionOf)
      .find((description) => description !== undefined)
  );
}

function alternatives(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodOptional) return alternatives(schema.unwrap());
  if (schema instanceof z.ZodLazy) return alternatives(schema.unwrap());
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(alternatives);
  return [schema];
}

function childSchemas(schema: z.core.$ZodType, step: string | number): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodArray) return typeof step === 'number' ? [schema.element] : [];
  if (typeof step !== 'string') return [];
  if (schema instanceof z.ZodRecord) return [schema.valueType];
  if (!(schema instanceof z.ZodObject)) return [];
  const shape: Readonly<Record<string, z.core.$ZodType>> = schema.shape;
  const child = Object.hasOwn(shape, step) ? shape[step] : undefined;
  return child === undefined ? [] : [child];
}

function descriptionOf(schema: z.core.$ZodType): string | undefined {
  const own = z.globalRegistry.get(schema)?.description;
  if (own !== undefined) return own;
  if (schema instanceof z.ZodOptional) return descriptionOf(schema.unwrap());
  return schema instanceof z.ZodLazy ? descriptionOf(schema.unwrap()) : undefined;
}
