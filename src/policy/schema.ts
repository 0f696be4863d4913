import * as z from 'zod';
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

/** The gates of a class, a route or a constraint. */
const reviewOf = (work: string): z.ZodOptional<typeof gates> =>
  gates.optional().describe(`Gates from "review" that ${work} must pass. Left out: none.`);

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
  .describe('The size of the work. What is left out is not asked.');
export type DiffCondition = z.output<typeof diffCondition>;

const contextCondition = z
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

const passFloor = z
  .number()
  .min(0)
  .max(1)
  .describe(
    'The pass rate (0..1) below which reports call a model too weak for this class. Left out: reports do not judge.',
  );
const maxCostUsd = usd.describe(
  'The most that a task may cost, in US dollars: spent so far plus the high estimate of the request. Left out: no limit.',
);

const trial = z
  .strictObject({
    id,
    use: targets.describe('Where the tasks of the trial go; the targets of the route stay behind these.'),
    when: when.optional().describe('Which requests of the route take part. Left out: all.'),
    share: z.number().min(0).max(100).describe('Percent of tasks. A task stays on its arm.'),
    until: date.describe('When it ends.'),
  })
  .meta({ id: 'Trial', description: 'Other targets for a share of the tasks of a route, to compare them fairly.' });

export type Trial = z.output<typeof trial>;

const route = z
  .strictObject({
    use: targets.describe('Where the work goes: one target, or several in the order in which they are tried.'),
    review: reviewOf('this class of work'),
    escalateTo: targets
      .optional()
      .describe('Where the same task goes when its first answer did not do. Left out: to the same targets again.'),
    maxCostUsd: maxCostUsd.optional(),
    passFloor: passFloor.optional(),
    trial: trial.optional().describe('Sends a share of the tasks elsewhere, until a date. Left out: no trial.'),
  })
  .meta({ id: 'Route', description: 'Where a class of work goes.' });
export type Route = z.output<typeof route>;

const classOfWork = z
  .strictObject({
    id,
    when: when.describe('Which work is of this class. An empty object takes whatever arrives here.'),
    description: text.optional().describe('What this class is, for people. Left out: nothing is said.'),
    final: z
      .boolean()
      .optional()
      .describe("An organisation's class that no class of a repository comes before. Left out: false."),
    use: targets
      .optional()
      .describe(
        'Short for a route; an error beside one in "routes". Left out: the route of that name, else where "default" says.',
      ),
    review: reviewOf('this class of work'),
    maxCostUsd: maxCostUsd.optional(),
    passFloor: passFloor.optional(),
  })
  .meta({ id: 'ClassOfWork', description: 'A class of work: the first in the list that matches wins.' });
export type ClassOfWork = z.output<typeof classOfWork>;

const constraint = z
  .strictObject({
    id,
    reason: sentence,
    mode: z.literal('observe').optional().describe('Only record what this would have done. Left out: it holds.'),
    when: when.optional().describe('Which requests it holds for; what is not known counts as true. Left out: all.'),
    allow: z
      .array(text)
      .min(1)
      .optional()
      .describe('Only these targets: "*" crosses "/", "maker:NAME" matches whoever serves it.'),
    deny: z.array(text).min(1).optional().describe('None of these targets.'),
    hosts: z.array(text).min(1).optional().describe('Only endpoints whose host matches; "*" stands for anything.'),
    local: z.literal(true).optional().describe('Only targets on this machine. To lift it, remove the key.'),
    block: z.literal(true).optional().describe('Refuse the request. To lift it, remove the key.'),
    residency: z
      .array(text)
      .min(1)
      .optional()
      .describe('Only endpoints that are known to keep data in one of these places.'),
    retention: z.literal('zero').optional().describe('Only endpoints that are known to keep nothing.'),
    maxCostUsd: maxCostUsd.optional(),
    review: gates.optional().describe('Gates from "review" that such work must pass.'),
    attested: z.literal(true).optional().describe('Only models with a valid attestation.'),
    else: targets
      .optional()
      .describe('Tried, under every constraint, when this one leaves no target. Left out: the request is refused.'),
    until: date.optional().describe('From then on, this constraint no longer applies. Left out: it has no end.'),
  })
  .meta({
    id: 'Constraint',
    description:
      'What may never be. All that match apply; a constraint can only take targets away. What is left out limits nothing.',
  });
