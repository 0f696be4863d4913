import type { Dialect } from '../chat/dialect.ts';
import { catalogue, findModel } from '../models/catalogue.ts';

/** Whose list a client expects. */
export type ListShape = 'openai' | 'anthropic' | 'gemini';

/** Lists have dates; a name for whatever the policy chooses has none. */
const SINCE = { iso: '2025-01-01T00:00:00Z', seconds: 1_735_689_600 } as const;

/**
 * The models that a client may name: `auto`, the targets that the policy lets people ask for, and the names that clients
 * have by habit, so that one that checks its own against the list goes on. The policy decides for all but the targets.
 */
export function modelNames(targets: readonly string[]): readonly string[] {
  const habitual = catalogue.filter(({ chat, retired }) => chat && retired === undefined).map(({ id }) => id);
  return [...new Set(['auto', ...targets, ...habitual])];
}

/** Whether a client may name this model: one of the list, or another way to write the name of a known one. */
export function mayBeNamed(name: string, names: readonly string[]): boolean {
  return names.includes(name) || (!name.includes('/') && findModel(name) !== undefined);
}

/** Whose words a client reads that asks for such a list. */
export const DIALECT_OF_LIST = {
  openai: 'openai-chat',
  anthropic: 'anthropic-messages',
  gemini: 'gemini',
} as const satisfies Record<ListShape, Dialect>;

export function modelList(shape: ListShape, names: readonly string[]): unknown {
  const models = names.map((id) => oneModel(shape, id));
  switch (shape) {
    case 'openai':
      return { object: 'list', data: models };
    case 'anthropic':
      return { data: models, first_id: names[0] ?? null, last_id: names.at(-1) ?? null, has_more: false };
    case 'gemini':
      return { models };
    default:
      return shape satisfies never;
  }
}

/** One entry of the list, which is also what is answered about that model alone. */
export function oneModel(shape: ListShape, id: string): unknown {
  switch (shape) {
    case 'openai':
      return { id, object: 'model', created: SINCE.seconds, owned_by: makerOf(id) };
    case 'anthropic':
      return { type: 'model', id, display_name: displayName(id), created_at: SINCE.iso };
    case 'gemini':
      return geminiModel(id);
    default:
      return shape satisfies never;
  }
}

function geminiModel(id: string): unknown {
  const known = findModel(modelOf(id));
  return {
    name: `models/${id}`,
    displayName: displayName(id),
    supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'],
    ...(known?.contextTokens === undefined ? {} : { inputTokenLimit: known.contextTokens }),
    ...(known?.maxOutputTokens === undefined ? {} : { outputTokenLimit: known.maxOutputTokens }),
  };
}

function displayName(id: string): string {
  return id === 'auto' ? 'Routing Policy (auto)' : (findModel(modelOf(id))?.name ?? id);
}

function makerOf(id: string): string {
  return findModel(modelOf(id))?.maker ?? 'routing-policy';
}

/** A target without its provider. */
function modelOf(id: string): string {
  return id.slice(id.indexOf('/') + 1);
}
