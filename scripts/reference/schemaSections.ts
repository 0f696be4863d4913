import { z } from 'zod';
import { policySchema } from '../../src/policy/schema.ts';
import { anchorOf, code } from './markdown.ts';

type Schema = z.core.$ZodType;

/** One key of the policy language, as the reference tells of it. */
export interface ReferenceKey {
  readonly key: string;
  /** Markdown. */
  readonly type: string;
  /** What it is, and where it may be left out, what that means. */
  readonly description: string;
  readonly required: boolean;
  /** JSON, taken from a policy that uses it; undefined where none does. */
  readonly example: string | undefined;
}

/** An object of the language, or a value that has a name of its own. */
export interface ReferenceSection {
  readonly title: string;
  readonly description: string;
  readonly keys: readonly ReferenceKey[];
  /** What may be written, in markdown, where it is no object. */
  readonly type?: string;
  readonly examples: readonly string[];
}

/** Longer examples are cut: their parts have sections of their own. */
const LONGEST_EXAMPLE = 64;
const ROOT = 'Policy';

/**
 * Everything that can be written in a policy, the policy itself first, then in the order in which it is met.
 *
 * @param examples policies from which an example of each key is taken, the first that has one
 */
export function schemaSections(examples: readonly unknown[]): readonly ReferenceSection[] {
  const values = new Map<string, unknown>();
  for (const policy of examples) collect(policySchema, ROOT, policy, values);
  const sections = new Map<string, ReferenceSection | undefined>();
  const queue: { readonly schema: Schema; readonly path: string }[] = [{ schema: policySchema, path: ROOT }];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { schema, path } = next;
    const visit = (inner: Schema, at: string): void => {
      if (titleOf(inner, at) !== undefined) queue.push({ schema: inner, path: at });
      else for (const { schema: child, path: below } of partsOf(inner, at)) visit(child, below);
    };
    const title = titleOf(schema, path);
    if (title === undefined || sections.has(title)) continue;
    const core = unwrapped(schema);
    const keys = core instanceof z.ZodObject ? keysOf(core, title, values) : [];
    sections.set(title, {
      title,
      description: wordsOf(namedIn(schema) ?? schema),
      keys,
      ...(core instanceof z.ZodObject ? {} : { type: bareType(core, title) }),
      examples: examplesOf(namedIn(schema) ?? schema),
    });
    for (const { schema: child, path: below } of partsOf(core, title)) visit(child, below);
  }
  return [...sections.values()].filter((section) => section !== undefined);
}

function keysOf(object: z.ZodObject, title: string, values: ReadonlyMap<string, unknown>): readonly ReferenceKey[] {
  return Object.entries<Schema>(object.shape).map(([key, schema]) => {
    const place = below(title, key);
    const value = values.get(place);
    return {
      key,
      type: typeOf(schema, place),
      description: wordsOf(schema),
      required: !(schema instanceof z.ZodOptional),
      example: value === undefined ? undefined : shortJson(value),
    };
  });
}

/** A section of its own: a schema with a name, and an object by its place. undefined: told where it is used. */
function titleOf(schema: Schema, path: string): string | undefined {
  return nameOf(schema) ?? (unwrapped(schema) instanceof z.ZodObject ? path : undefined);
}

function below(title: string, key: string): string {
  return title === ROOT ? key : `${title}.${key}`;
}

/** What a schema is made of, each with its place. */
function partsOf(schema: Schema, path: string): readonly { readonly schema: Schema; readonly path: string }[] {
  const core = unwrapped(schema);
  if (core instanceof z.ZodObject) {
    return Object.entries<Schema>(core.shape).map(([key, child]) => ({ schema: child, path: below(path, key) }));
  }
  if (core instanceof z.ZodArray) return [{ schema: core.element, path: `${path}[]` }];
  if (core instanceof z.ZodRecord) return [{ schema: core.valueType, path: `${path}.NAME` }];
  if (core instanceof z.ZodUnion) return optionsOf(core, path);
  return [];
}

/** The choices of a union. Objects among them that would share a place are told apart by a key that they cannot be without. */
function optionsOf(union: z.ZodUnion, path: string): readonly { readonly schema: Schema; readonly path: string }[] {
  const options = union.options as readonly Schema[];
  const objects = options.filter((option) => nameOf(option) === undefined).map(unwrapped);
  const nameless = objects.filter((option) => option instanceof z.ZodObject);
  const isAlone = nameless.length < 2 && nameOf(union) === undefined;
  return options.map((schema) => {
    const object = nameless.find((one) => one === unwrapped(schema));
    return { schema, path: object === undefined || isAlone ? path : `${path} with ${tellingKey(object, nameless)}` };
  });
}