export type Constraint = z.output<typeof constraint>;

const step = z
  .union([
    z.enum(['warn', 'ask', 'block']),
    z.strictObject({
      downgradeTo: targets.describe('Cheaper targets, judged by every constraint; never dearer ones.'),
    }),
  ])
  .meta({ id: 'Step', description: 'What a budget does: of several that are due, the strictest.' });
export type BudgetStep = z.output<typeof step>;

const budget = z
  .strictObject({
    id,
    per: z
      .enum(['task', 'developer', 'team', 'repo', 'class', 'org'])
      .describe(
        'Whose spend is counted together. What a team or an organisation spent is not known on one machine: see "onUnknown".',
      ),
    period: z
      .enum(['day', 'week', 'month'])
      .optional()
      .describe('How long it counts, in UTC; a week begins on Monday. Left out: from the beginning on.'),
    usd: usd.describe('The budget in US dollars.'),
    when: when.optional().describe('Which requests it holds for. Left out: all.'),
    // biome-ignore lint/suspicious/noThenProperty: the policy language's own word; the object is data and never awaited.
    then: step.optional().describe('What happens when it is spent. Left out: what "steps" say, else a warning.'),
    steps: z
      .array(
        z.strictObject({
          at: z.number().positive().describe('Percent of the budget.'),
          // biome-ignore lint/suspicious/noThenProperty: as above.
          then: step.describe('What happens from there on.'),
        }),
      )
      .min(1)
      .optional()
      .describe('What happens on the way. Left out: nothing before 100 percent.'),
    onUnknown: z
      .enum(['open', 'closed'])
      .optional()
      .describe(
        'What is done where a price or the spend is not known: "closed" keeps unpriced targets out and takes the budget for spent, "open" lets both pass. Left out: closed.',
      ),
  })
  .meta({ id: 'Budget', description: 'What may be spent, and what happens when it is.' });
export type Budget = z.output<typeof budget>;

const modules = z.union([
  z.enum(['auto', 'workspaces', 'codeowners', 'top-level']),
  z.strictObject({
    from: z
      .enum(['auto', 'workspaces', 'codeowners', 'top-level'])
      .optional()
      .describe('What tells modules where "named" and "roots" do not. Left out: auto.'),
    roots: globs.optional().describe('Folders that are modules, such as "services/*". Left out: none.'),
    named: z
      .record(id, globs)
      .meta({ maxProperties: limits.namedModules })
      .optional()
      .describe('Modules by name; the first whose globs match a file has it. Left out: none.'),
    support: globs
      .optional()
      .describe('Files that never make work cross-module, beside the built-in ones. Left out: only those.'),
  }),
]);
export type ModulesSetting = z.output<typeof modules>;

const integrity = z
  .string()
  .regex(/^sha(?:256|384|512)-[A-Za-z0-9+/]+={0,2}$/, 'an integrity value is "sha256-" and the base64 digest');
const sourceName = text.describe('"./file", "preset:NAME", "npm:PACKAGE" or an https address.');
const source = z
  .union([
    sourceName,
    z.strictObject({
      source: sourceName,
      integrity: integrity.describe('The digest of its bytes: "sha256-" and base64. Anything else is refused.'),
    }),
    z.strictObject({
      source: sourceName,
      key: z
        .string()
        .regex(/^ed25519:[A-Za-z0-9+/_-]+={0,2}$/, 'a key is "ed25519:" and the base64 public key')
        .describe('The public key that it has to be signed with: "ed25519:" and base64.'),
      refresh: duration.optional().describe('How often it is asked for anew. Left out: 15 minutes.'),
      maxStale: duration.optional().describe('How long the last good copy serves. Left out: 24 hours.'),
    }),
  ])
  .meta({ id: 'Source', description: 'A policy around this one. One on the network needs a hash or a key.' });
export type PolicySource = z.output<typeof source>;

const price = z.strictObject({
  inputUsd: usd.describe('A million tokens that are sent.'),
  outputUsd: usd.describe('A million tokens that are written.'),
  cacheReadUsd: usd.optional().describe('A million tokens read from the cache. Left out: as input.'),
  cacheWriteUsd: usd.optional().describe('A million tokens written to the cache. Left out: as input.'),
  asOf: date.describe('Since when the contract has these prices.'),
});

