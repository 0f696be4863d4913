import { z } from 'zod';
import { limits } from './limits.ts';

/**
 * The shape of `.routing-policy.json`, version 1: the one source from which the TypeScript types, the published JSON
 * Schema, completion in the editor and the reference page are made. Unknown keys are errors everywhere: a misspelt
 * `deny` that is silently ignored would be a hole in a fence.
 */

export { limits };

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

const text = z.string().min(1).max(limits.stringCharacters);
const sentence = text.describe('A sentence that a person reads when this rule decides something.');

const id = z
  .string()
  .min(1)
  .max(limits.idCharacters)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    'an id has letters, digits, "-", "_" and ".", and begins with a letter or digit',
  )
  .describe('A name that is unique among its kind in this file.');

const glob = z
  .string()
  .min(1)
  .max(limits.globCharacters)
  .describe('A path pattern relative to the repository root, with "/" only. A leading "!" takes matches away.');

const globs = z
  .array(glob)
  .min(1)
  .meta({ id: 'Globs', maxItems: limits.globs, examples: [['src/**', '!src/generated/**'], ['**/*.test.*']] });

const effort = z.enum(['none', 'minimal', 'low', 'medium', 'high', 'max']);

const modelReference = text.meta({
  description:
    '"provider/model", an alias from "models", or (completions only) "native" to stand aside for the editor\'s own.',
  maxLength: limits.targetCharacters,
});

const target = z
  .union([
    modelReference,
    z.strictObject({
      model: modelReference,
      effort: effort.optional().describe('How hard a model that can think should think.'),
      maxOutputTokens: z.int().positive().optional().describe('The longest answer, in tokens.'),
    }),
  ])
  .meta({ id: 'Target' });

const targets = z.union([target, z.array(target).min(1)]).meta({
  id: 'Targets',
  description: 'One target, or several in the order in which they are tried.',
  examples: ['anthropic/claude-sonnet-5-5', ['anthropic/claude-sonnet-5-5', 'openai/gpt-6-sol']],
});

const usd = z.number().nonnegative().finite();

const range = z
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

const kind = z.enum(requestKinds);

const gates = z
  .union([id, z.array(id).min(1)])
  .meta({ id: 'Gates', description: 'One or more gates from "review" that this work must pass.' });

const date = z
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

const duration = z
  .string()
  .regex(/^\d+(?:\.\d+)?\s*(?:s|m|h|d|w)$/, 'a duration is a number and a unit: "30s", "15m", "2h", "1d", "2w"')
  .describe('A duration such as "15m", "2h" or "1d".');

const strings = z.array(text).min(1);

/** A list in a condition. Like the other sizes in `meta`, its limit is for editors: `sizeMistakes` says it in words. */
const words = strings.meta({ maxItems: limits.conditionItems });
const keywords = z
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

const diffCondition = z
  .strictObject({
    files: range.optional().describe('How many counted files.'),
    lines: range.optional().describe('Added plus deleted lines.'),
    added: range.optional().describe('Added lines.'),
    deleted: range.optional().describe('Deleted lines.'),
    modules: range.optional().describe('How many modules the code files belong to; support files do not count.'),
  })
  .describe('The size of the work.');
export type DiffCondition = z.output<typeof diffCondition>;

const contextCondition = z
  .strictObject({
    tokens: range.optional().describe('Estimated input tokens of the request.'),
    images: z.boolean().optional().describe('Whether it has images.'),
    tools: z.boolean().optional().describe('Whether it offers tools.'),
  })
  .describe('What the request carries.');
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
  .meta({ id: 'When', description: 'Conditions: keys are ANDed, a list inside a key is ORed.' });

const passFloor = z
  .number()
  .min(0)
  .max(1)
  .describe('The pass rate (0..1) below which reports call a model too weak for this class.');
const maxCostUsd = usd.describe(
  'The most that a task may cost, in US dollars: spent so far plus the high estimate of the request.',
);

const trial = z.strictObject({
  id,
  use: targets,
  when: when.optional(),
  share: z.number().min(0).max(100).describe('Percent of tasks.'),
  until: date,
});

export type Trial = z.output<typeof trial>;

const route = z
  .strictObject({
    use: targets,
    review: gates.optional(),
    escalateTo: targets.optional().describe('Where the same task goes when its first answer did not do.'),
    maxCostUsd: maxCostUsd.optional(),
    passFloor: passFloor.optional(),
    trial: trial.optional(),
  })
  .meta({ id: 'Route', description: 'Where a class of work goes.' });
export type Route = z.output<typeof route>;

const classOfWork = z
  .strictObject({
    id,
    when,
    description: text.optional().describe('What this class is, for people.'),
    final: z.boolean().optional().describe("An organisation's class that no repository may pre-empt."),
    use: targets.optional().describe('Short for a route; an error beside one in "routes".'),
    review: gates.optional(),
    maxCostUsd: maxCostUsd.optional(),
    passFloor: passFloor.optional(),
  })
  .meta({ id: 'ClassOfWork', description: 'A class of work: the first in the list that matches wins.' });
