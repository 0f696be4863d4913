import { findModel } from '../../models/catalogue.ts';
import { LABEL_KEY, LABEL_VALUE, MOST_LABELS, NAME, OTHER } from './event.ts';

/** What a policy declares, as the ledger keeps it beside the policy's hash. */
export interface DeclaredNames {
  readonly names: ReadonlySet<string>;
  readonly labels: Readonly<Record<string, string>>;
}

/** Names that mean the same on every machine. */
export interface CommonNames {
  /** Ids of the providers that are well known. */
  readonly providers: ReadonlySet<string>;
}

export const nothingDeclared: DeclaredNames = { names: new Set(), labels: {} };

/** Clients by the names that this program itself gives them; whatever else a client calls itself may say anything. */
export const knownClients: ReadonlySet<string> = new Set([
  'ai-sdk',
  'anthropic-sdk',
  'claude-code',
  'cline',
  'codex',
  'continue',
  'copilot-cli',
  'gateway',
  'gemini-cli',
  'gemini-sdk',
  'openai-sdk',
  'opencode',
  'qwen-code',
  'vscode',
]);

/** Rules that hold where no policy names one. */
const ownWords: ReadonlySet<string> = new Set(['default', 'none', 'auto', OTHER]);
/** Deeper ones hold no names of ours. */
const DEEPEST = 3;

/**
 * Reads what the ledger keeps of a policy. Whatever does not fit is left out.
 *
 * @param names JSON: strings, in lists or under keys
 * @param labels JSON: one object of texts
 */
export function declaredNames(names: string, labels: string): DeclaredNames {
  return { names: new Set(textsIn(parsed(names), DEEPEST)), labels: labelsIn(parsed(labels)) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // as if it declared nothing: every name is "other" then
  }
}

function textsIn(value: unknown, depth: number): readonly string[] {
  if (typeof value === 'string') return [value];
  if (depth === 0 || typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((inner) => textsIn(inner, depth - 1));
}

/** In alphabetical order, as many as may be. */
function labelsIn(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  const fitting = Object.entries(value)
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    .filter(([key, text]) => LABEL_KEY.test(key) && LABEL_VALUE.test(text))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fitting.slice(0, MOST_LABELS));
}

/**
 * A class, rule or trial. The layer that qualifies it stays here, because it may be named after a host.
 *
 * @param id `docs`, or `org:docs`
 */
export function ruleName(id: string, { names }: DeclaredNames): string {
  if (ownWords.has(id)) return id;
  return names.has(id) ? orOther(id.slice(id.lastIndexOf(':') + 1)) : OTHER;
}

export function providerName(id: string, { names }: DeclaredNames, { providers }: CommonNames): string {
  return providers.has(id) || names.has(id) ? orOther(id) : OTHER;
}

/** @param model as the provider calls it: `claude-haiku-5.5` is known as `claude-haiku-5-5` */
export function modelName(provider: string | undefined, model: string, { names }: DeclaredNames): string {
  const known = findModel(model);
  if (known !== undefined) return orOther(known.id);
  const isDeclared = names.has(model) || (provider !== undefined && names.has(`${provider}/${model}`));
  return isDeclared ? orOther(model) : OTHER;
}

/** A model as a client asks for it: `auto`, `model` or `provider/model`. */
export function askedName(asked: string, declared: DeclaredNames): string {
  if (ownWords.has(asked)) return asked;
  const slash = asked.indexOf('/');
  return slash < 0
    ? modelName(undefined, asked, declared)
    : modelName(asked.slice(0, slash), asked.slice(slash + 1), declared);
}

export function clientName(client: string): string {
  return knownClients.has(client) ? client : OTHER;
}

function orOther(name: string): string {
  return NAME.test(name) ? name : OTHER;
}
