/** What only judges a value. The language server judges policies itself, with better words and quick fixes. */
const judging: ReadonlySet<string> = new Set([
  'type',
  'required',
  'propertyNames',
  'pattern',
  'format',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
]);

/** Keys whose value is a map from names to schemas, not a schema. */
const maps: ReadonlySet<string> = new Set(['properties', '$defs']);
/** Keys whose value is text or data and must stay as it is. */
const data: ReadonlySet<string> = new Set([
  'enum',
  'const',
  'default',
  'examples',
  'defaultSnippets',
  'description',
  'title',
]);

function loosen(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(loosen);
  if (typeof value !== 'object' || value === null) return value;
  const loose: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    if (judging.has(key) || (key === 'additionalProperties' && inner === false)) continue;
    if (data.has(key)) loose[key] = inner;
    else if (maps.has(key)) {
      loose[key] = Object.fromEntries(Object.entries(inner as object).map(([name, schema]) => [name, loosen(schema)]));
    } else loose[key] = loosen(inner);
  }
  const { enum: values, const: only, ...rest } = loose;
  if (values === undefined && only === undefined) return loose;
  // Offered, but anything else is accepted too.
  return { ...rest, anyOf: [values === undefined ? { const: only } : { enum: values }, {}] };
}

/**
 * The schema as an editor that runs our language server needs it: for completion and hovers only. With the strict one
 * every mistake would be shown twice, once in the JSON service's words.
 */
export function editorSchema(strict: Record<string, unknown>): Record<string, unknown> {
  return loosen(strict) as Record<string, unknown>;
}
