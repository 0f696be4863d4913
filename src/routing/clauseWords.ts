import type { Clause, CompiledWhen } from '../policy/compiled.ts';
import type { Decision, FailedClause } from './decision.ts';
import { spoken } from './labels.ts';

type Globs = Decision['globs'];

/** How many patterns or names of one list are shown. */
const MOST_SHOWN = 3;
/** How deep `not` and `anyOf` are spelt out. */
const DEEPEST = 3;

/** What a class asked for and got: "every file matches **\/*.test.*, kind is agent". */
export function allClauses(clauses: readonly Clause[], { globs }: Pick<Decision, 'globs'>): string {
  return clauses.length === 0
    ? 'it asks for nothing'
    : clauses.map((clause) => clauseWords(clause, globs, 0)).join(', ');
}

/** Why a class did not match: "src/a.ts is not matched by **\/*.test.*". */
export function failedClause({ clause, because, seen }: FailedClause, globs: Globs): string {
  const wanted = clauseWords(clause, globs, 0);
  if (because === 'unknown') return `not known whether ${wanted}`;
  const what = seen === undefined ? undefined : spoken(seen);
  const compared = comparison(clause, globs);
  if (compared !== undefined) return `${compared.subject} is ${what ?? 'another'}, not ${compared.condition}`;
  switch (clause.key) {
    case 'files':
      return what === undefined ? NO_FILE : `${what} is not matched by ${patterns(clause.set, globs)}`;
    case 'touches':
      return `no file matches ${patterns(clause.set, globs)}`;
    case 'languages':
      return what === undefined ? NO_FILE : `${what} is not ${oneOf(clause.any)}`;
    case 'keywords':
      return `the prompt does not say ${oneOf(clause.any)}`;
    case 'anyOf':
      return `none of these holds: ${shorten(
        clause.whens.map((when) => whenWords(when, globs, 1)),
        '; ',
      )}`;
    default:
      return `it does not hold that ${wanted}`;
  }
}

const NO_FILE = 'the request works on no file';

function clauseWords(clause: Clause, globs: Globs, depth: number): string {
  const compared = comparison(clause, globs);
  if (compared !== undefined) return `${compared.subject} is ${compared.condition}`;
  switch (clause.key) {
    case 'files':
      return `every file matches ${patterns(clause.set, globs)}`;
    case 'touches':
      return `some file matches ${patterns(clause.set, globs)}`;
    case 'languages':
      return `every file is ${oneOf(clause.any)}`;
    case 'keywords':
      return `the prompt says ${oneOf(clause.any)}`;
    case 'context':
      return `the request has ${'is' in clause && clause.is ? '' : 'no '}${clause.measure}`;
    case 'not':
      return depth >= DEEPEST ? 'not …' : `not (${whenWords(clause.when, globs, depth + 1)})`;
    case 'anyOf':
      if (depth >= DEEPEST) return 'any of …';
      return shorten(
        clause.whens.map((when) => whenWords(when, globs, depth + 1)),
        ' or ',
      );
    default:
      return clause.key;
  }
}

function whenWords({ clauses }: CompiledWhen, globs: Globs, depth: number): string {
  return clauses.length === 0 ? 'anything' : clauses.map((clause) => clauseWords(clause, globs, depth)).join(' and ');
}

/** A clause that holds one fact against a condition; undefined for the others. */
function comparison(
  clause: Clause,
  globs: Globs,
): { readonly subject: string; readonly condition: string } | undefined {
  switch (clause.key) {
    case 'kind':
    case 'client':
    case 'team':
    case 'intent':
      return { subject: `the ${clause.key}`, condition: oneOf(clause.any) };
    case 'branch':
      return { subject: 'the branch', condition: patterns(clause.set, globs) };
    case 'diff': {
      const isLines = clause.measure === 'added' || clause.measure === 'deleted';
      const subject = `the number of ${clause.measure}${isLines ? ' lines' : ''}`;
      return { subject, condition: spoken(clause.range.text) };
    }
    case 'context':
      return 'range' in clause
        ? { subject: 'the number of input tokens', condition: spoken(clause.range.text) }
        : undefined;
    case 'files':
    case 'touches':
    case 'languages':
    case 'keywords':
    case 'not':
    case 'anyOf':
      return undefined;
  }
}

function patterns(set: number, globs: Globs): string {
  return shorten((globs[set] ?? []).map(spoken), ', ');
}

function oneOf(names: readonly string[]): string {
  return shorten(names.map(spoken), ' or ');
}

function shorten(parts: readonly string[], separator: string): string {
  const more = parts.length > MOST_SHOWN ? `${separator}…` : '';
  return `${parts.slice(0, MOST_SHOWN).join(separator)}${more}`;
}
