import * as z from 'zod';
import { limits } from '../limits.ts';

// What the values of the language are: ids, globs, targets, ranges, dates.

export const requestKinds = [
  'completion',
  'chat',
  'edit',
  'agent',
  'plan',
  'commit-message',
  'title',
  'review',
] as const;

/** What a request is for. */
export type RequestKind = (typeof requestKinds)[number];

export const text = z.string().min(1).max(limits.stringCharacters);
export const sentence = text.describe('A sentence that a person reads when this rule decides something.');

export const id = z
  .string()
  .min(1)
  .max(limits.idCharacters)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    'an id has letters, digits, "-", "_" and ".", and begins with a letter or digit',
  )
  .describe('A name that is unique among its kind in this file.');

export const glob = z
  .string()
  .min(1)
  .max(limits.globCharacters)
  .describe('A path pattern relative to the repository root, with "/" only. A leading "!" takes matches away.');

export const globs = z
  .array(glob)
  .min(1)
  .meta({ id: 'Globs', maxItems: limits.globs, examples: [['src/**', '!src/generated/**'], ['**/*.test.*']] });

export const effort = z.enum(['none', 'minimal', 'low', 'medium', 'high', 'max']);

export const modelReference = text.meta({
  description:
    '"provider/model", an alias from "models", or (completions only) "native" to stand aside for the editor\'s own.',
  maxLength: limits.targetCharacters,
});

export const target = z
  .union([
    modelReference,
    z.strictObject({
      model: modelReference,
      effort: effort
        .optional()
        .describe('How hard a model that can think should think. Left out: as hard as it does by itself.'),
      maxOutputTokens: z
        .int()
        .positive()
        .optional()
        .describe('The longest answer, in tokens. Left out: what the client asks for.'),
    }),
  ])
  .meta({ id: 'Target' });

export const targets = z.union([target, z.array(target).min(1)]).meta({
  id: 'Targets',
  description: 'One target, or several in the order in which they are tried.',
  examples: ['anthropic/claude-sonnet-5-5', ['anthropic/claude-sonnet-5-5', 'openai/gpt-6-sol']],
});

export const usd = z.number().nonnegative().finite();

export const range = z
  .union([
    z.number().nonnegative(),
    z
      .string()
      .regex(
        /^\s*(?:(?:<=|>=|<|>|=)?\s*\d+(?:\.\d+)?|\d+(?:\.\d+)?\s*\.\.\s*\d+(?:\.\d+)?)\s*$/,
        'a range is a number, "<=3", "<3", ">=2", ">2", or "10..100"',
      ),
  ])
  .meta({
    id: 'Range',
    description: 'A number, "<=3", ">=2", or "10..100" (both ends included).',
    examples: ['<=3', '>=2', '10..100'],
  });

export const kind = z.enum(requestKinds);

export const gates = z
  .union([id, z.array(id).min(1)])
  .meta({ id: 'Gates', description: 'One or more gates from "review" that this work must pass.' });

/** The gates of a class, a route or a constraint. */
export const reviewOf = (work: string): z.ZodOptional<typeof gates> =>
  gates.optional().describe(`Gates from "review" that ${work} must pass. Left out: none.`);

export const date = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/,
    'a date is "2026-12-31" or "2026-12-31T18:00:00Z"',
  )
  .meta({
    id: 'Date',
    description: 'A date, or a date with a time and zone. A date alone ends at midnight UTC that begins it.',
    examples: ['2026-12-31', '2026-12-31T18:00:00Z'],
  });

export const duration = z
  .string()
  .regex(/^\d+(?:\.\d+)?\s*(?:s|m|h|d|w)$/, 'a duration is a number and a unit: "30s", "15m", "2h", "1d", "2w"')
  .describe('A duration such as "15m", "2h" or "1d".');

export const strings = z.array(text).min(1);

/** A list in a condition. Like the other sizes in `meta`, its limit is for editors: `sizeMistakes` says it in words. */
