import type { Clause, CompiledWhen, DiffMeasure } from './compiled.ts';
import { parseRange } from './ranges.ts';
import type { ContextCondition, DiffCondition, When } from './schema.ts';

/** Gives a list of globs its place in the policy's path index; equal lists share one. */
export type RegisterGlobs = (globs: readonly string[]) => number;

const DIFF_MEASURES: readonly DiffMeasure[] = ['files', 'lines', 'added', 'deleted', 'modules'];

/** A `when` as clauses, in the order of the schema's keys, so that explanations do not depend on how a file was typed. */
export function compileWhen(when: When, register: RegisterGlobs): CompiledWhen {
  const clauses: Clause[] = [];
  if (when.kind !== undefined) clauses.push({ key: 'kind', any: Array.isArray(when.kind) ? when.kind : [when.kind] });
  if (when.files !== undefined) clauses.push({ key: 'files', set: register(when.files) });
  if (when.touches !== undefined) clauses.push({ key: 'touches', set: register(when.touches) });
  if (when.languages !== undefined) clauses.push({ key: 'languages', any: when.languages });
  if (when.client !== undefined) clauses.push({ key: 'client', any: when.client });
  if (when.team !== undefined) clauses.push({ key: 'team', any: when.team });
  if (when.branch !== undefined) clauses.push({ key: 'branch', set: register(when.branch) });
  if (when.diff !== undefined) clauses.push(...diffClauses(when.diff));
  if (when.context !== undefined) clauses.push(...contextClauses(when.context));
  if (when.intent !== undefined) clauses.push({ key: 'intent', any: when.intent });
  if (when.keywords !== undefined) clauses.push({ key: 'keywords', any: when.keywords.map(normaliseWords) });
  if (when.not !== undefined) clauses.push({ key: 'not', when: compileWhen(when.not, register) });
  if (when.anyOf !== undefined) {
    clauses.push({ key: 'anyOf', whens: when.anyOf.map((branch) => compileWhen(branch, register)) });
  }
  return { clauses };
}

/** As prompts and keywords are compared: in lower case, with each run of white space as one space. */
export function normaliseWords(text: string): string {
  return text.toLowerCase().replace(/\s+/gu, ' ').trim();
}

function diffClauses(diff: DiffCondition): readonly Clause[] {
  return DIFF_MEASURES.flatMap((measure): Clause[] => {
    const written = diff[measure];
    const range = written === undefined ? undefined : parseRange(written);
    return range === undefined ? [] : [{ key: 'diff', measure, range }];
  });
}

function contextClauses(context: ContextCondition): readonly Clause[] {
  const clauses: Clause[] = [];
  const range = context.tokens === undefined ? undefined : parseRange(context.tokens);
  if (range !== undefined) clauses.push({ key: 'context', measure: 'tokens', range });
  if (context.images !== undefined) clauses.push({ key: 'context', measure: 'images', is: context.images });
  if (context.tools !== undefined) clauses.push({ key: 'context', measure: 'tools', is: context.tools });
  return clauses;
}
