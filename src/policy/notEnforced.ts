import type { Severity } from './diagnostic.ts';
import type { DocumentPath } from './document.ts';
import type { Finding } from './finding.ts';
import type { Policy } from './schema.ts';
import { whenPlaces } from './walk.ts';

/** A part of the policy language that is read and checked, and not carried out yet. */
interface Unenforced {
  /** Where it is written; `*` stands for any key or index. */
  readonly at: readonly string[];
  /** A rule that would bind is a warning, because someone may rely on it; the rest is information. */
  readonly severity: Exclude<Severity, 'error'>;
  /** What this version does instead. */
  readonly instead: string;
}

/**
 * The one list of what the language has and this version does not do. Whoever carries one out removes its row; a test
 * holds each row against the schema.
 */
export const notEnforced: readonly Unenforced[] = [
  {
    at: ['attestations'],
    severity: 'warning',
    instead: 'attestation files are not read, so no model counts as attested',
  },
  { at: ['review'], severity: 'information', instead: 'gates are shown with each decision, and nothing stops a merge' },
];

/** One finding for each part of a policy that this version reads and does not carry out. */
export function notEnforcedFindings(policy: Policy): Finding[] {
  return [...partsNotEnforced(policy), ...undeclaredIntents(policy)];
}

/** `intent` stands in conditions, which may stand in one another: no place of its own names it. */
function undeclaredIntents(policy: Policy): Finding[] {
  return [...whenPlaces(policy)]
    .filter(({ value }) => value.intent !== undefined)
    .map(({ path }): Finding => {
      const message = `"intent" is not enforced by this version: no request declares one, so this condition never holds.`;
      return { code: 'not-enforced', severity: 'warning', message, path: [...path, 'intent'], part: 'key' };
    });
}

function partsNotEnforced(policy: Policy): Finding[] {
  return notEnforced.flatMap(({ at, severity, instead }) =>
    placesOf(policy, at).map(({ path }): Finding => {
      const message = `${JSON.stringify(at.at(-1))} is not enforced by this version: ${instead}.`;
      return { code: 'not-enforced', severity, message, path, part: 'key' };
    }),
  );
}

interface Place {
  readonly value: unknown;
  readonly path: DocumentPath;
}

function placesOf(policy: Policy, pattern: readonly string[]): readonly Place[] {
  let places: Place[] = [{ value: policy, path: [] }];
  for (const step of pattern) {
    places = places.flatMap(({ value, path }) =>
      childrenOf(value)
        .filter(([key]) => step === '*' || key === step)
        .map(([key, child]) => ({ value: child, path: [...path, key] })),
    );
  }
  return places;
}

function childrenOf(value: unknown): readonly (readonly [string | number, unknown])[] {
  if (Array.isArray(value)) return [...value.entries()];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).filter(([, child]) => child !== undefined);
}
