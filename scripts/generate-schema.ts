import { policyJsonSchema } from '../src/policy/jsonSchema.ts';

/** The JSON Schemas that are published, by their path from the repository's root. */
export function generate(): Record<string, string> {
  return { 'schemas/routing-policy.schema.json': `${JSON.stringify(policyJsonSchema(), null, 2)}\n` };
}
