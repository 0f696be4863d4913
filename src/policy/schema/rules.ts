import * as z from 'zod';
import { when } from './when.ts';
import { date, gates, id, reviewOf, sentence, targets, text, usd } from './words.ts';

// The rules of a policy: classes and their routes, constraints, budgets.

export const passFloor = z
  .number()
  .min(0)
  .max(1)
  .describe(
    'The pass rate (0..1) below which reports call a model too weak for this class. Left out: reports do not judge.',
  );
export const maxCostUsd = usd.describe(
  'The most that a task may cost, in US dollars: spent so far plus the high estimate of the request. Left out: no limit.',
);

export const trial = z
  .strictObject({
    id,
    use: targets.describe('Where the tasks of the trial go; the targets of the route stay behind these.'),
    when: when.optional().describe('Which requests of the route take part. Left out: all.'),
    share: z.number().min(0).max(100).describe('Percent of tasks. A task stays on its arm.'),
    until: date.describe('When it ends.'),
  })
  .meta({ id: 'Trial', description: 'Other targets for a share of the tasks of a route, to compare them fairly.' });

export type Trial = z.output<typeof trial>;

export const route = z
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

export const classOfWork = z
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

export const constraint = z
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
    deny: z
      .array(text)
      .min(1)
      .optional()
      .describe('None of these targets. With "maker:NAME" also none whose maker is not known.'),
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

export const step = z
  .union([
    z.enum(['warn', 'ask', 'block']),
    z.strictObject({
      downgradeTo: targets.describe('Cheaper targets, judged by every constraint; never dearer ones.'),
    }),
  ])
  .meta({ id: 'Step', description: 'What a budget does: of several that are due, the strictest.' });
export type BudgetStep = z.output<typeof step>;

export const budget = z
  .strictObject({
    id,
    per: z
      .enum(['task', 'developer', 'team', 'repo', 'class', 'org'])
      .describe(
        'Whose spend is counted together. What a team or an organisation spent, the team’s server counts; without one, see "onUnknown".',
      ),
    period: z
      .enum(['day', 'week', 'month'])
      .optional()
      .describe('How long it counts, in UTC; a week begins on Monday. Left out: from the beginning on.'),
    usd: usd.describe('The budget in US dollars.'),
    when: when
      .optional()
      .describe(
        'Which requests it holds for, and whose cost it counts; what is not known counts as true. Per task all of the task is counted. Left out: all.',
      ),
    // biome-ignore lint/suspicious/noThenProperty: the policy language's own word; the object is data and never awaited.
    then: step
      .optional()
      .describe(
        'What happens when it is spent, or has no room for what a request may cost; a warning when it is spent. Left out: what "steps" say, else a warning.',
      ),
    steps: z
      .array(
        z.strictObject({
          at: z.number().positive().describe('Percent of the budget.'),
          // biome-ignore lint/suspicious/noThenProperty: as above.
          then: step.describe('What happens from there on, and to requests that may pass it; a warning from there on.'),
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
