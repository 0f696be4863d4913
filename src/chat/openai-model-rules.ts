import type { Effort } from './conversation.ts';

/**
 * What an OpenAI model accepts beyond what all accept. Models of other makers behind a compatible server have the rules
 * of {@link otherModel}. Sources: OpenAI's model pages and the parameter notes in its SDK 7.57, November 2026.
 */
export interface OpenAiModelRules {
  readonly efforts: readonly Effort[];
  /** Whether it reasons. Models that do refuse temperature, top_p and stop; models that do not refuse an effort. */
  readonly reasons: 'yes' | 'no' | 'unknown';
  /** Whether it can be told how wordy to be; others refuse the field. */
  readonly verbosity: boolean;
}

const otherModel: OpenAiModelRules = { efforts: ['low', 'medium', 'high'], reasons: 'unknown', verbosity: false };

/** The rules of a model, by its id, with or without a supplier's prefix. */
export function openAiModelRules(model: string): OpenAiModelRules {
  const id = model.slice(model.lastIndexOf('/') + 1);
  if (/^o\d/.test(id)) return { efforts: ['low', 'medium', 'high'], reasons: 'yes', verbosity: false };
  const version = /^gpt-(\d{1,2})(?:\.(\d{1,2}))?(?![\d.])/.exec(id);
  if (version === null) return otherModel;
  const major = Number(version[1]);
  const minor = Number(version[2] ?? 0);
  if (major < 5) return { efforts: [], reasons: 'no', verbosity: false };
  if (major === 5 && minor === 0)
    return { efforts: ['minimal', 'low', 'medium', 'high'], reasons: 'yes', verbosity: true };
  if (major === 5 && minor < 6) return { efforts: ['none', 'low', 'medium', 'high'], reasons: 'yes', verbosity: true };
  return { efforts: ['none', 'low', 'medium', 'high', 'max'], reasons: 'yes', verbosity: true };
}
