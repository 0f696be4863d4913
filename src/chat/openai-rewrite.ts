import type { RequestChanges } from './dialect.ts';
import type { Lost } from './events.ts';
import { openAiModelRules } from './openai-model-rules.ts';
import { acceptedEffort } from './openai-settings.ts';
import type { JsonEdit, JsonPath } from './rewrite.ts';

/** The effort that was decided, in the model's own words; what it cannot be told is reported and left as it was. */
export function effortEdit({ effort, model }: RequestChanges, path: JsonPath, lost: Lost[]): JsonEdit[] {
  const value = acceptedEffort(effort, openAiModelRules(model), lost);
  return value === undefined ? [] : [{ kind: 'set', path, value }];
}

/** The most tokens that are allowed, where the client asks for more or says nothing. */
export function limitEdit(asked: unknown, most: number | undefined, field: string): JsonEdit[] {
  if (most === undefined || (typeof asked === 'number' && asked > 0 && asked <= most)) return [];
  return [{ kind: 'set', path: [field], value: most }];
}
