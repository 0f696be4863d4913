import * as z from 'zod';
import { limits } from '../limits.ts';
import { globs, kind, type RequestKind, range, strings, text } from './words.ts';

// The conditions of classes, constraints and budgets.

export const words = strings.meta({ maxItems: limits.conditionItems });
export const keywords = z
  .array(text.meta({ maxLength: limits.keywordCharacters }))
  .min(1)
  .meta({ maxItems: limits.conditionItems });

/** The conditions of a class or a constraint. Keys are ANDed; a list inside a key is ORed. */
export interface When {
  kind?: RequestKind | RequestKind[] | undefined;
  files?: string[] | undefined;
  touches?: string[] | undefined;
  languages?: string[] | undefined;
  client?: string[] | undefined;
  team?: string[] | undefined;
  branch?: string[] | undefined;
  diff?: DiffCondition | undefined;
  context?: ContextCondition | undefined;
  intent?: string[] | undefined;
  keywords?: string[] | undefined;
  not?: When | undefined;
  anyOf?: When[] | undefined;
}

export const diffCondition = z
  .strictObject({
    files: range.optional().describe('How many counted files.'),
    lines: range.optional().describe('Added plus deleted lines.'),
    added: range.optional().describe('Added lines.'),
    deleted: range.optional().describe('Deleted lines.'),
    modules: range.optional().describe('How many modules the code files belong to; support files do not count.'),
  })
  .describe('The size of the work. What is left out is not asked.');
export type DiffCondition = z.output<typeof diffCondition>;

export const contextCondition = z
  .strictObject({
    tokens: range.optional().describe('Estimated input tokens of the request.'),
    images: z.boolean().optional().describe('Whether it has images.'),
    tools: z.boolean().optional().describe('Whether it offers tools.'),
  })
  .describe('What the request carries. What is left out is not asked.');
export type ContextCondition = z.output<typeof contextCondition>;

export const when: z.ZodType<When> = z
  .lazy(() =>
    z.strictObject({
      kind: z
        .union([kind, z.array(kind).min(1)])
        .optional()
        .describe('What the request is for.'),
      files: globs.optional().describe('EVERY counted file matches. With no counted file this is false.'),
      touches: globs.optional().describe('SOME file matches, ignored and generated files included: for guards.'),
      languages: words.optional().describe('Every counted file is in one of these language ids.'),
      client: words.optional().describe('The client that sent the request, as it names itself (it can be claimed).'),
      team: words.optional().describe('The team of the developer, as configured (it can be claimed).'),
      branch: globs.optional().describe('The branch that is checked out matches.'),
      diff: diffCondition.optional(),
      context: contextCondition.optional(),
      intent: words.optional().describe('Declared by the client or a slash command. Preferences only.'),
      keywords: keywords.optional().describe('Words in the prompt. Preferences only: a prompt can spoof them.'),
      not: when.optional().describe('This does not hold.'),
      anyOf: z.array(when).min(1).optional().describe('At least one of these holds.'),
    }),
  )
  .meta({
    id: 'When',
    description: 'Conditions: keys are ANDed, a list inside a key is ORed. What is left out is not asked.',
  });
