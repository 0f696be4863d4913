import { policyJsonSchema } from '../src/policy/jsonSchema.ts';
import { editorSchema } from './editorSchema.ts';
import { telemetryJson, usageEventSchema } from './usageEvent.ts';

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/**
 * The JSON Schemas, by their path from the repository's root: the published ones, the extension's own for hovers, and what
 * VS Code asks for about telemetry.
 */
export function generate(): Record<string, string> {
  const strict = policyJsonSchema();
  return {
    'schemas/routing-policy.schema.json': json(strict),
    'schemas/editor.schema.json': json(editorSchema()),
    'schemas/usage-event.schema.json': json(usageEventSchema()),
    'telemetry.json': json(telemetryJson()),
  };
}
