import type { RequestChanges } from './dialect.ts';
import type { Lost } from './events.ts';
import { openAiModelRules } from './openai-model-rules.ts';
import { effortOf } from './openai-request.ts';
import { acceptedEffort } from './openai-settings.ts';
import type { JsonEdit, JsonPath } from './rewrite.ts';
import type { Fields } from './untrusted.ts';

/** Where a dialect says how much a model should think. */
export interface EffortField {
  readonly asked: unknown;
  readonly path: JsonPath;
  /** What goes where the model takes no effort at all. */
  readonly whole: JsonPath;
}

/**
 * The effort that was decided, or that the client asked of another model than the chosen one, in the chosen one's words.
 * A model that does not reason refuses the field; of models that nothing is known of, it stays as it was.
 */
export function effortEdits(
  { effort, model }: RequestChanges,
  { asked, path, whole }: EffortField,
  meant: unknown,
  lost: Lost[],
): JsonEdit[] {
  const rules = openAiModelRules(model);
  const wanted = effort ?? (meant === model || rules.reasons === 'unknown' ? undefined : effortOf(asked));
  const value = acceptedEffort(wanted, rules, lost);
  if (value !== undefined) return [{ kind: 'set', path, value }];
  return wanted !== undefined && rules.reasons === 'no' ? [{ kind: 'remove', path: whole }] : [];
}

/** Takes out the fields that models which reason refuse, where the client meant another model than the chosen one. */
export function samplingEdits(body: Fields, names: readonly string[], model: string, lost: Lost[]): JsonEdit[] {
  if (body['model'] === model || openAiModelRules(model).reasons !== 'yes') return [];
  const refused = names.filter((name) => (body[name] ?? undefined) !== undefined);
  for (const where of refused) lost.push({ where, what: 'a setting that this model refuses' });
  return refused.map((name) => ({ kind: 'remove', path: [name] }));
}

/** The most tokens that are allowed, where the client asks for more or says nothing. */
export function limitEdits(asked: unknown, most: number | undefined, field: string): JsonEdit[] {
  if (most === undefined || (typeof asked === 'number' && asked > 0 && asked <= most)) return [];
  return [{ kind: 'set', path: [field], value: most }];
}
