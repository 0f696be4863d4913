import type { Conversation } from './conversation.ts';
import { RequestFault } from './dialect.ts';
import { deepestNesting, nestsDeeperThan } from './nesting.ts';
import { type Fields, isFields } from './untrusted.ts';

// Fields of a client's request: of their type, or a fault that names them by `where`, a path such as `messages[2].role`.

/** @throws {RequestFault} */
export function wrong(where: string, wanted: string): never {
  throw new RequestFault(`${where} must be ${wanted}.`);
}

export function objectAt(value: unknown, where: string): Fields {
  return isFields(value) ? value : wrong(where, 'an object');
}

export function listAt(value: unknown, where: string): readonly unknown[] {
  return Array.isArray(value) ? value : wrong(where, 'a list');
}

export function textAt(value: unknown, where: string): string {
  return typeof value === 'string' ? value : wrong(where, 'a string');
}

/** A name or an id. */
export function wordAt(value: unknown, where: string): string {
  return typeof value === 'string' && value !== '' ? value : wrong(where, 'a string that is not empty');
}

export function numberAt(value: unknown, where: string): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : wrong(where, 'a number');
}

export function switchAt(value: unknown, where: string): boolean {
  return typeof value === 'boolean' ? value : wrong(where, 'true or false');
}

/** A value that is passed on as it is, such as a schema. */
export function plainAt(value: unknown, where: string): unknown {
  return nestsDeeperThan(value, deepestNesting) ? wrong(where, `nested at most ${deepestNesting} levels deep`) : value;
}

/** Most dialects take null for a field that is left out. */
export function optional<Value>(
  value: unknown,
  where: string,
  read: (value: unknown, where: string) => Value,
): Value | undefined {
  return value === undefined || value === null ? undefined : read(value, where);
}

/** Tokens; -1 is how clients of local servers say that there is no limit. */
export function limitAt(value: unknown, where: string): number | undefined {
  if (value === undefined || value === null || value === -1) return undefined;
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
    ? value
    : wrong(where, 'a whole number of at least 1');
}

/** Two settings that most dialects name alike. */
export function readSampling(body: Fields): Pick<Conversation, 'temperature' | 'topP'> {
  const temperature = optional(body['temperature'], 'temperature', numberAt);
  const topP = optional(body['top_p'], 'top_p', numberAt);
  return { ...(temperature !== undefined && { temperature }), ...(topP !== undefined && { topP }) };
}
