import * as z from 'zod';

// What routers and the team's server say to each other about budgets. Amounts are integer nano-dollars. Nothing in it says
// who asks, what for, or in which repository.

/** How long a budget counts; `ever`: from the beginning on. */
export const budgetPeriods = ['day', 'week', 'month', 'ever'] as const;
export type BudgetPeriod = (typeof budgetPeriods)[number];

/** A million dollars: more is no budget of one request or lease. */
const MOST_LEASED = 1e15;
const amount = z.int().min(0).max(MOST_LEASED);

/** What a router asks for: `POST /v1/leases`. */
export const leaseWish = z.strictObject({
  /** Made by whoever asks; the same again gets the same lease. */
  request: z.uuid(),
  /** The budget's id, as its own policy has it. */
  budget: z.string().min(1).max(128),
  per: z.enum(['team', 'org']),
  period: z.enum(budgetPeriods),
  /** Less is of no use: what the request that waits for it may cost. */
  needNanoUsd: amount,
  /** What would last a while. */
  wantedNanoUsd: amount,
  /** The budget as the router's own policy has it: the lower one holds. */
  mostNanoUsd: z.int().min(0),
  /** A lease of nothing is of use too: what is spent beyond the budget is told by it. */
  evenEmpty: z.boolean(),
});
export type LeaseWish = z.infer<typeof leaseWish>;

/** Where a budget stands, as the server counts it. */
const standing = z.object({
  limitNanoUsd: amount,
  /** Of leases that are settled. */
  settledNanoUsd: z.int(),
  /** With the whole amount of all that are not, whoever holds them. */
  committedNanoUsd: z.int(),
});
export type ServerStanding = z.infer<typeof standing>;

/** The answer to {@link LeaseWish}. Durations in milliseconds: the clocks of two machines need not agree. */
export const leaseAnswer = z.object({
  lease: z.object({ id: z.uuid(), amountNanoUsd: amount, validForMs: z.int().min(0).max(86_400_000) }).optional(),
  standing,
});
export type LeaseAnswer = z.infer<typeof leaseAnswer>;

/** What a lease came to in the end: `POST /v1/leases/{id}/settle`. It may be more than its amount. */
export const leaseSettlement = z.strictObject({ spentNanoUsd: amount });
export type LeaseSettlement = z.infer<typeof leaseSettlement>;

/** The answer to {@link LeaseSettlement}; the same settlement again is answered alike. */
export const settlementAnswer = z.object({ standing });

/** Why a request about leases is not carried out: a sentence, and a code where a program can do something about it. */
export const leaseRefusal = z.object({ error: z.string(), code: z.string() });
/** The server has no such budget. */
export const UNKNOWN_BUDGET = 'unknown-budget';
/** The server has no such lease, or no longer: there is nothing to settle. */
export const UNKNOWN_LEASE = 'unknown-lease';
