import * as z from 'zod';
import { limits } from './limits.ts';
import { budget, classOfWork, constraint, route } from './schema/rules.ts';
import { when } from './schema/when.ts';
import {
  date,
  duration,
  type effort,
  glob,
  globs,
  id,
  kind,
  requestKinds,
  sentence,
  strings,
  type target,
  targets,
  text,
  usd,
} from './schema/words.ts';

/**
 * The shape of `.routing-policy.json`, version 1: the one source from which the TypeScript types, the published JSON
 * Schema, completion in the editor and the reference page are made. Unknown keys are errors everywhere: a misspelt
 * `deny` that is silently ignored would be a hole in a fence.
 */

export type { Budget, BudgetStep, ClassOfWork, Constraint, Route, Trial } from './schema/rules.ts';
export type { ContextCondition, DiffCondition, When } from './schema/when.ts';
export type { RequestKind } from './schema/words.ts';
export { limits, requestKinds, when };

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