export const requestFacts = z
  .strictObject({
    kind: kind.optional().describe('What it is for. Left out: chat.'),
    text: z.string().max(100_000).optional().describe('The words of the prompt.'),
    files: z
      .array(
        z.union([
          text,
          z
            .strictObject({
              path: text.describe('Relative to the repository.'),
              added: z.int().nonnegative().optional().describe('Added lines.'),
              deleted: z.int().nonnegative().optional().describe('Deleted lines.'),
              module: text.optional().describe('Its module. Left out: told from the path.'),
            })
            .describe('A file and how much of it was changed. What is left out is unknown.'),
        ]),
      )
      .optional()
      .describe('The files that the request works on. Left out: not known, which is not the same as an empty list.'),
    reads: z
      .array(text)
      .optional()
      .describe('Files whose text goes out without being worked on: constraints see them.'),
    context: z
      .strictObject({
        tokens: z.int().nonnegative().optional().describe('Input tokens.'),
        images: z.boolean().optional().describe('Whether it has images.'),
        tools: z.boolean().optional().describe('Whether it offers tools.'),
      })
      .optional()
      .describe('What it carries. What is left out is unknown.'),
    client: text.optional().describe('The client, as it names itself.'),
    team: text.optional().describe('The team of the developer.'),
    branch: text.optional().describe('The branch that is checked out.'),
    intent: text.optional().describe('What the client declares.'),
    spent: z
      .record(z.string(), usd)
      .optional()
      .describe('Spent so far, in US dollars, by budget id; "task" is this task. Left out: nothing.'),
    down: z
      .array(text)
      .optional()
      .describe('Providers, targets or "maker:NAME" that cannot be reached. Left out: none.'),
  })
  .meta({ id: 'Request', description: 'What is known about a request. What is left out is unknown.' });
export type RequestFacts = z.output<typeof requestFacts>;

const policyTest = z.strictObject({
  name: text.optional().describe('What it is about. Left out: its number.'),
  given: requestFacts.describe('The request.'),
  expect: z
    .strictObject({
      class: text.optional().describe('The class of the request; "default" where none matches.'),
      model: text.optional().describe('The routed target, as "provider/model"; "native", "blocked" or "unserved".'),
      provider: text.optional().describe('The provider of the routed target.'),
      review: z.array(id).optional().describe('Exactly these gates, in any order.'),
      blocked: z.boolean().optional().describe('Whether the policy refuses it.'),
      by: z.array(text).optional().describe('Each of these rules took part in a refusal or removal.'),
    })
    .describe('What has to come of it. What is left out is not checked.'),
});
export type PolicyTest = z.output<typeof policyTest>;

const gate = z.strictObject({
  who: z.union([text, z.array(text).min(1)]).describe('People or teams who may review, as the code host names them.'),
  approvals: z.int().positive().optional().describe('How many reviews. Left out: 1.'),
  within: duration.optional().describe('How soon; it is shown, and binds nobody. Left out: nothing is said.'),
});

