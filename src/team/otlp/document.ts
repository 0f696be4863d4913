// A request as it was read, from JSON or from Protocol Buffers: nothing in it need be what it should be.

/** The attributes of something, with values as texts, numbers and truths; what is none of these is left out. */
export type Attributes = ReadonlyMap<string, string | number | boolean>;

/** A field of a value, whatever that is. */
export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

export function listOf(value: unknown, name: string): readonly unknown[] {
  const list = fieldOf(value, name);
  return Array.isArray(list) ? list : [];
}

/** A number that may be written as a text, as JSON has those of 64 bits. undefined: it is none, or not finite. */
export function numberOf(value: unknown): number | undefined {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

/** Milliseconds since the epoch, from nanoseconds. undefined: not told. */
export function momentOf(nano: unknown): number | undefined {
  const number = numberOf(nano);
  return number === undefined || number <= 0 ? undefined : Math.floor(number / 1e6);
}

export function attributesOf(value: unknown): Attributes {
  const attributes = new Map<string, string | number | boolean>();
  for (const one of listOf(value, 'attributes')) {
    const key = fieldOf(one, 'key');
    const told = plainValue(fieldOf(one, 'value'));
    if (typeof key === 'string' && told !== undefined) attributes.set(key, told);
  }
  return attributes;
}

export function textOf(attributes: Attributes, key: string): string | undefined {
  const value = attributes.get(key);
  return typeof value === 'string' ? value : undefined;
}

function plainValue(value: unknown): string | number | boolean | undefined {
  for (const name of ['stringValue', 'boolValue', 'doubleValue'] as const) {
    const told = fieldOf(value, name);
    if (typeof told === 'string' || typeof told === 'boolean' || typeof told === 'number') return told;
  }
  return numberOf(fieldOf(value, 'intValue'));
}
