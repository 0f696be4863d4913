import type { ProviderNotes } from './conversation.ts';
import type { Lost } from './events.ts';
import { saysNothing } from './request-losses.ts';
import { type Fields, isFields } from './untrusted.ts';

// What a client says to its provider, as both of OpenAI's dialects write it.

const meanings = {
  service_tier: 'the provider’s tier of service',
  metadata: 'notes for the provider’s records',
  user: 'an id of the user for the provider',
  safety_identifier: 'an id of the user for the provider',
} as const;

type NoteField = keyof typeof meanings;

export const noteFields: readonly string[] = Object.keys(meanings);

/** Notes of a form that is not known are reported: they say nothing to the model, and are no reason to refuse. */
export function readNotes(body: Fields, lost: Lost[]): ProviderNotes {
  const note = <Value>(name: NoteField, read: (value: unknown) => Value | undefined): Value | undefined => {
    if (saysNothing(name, body[name])) return undefined;
    const value = read(body[name]);
    if (value === undefined) lost.push({ where: name, what: meanings[name] });
    return value;
  };
  const tier = note('service_tier', tierOf);
  const metadata = note('metadata', recordOf);
  const user = note('user', wordOf);
  const safetyId = note('safety_identifier', wordOf);
  return {
    ...(tier !== undefined && { tier }),
    ...(metadata !== undefined && { metadata }),
    ...(user !== undefined && { user }),
    ...(safetyId !== undefined && { safetyId }),
  };
}

export function writtenNotes({ tier, metadata, user, safetyId }: ProviderNotes) {
  return {
    ...(tier !== undefined && { service_tier: tier }),
    ...(metadata !== undefined && { metadata: { ...metadata } }),
    ...(user !== undefined && { user }),
    ...(safetyId !== undefined && { safety_identifier: safetyId }),
  };
}

export function reportNotes(notes: ProviderNotes, lost: Lost[]): void {
  const written: object = writtenNotes(notes);
  for (const [name, what] of Object.entries(meanings)) if (name in written) lost.push({ where: name, what });
}

function tierOf(value: unknown): ProviderNotes['tier'] {
  return value === 'flex' || value === 'scale' || value === 'priority' ? value : undefined;
}

function recordOf(value: unknown): Readonly<Record<string, string>> | undefined {
  return isFields(value) && isOfTexts(value) ? value : undefined;
}

function isOfTexts(fields: Fields): fields is Readonly<Record<string, string>> {
  return Object.values(fields).every((text) => typeof text === 'string');
}

function wordOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