export type ClassOfWork = z.output<typeof classOfWork>;

const constraint = z
  .strictObject({
    id,
    reason: sentence,
    mode: z.literal('observe').optional().describe('Only record what this would have done.'),
    when: when.optional().describe('Left out: always.'),
    allow: z
      .array(text)
      .min(1)
      .optional()
      .describe('Only these targets. "*" crosses "/"; "maker:NAME" matches whoever serves it.'),
    deny: z.array(text).min(1).optional().describe('None of these targets.'),
    hosts: z.array(text).min(1).optional().describe('Only endpoints whose host matches.'),
    local: z.literal(true).optional().describe('Only targets on this machine.'),
    block: z.literal(true).optional().describe('Refuse the request.'),
    residency: z.array(text).min(1).optional().describe('Only endpoints that keep data in one of these places.'),
    retention: z.literal('zero').optional().describe('Only endpoints that keep nothing.'),
    maxCostUsd: maxCostUsd.optional(),
    review: gates.optional(),
    attested: z.literal(true).optional().describe('Only models with a valid attestation.'),
    else: targets.optional().describe('Tried, under every constraint, when this constraint leaves no target.'),
    until: date.optional().describe('From then on, this constraint no longer applies.'),
  })
  .meta({
    id: 'Constraint',
    description: 'What may never be. All that match apply; a constraint can only take targets away.',
  });
export type Constraint = z.output<typeof constraint>;

const step = z.union([z.enum(['warn', 'ask', 'block']), z.strictObject({ downgradeTo: targets })]);
export type BudgetStep = z.output<typeof step>;

const budget = z
  .strictObject({
    id,
    per: z.enum(['task', 'developer', 'team', 'repo', 'class', 'org']).describe('Whose spend is counted together.'),
    period: z.enum(['day', 'week', 'month']).optional().describe('In UTC; a week begins on Monday.'),
    usd: usd.describe('The budget in US dollars.'),
    when: when.optional(),
    // biome-ignore lint/suspicious/noThenProperty: the policy language's own word; the object is data and never awaited.
    then: step.optional().describe('What happens at 100 percent.'),
    steps: z
      .array(
        // biome-ignore lint/suspicious/noThenProperty: as above.
        z.strictObject({ at: z.number().positive().describe('Percent of the budget.'), then: step }),
      )
      .min(1)
      .optional(),
    onUnknown: z
      .enum(['open', 'closed'])
      .optional()
      .describe('What an unpriced target does to this budget: closed (the default) keeps it out.'),
  })
  .meta({ id: 'Budget', description: 'What may be spent, and what happens when it is.' });
export type Budget = z.output<typeof budget>;

const modules = z.union([
  z.enum(['auto', 'workspaces', 'codeowners', 'top-level']),
  z.strictObject({
    from: z.enum(['auto', 'workspaces', 'codeowners', 'top-level']).optional(),
    roots: globs.optional(),
    named: z.record(id, globs).meta({ maxProperties: limits.namedModules }).optional(),
    support: globs.optional().describe('Files that never make work cross-module, beside the built-in ones.'),
  }),
]);
export type ModulesSetting = z.output<typeof modules>;

const integrity = z
  .string()
  .regex(/^sha(?:256|384|512)-[A-Za-z0-9+/]+={0,2}$/, 'an integrity value is "sha256-" and the base64 digest');
const source = z.union([
  text,
  z.strictObject({ source: text, integrity }),
  z.strictObject({
    source: text,
    key: z.string().regex(/^ed25519:[A-Za-z0-9+/_-]+={0,2}$/, 'a key is "ed25519:" and the base64 public key'),
    refresh: duration.optional(),
    maxStale: duration.optional(),
  }),
]);
export type PolicySource = z.output<typeof source>;

const price = z.strictObject({
  inputUsd: usd,
  outputUsd: usd,
  cacheReadUsd: usd.optional(),
  cacheWriteUsd: usd.optional(),
  asOf: date,
});

export const requestFacts = z
  .strictObject({
    kind: kind.optional(),
    text: z.string().max(100_000).optional(),
    files: z
      .array(
        z.union([
          text,
          z.strictObject({
            path: text,
            added: z.int().nonnegative().optional(),
            deleted: z.int().nonnegative().optional(),
            module: text.optional(),
          }),
        ]),
      )
      .optional()
      .describe('The files that the request works on.'),
    reads: z
      .array(text)
      .optional()
      .describe('Files whose text goes out without being worked on: constraints see them.'),
    context: z
      .strictObject({
        tokens: z.int().nonnegative().optional(),
        images: z.boolean().optional(),
        tools: z.boolean().optional(),
      })
      .optional(),
    client: text.optional(),
    team: text.optional(),
    branch: text.optional(),
    intent: text.optional(),
    spent: z
      .record(z.string(), usd)
      .optional()
      .describe('Spent so far, in US dollars, by budget id; "task" is this task.'),
    down: z.array(text).optional().describe('Providers, targets or "maker:NAME" that cannot be reached.'),
  })
  .meta({ id: 'Request', description: 'What is known about a request. What is left out is unknown.' });