export const policySchema = z
  .strictObject({
    $schema: z
      .string()
      .optional()
      .describe('Where editors find the JSON Schema of this file. Left out: this extension brings it.'),
    version: z.literal(1).describe('The version of this language.'),
    default: z.union([targets, route]).describe('Where work goes that no class matches.'),
    mode: z
      .enum(['observe', 'warn', 'enforce'])
      .optional()
      .describe(
        'How strictly this is carried out: "observe" only records, "warn" routes but refuses nothing. Of several layers the strictest holds. Left out: no opinion; without any, enforce.',
      ),
    extends: z
      .union([source, z.array(source).min(1)])
      .optional()
      .describe(
        'Policies that this one tightens: "./file", "preset:team", "npm:@org/baseline", or a URL with a hash or key. Left out: none but the machine\'s own.',
      ),
    models: z
      .record(id, targets)
      .meta({ maxProperties: limits.aliases })
      .optional()
      .describe('Aliases. The order is the fallback order. Left out: none.'),
    modules: modules
      .optional()
      .describe('What counts as a module. Left out: auto, the nearest folder with a manifest.'),
    diff: z
      .strictObject({
        base: z
          .enum(['session', 'head', 'staged', 'merge-base'])
          .optional()
          .describe(
            'What counts as the work: "session" what this session edited, "head" the uncommitted change, "staged" the staged one, "merge-base" the branch. Left out: session.',
          ),
        ignore: globs
          .optional()
          .describe('Files that are not counted, unless nothing else is left. Left out: only generated files.'),
      })
      .optional()
      .describe('What counts as the work, and which files do not. Left out: see its keys.'),
    classes: z
      .array(classOfWork)
      .optional()
      .describe('Classes of work, in order; the first that matches wins. Left out: all work is "default".'),
    routes: z
      .record(id, route)
      .optional()
      .describe('Where each class goes, by its id. Left out: each class says so itself.'),
    constraints: z
      .array(constraint)
      .meta({ maxItems: limits.constraints })
      .optional()
      .describe('What may never be. All that match apply. Left out: nothing is forbidden.'),
    diversity: z
      .strictObject({
        minSuppliers: z.int().positive().describe('Providers and makers that have to fail together to stop a class.'),
        reason: sentence.optional().describe('A sentence for people. Left out: nothing is said.'),
      })
      .optional()
      .describe('How many independent suppliers every class of work needs. Left out: it is not asked.'),
    budgets: z
      .array(budget)
      .meta({ maxItems: limits.budgets })
      .optional()
      .describe('What may be spent. Left out: there is no limit.'),
    review: z
      .record(id, gate)
      .meta({ maxProperties: limits.gates })
      .optional()
      .describe('Gates by name: reviews that must happen. Left out: none.'),
    attestations: z
      .strictObject({
        files: glob.describe('The attestation files in the repository.'),
        keys: strings.optional().describe('Names of the keys that may sign them. Left out: any.'),
        eval: z
          .strictObject({
            minPassRate: z.number().min(0).max(1).describe('The least share of tasks that it passed.'),
            confidence: z.number().min(0).max(1).optional().describe('How sure that is. Left out: not asked.'),
            minTasks: z.int().positive().optional().describe('The least number of tasks. Left out: not asked.'),
            maxAgeDays: z.number().positive().describe('How old it may be, in days.'),
          })
          .optional()
          .describe('What an evaluation must show. Left out: none is needed.'),
        adversarial: z
          .strictObject({
            maxAgeDays: z.number().positive().describe('How old it may be, in days.'),
            maxSuccessRate: z
              .number()
              .min(0)
              .max(1)
              .optional()
              .describe('The largest share of attacks that may succeed. Left out: not asked.'),
          })
          .optional()
          .describe('What an adversarial test must show. Left out: none is needed.'),
        onMissing: z
          .enum(['skip', 'warn', 'block'])
          .optional()
          .describe('What a model without one means: pass it over, use it and say so, or refuse. Left out: skip.'),
      })
      .optional()
      .describe(
        'Where proofs that a model was evaluated lie, and what they must show. Left out: those of a layer around this file.',
      ),
    overrides: z
      .strictObject({
        who: z.union([text, strings]).optional().describe('Teams that may. Left out: everybody.'),
        direction: z
          .enum(['none', 'up', 'any'])
          .optional()
          .describe('"up": only to dearer targets by list price. Left out: any.'),
        reason: z.enum(['required', 'optional']).optional().describe('Whether one must be given. Left out: required.'),
        expires: duration.optional().describe('How long one lasts, at most 24 hours. Left out: 24 hours.'),
        maxPerDay: z
          .int()
          .nonnegative()
          .optional()
          .describe('How many a person may begin a day (UTC). Left out: any number.'),
      })
      .optional()
      .describe('Who may ask for another model than the policy chose. Left out: nobody.'),
    session: z
      .strictObject({
        pin: z
          .enum(['turn', 'session', 'until-compaction'])
          .optional()
          .describe(
            'How long a conversation stays with its model, because a switch costs a cold cache. Left out: until-compaction, as long as a cache would be lost.',
          ),
      })
      .optional()
      .describe('When a conversation may move to another model. Left out: see its key.'),
    prices: z
      .record(text, price)
      .optional()
      .describe("A contract's prices by target, in US dollars per million tokens. Left out: list prices."),
    labels: z
      .record(id, text)
      .optional()
      .describe('The only names from a policy that reports may carry. Left out: none.'),
    tests: z
      .array(policyTest)
      .meta({ maxItems: limits.tests })
      .optional()
      .describe("The policy's own tests. Left out: none."),
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