function tellingKey(object: z.ZodObject, all: readonly z.ZodObject[]): string {
  const shape: Readonly<Record<string, Schema>> = object.shape;
  const required = Object.keys(shape).filter((key) => !(shape[key] instanceof z.ZodOptional));
  const own = required.find((key) => all.every((other) => other === object || !Object.hasOwn(other.shape, key)));
  return own ?? required[0] ?? '';
}

function unwrapped(schema: Schema): Schema {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodLazy) return unwrapped(schema.unwrap());
  return schema;
}

function nameOf(schema: Schema): string | undefined {
  const named = namedIn(schema);
  return named && z.globalRegistry.get(named)?.id;
}

/** The schema that was given a name: this one, what it wraps, or what it is a copy of with other words. */
function namedIn(schema: Schema): Schema | undefined {
  for (let one: Schema | undefined = schema; one !== undefined; one = one._zod.parent) {
    if (z.globalRegistry.get(one)?.id !== undefined) return one;
  }
  return schema instanceof z.ZodOptional || schema instanceof z.ZodLazy ? namedIn(schema.unwrap()) : undefined;
}

function wordsOf(schema: Schema): string {
  const own = z.globalRegistry.get(schema)?.description;
  if (own !== undefined) return own;
  return schema instanceof z.ZodOptional || schema instanceof z.ZodLazy ? wordsOf(schema.unwrap()) : '';
}

function examplesOf(schema: Schema): readonly string[] {
  const examples = z.globalRegistry.get(unwrapped(schema))?.['examples'];
  return Array.isArray(examples) ? examples.map(shortJson) : [];
}

/** What may be written, in markdown. */
function typeOf(schema: Schema, path: string): string {
  const title = titleOf(schema, path);
  if (title !== undefined) return `[${title}](#${anchorOf(title)})`;
  return bareType(schema, path);
}

function bareType(schema: Schema, path: string): string {
  const core = unwrapped(schema);
  if (core instanceof z.ZodArray) return `list of ${typeOf(core.element, `${path}[]`)}`;
  if (core instanceof z.ZodRecord) return `object of ${typeOf(core.valueType, `${path}.NAME`)} by name`;
  if (core instanceof z.ZodUnion) {
    const types = [...new Set(optionsOf(core, path).map((option) => typeOf(option.schema, option.path)))];
    const [one, many] = types;
    return types.length === 2 && many === `list of ${one}` ? `${one}, or a list of these` : types.join(' or ');
  }
  if (core instanceof z.ZodEnum) return core.options.map((option) => code(JSON.stringify(option))).join(' or ');
  if (core instanceof z.ZodLiteral) return [...core.values].map((value) => code(JSON.stringify(value))).join(' or ');
  if (core instanceof z.ZodNumber) return core.isInt ? 'whole number' : 'number';
  if (core instanceof z.ZodBoolean) return '`true` or `false`';
  if (core instanceof z.ZodString) return 'text';
  throw new TypeError(`The reference has no words for a schema of the kind ${core._zod.def.type}.`);
}

/** The first value at each place of the language. */
function collect(schema: Schema, path: string, value: unknown, into: Map<string, unknown>): void {
  const core = unwrapped(schema);
  const place = titleOf(schema, path) ?? path;
  if (core instanceof z.ZodUnion) {
    const fitting = optionsOf(core, place).find((option) => z.safeParse(option.schema, value).success);
    if (fitting !== undefined) collect(fitting.schema, fitting.path, value, into);
  } else if (core instanceof z.ZodArray && Array.isArray(value)) {
    for (const item of value) collect(core.element, `${place}[]`, item, into);
  } else if (typeof value === 'object' && value !== null && core instanceof z.ZodRecord) {
    for (const item of Object.values(value)) collect(core.valueType, `${place}.NAME`, item, into);
  } else if (typeof value === 'object' && value !== null && core instanceof z.ZodObject) {
    const shape: Readonly<Record<string, Schema>> = core.shape;
    for (const [key, inner] of Object.entries(value)) {
      const child = shape[key];
      if (child === undefined) continue;
      const at = below(place, key);
      if (!into.has(at)) into.set(at, inner);
      collect(child, at, inner, into);
    }
  }
}

/** On one line, as people write it, and not without end. */
function shortJson(value: unknown): string {
  const text = spaced(value);
  return text.length > LONGEST_EXAMPLE ? `${text.slice(0, LONGEST_EXAMPLE)} …` : text;
}

function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${spaced(inner)}`);
  return `{ ${entries.join(', ')} }`;
}