export type RequestFacts = z.output<typeof requestFacts>;

const policyTest = z.strictObject({
  name: text.optional(),
  given: requestFacts,
  expect: z.strictObject({
    class: text.optional(),
    model: text.optional().describe('The routed target, as "provider/model".'),
    provider: text.optional(),
    review: z.array(id).optional().describe('Exactly these gates, in any order.'),
    blocked: z.boolean().optional(),
    by: z.array(text).optional().describe('Each of these rules took part in a refusal or removal.'),
  }),
});
export type PolicyTest = z.output<typeof policyTest>;

const gate = z.strictObject({
  who: z.union([text, z.array(text).min(1)]),
  approvals: z.int().positive().optional(),
  within: duration.optional(),
});

export const policySchema = z
  .strictObject({
    $schema: z.string().optional().describe('Where editors find the JSON Schema of this file.'),
    version: z.literal(1).describe('The version of this language.'),
    default: z.union([targets, route]).describe('Where work goes that no class matches.'),
    mode: z
      .enum(['observe', 'warn', 'enforce'])
      .optional()
      .describe('How strictly this is carried out. Left out: enforce.'),
    extends: z
      .union([source, z.array(source).min(1)])
      .optional()
      .describe(
        'Policies that this one tightens: "./file", "preset:team", "npm:@org/baseline", or a URL with a hash or key.',
      ),
    models: z
      .record(id, targets)
      .meta({ maxProperties: limits.aliases })
      .optional()
      .describe('Aliases. The order is the fallback order.'),
    modules: modules.optional().describe('What counts as a module. Left out: the nearest folder with a manifest.'),
    diff: z
      .strictObject({
        base: z
          .enum(['session', 'head', 'staged', 'merge-base'])
          .optional()
          .describe(
            'What counts as the work: this session (the default), the uncommitted change, the staged one, the branch.',
          ),
        ignore: globs.optional().describe('Files that are not counted, unless nothing else is left.'),
      })
      .optional()
      .describe('What counts as the work, and which files do not.'),
    classes: z.array(classOfWork).optional().describe('Classes of work, in order; the first that matches wins.'),
    routes: z.record(id, route).optional().describe('Where each class goes.'),
    constraints: z
      .array(constraint)
      .meta({ maxItems: limits.constraints })
      .optional()
      .describe('What may never be. All that match apply.'),
    diversity: z
      .strictObject({ minSuppliers: z.int().positive(), reason: sentence.optional() })
      .optional()
      .describe('How many independent suppliers every class of work needs.'),
    budgets: z.array(budget).meta({ maxItems: limits.budgets }).optional().describe('What may be spent.'),
    review: z
      .record(id, gate)
      .meta({ maxProperties: limits.gates })
      .optional()
      .describe('Gates: reviews that must happen.'),
    attestations: z
      .strictObject({
        files: glob,
        keys: strings.optional(),
        eval: z
          .strictObject({
            minPassRate: z.number().min(0).max(1),
            confidence: z.number().min(0).max(1).optional(),
            minTasks: z.int().positive().optional(),
            maxAgeDays: z.number().positive(),
          })
          .optional(),
        adversarial: z
          .strictObject({ maxAgeDays: z.number().positive(), maxSuccessRate: z.number().min(0).max(1).optional() })
          .optional(),
        onMissing: z.enum(['skip', 'warn', 'block']).optional(),
      })
      .optional()
      .describe('Where proofs that a model was evaluated lie, and what they must show.'),
    overrides: z
      .strictObject({
        who: z.union([text, strings]).optional(),
        direction: z.enum(['none', 'up', 'any']).optional(),
        reason: z.enum(['required', 'optional']).optional(),
        expires: duration.optional(),
        maxPerDay: z.int().nonnegative().optional(),
      })
      .optional()
      .describe('Who may send a request elsewhere, in which direction, and for how long.'),
    session: z
      .strictObject({ pin: z.enum(['turn', 'session', 'until-compaction']).optional() })
      .optional()
      .describe('When a conversation may move to another model.'),
    prices: z
      .record(text, price)
      .optional()
      .describe("A contract's prices by target, in US dollars per million tokens."),
    labels: z.record(id, text).optional().describe('The only names from a policy that reports may carry.'),
    tests: z.array(policyTest).meta({ maxItems: limits.tests }).optional().describe("The policy's own tests."),
  })
  .meta({ title: 'Routing Policy', description: 'Which model serves which class of work, and what may never be.' });

/** A policy as written, after validation: the one shape that the rest of the house reads. */
export type Policy = z.output<typeof policySchema>;
export type Target = z.output<typeof target>;
export type Targets = z.output<typeof targets>;
export type Effort = z.output<typeof effort>;
export type PolicyMode = NonNullable<Policy['mode']>;
export type GateDefinition = z.output<typeof gate>;
export type PolicyPrice = z.output<typeof price>;
