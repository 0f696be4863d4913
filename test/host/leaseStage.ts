// A team's server with a budget of a hundred dollars a month, and an installation that takes leases of it.
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { expect } from 'vitest';
import { createToken } from '../../src/team/access/machineTokens.ts';
import { listTeamBudgets, setTeamBudget, type TeamBudget } from '../../src/team/budgets/teamBudgets.ts';
import type { LeaseAnswer, LeaseWish } from '../../src/usage/leases/wire.ts';
import { ORG, startTeamStage, TEAM, type TeamStage } from './teamStage.ts';

/** In nano-dollars. */
export const USD = 1e9;

export interface LeaseStage {
  readonly stage: TeamStage;
  /** Of the installation. */
  readonly token: string;
  readonly tokenId: string;
  /** Nothing was leased, and it is the time that it was at first. */
  begin(): Promise<void>;
  set(amount: number | undefined, teamId?: number, period?: 'day' | 'month' | 'ever'): Promise<void>;
  wish(changes?: Partial<LeaseWish>): LeaseWish;
  post(path: string, body: unknown, by?: string): Promise<Response>;
  ask(changes?: Partial<LeaseWish>, by?: string): Promise<LeaseAnswer>;
  settle(answer: LeaseAnswer, spentNanoUsd: number, by?: string): Promise<Response>;
  standing(): Promise<TeamBudget | undefined>;
}

/** undefined: there is no PostgreSQL for this machine. */
export async function startLeaseStage(now: number): Promise<LeaseStage | undefined> {
  const stage = await startTeamStage({ now });
  if (stage === undefined) return undefined;
  const of = { orgId: ORG, teamId: TEAM, scope: 'lease', label: 'the link of spring' } as const;
  const { token, id: tokenId } = await createToken(stage.database, of, now);
  const set: LeaseStage['set'] = (amount, teamId = TEAM, period = 'month') =>
    setTeamBudget(stage.services, { orgId: ORG, teamId, name: 'all', period }, amount, 'Ada');
  const wish: LeaseStage['wish'] = (changes = {}) => ({
    request: randomUUID(),
    budget: 'all',
    per: 'team',
    period: 'month',
    needNanoUsd: USD,
    wantedNanoUsd: 4 * USD,
    mostNanoUsd: 100 * USD,
    evenEmpty: false,
    ...changes,
  });
  const post: LeaseStage['post'] = (path, body, by = token) =>
    fetch(`${stage.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${by}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  return {
    ...{ stage, token, tokenId, set, wish, post },
    begin: async () => {
      stage.setNow(now);
      await sql`TRUNCATE team_budgets, policy_budgets, budget_periods, budget_leases, audit_log`.execute(
        stage.database,
      );
      await set(100 * USD);
    },
    ask: async (changes = {}, by = token) => {
      const response = await post('/v1/leases', wish(changes), by);
      expect(response.status).toBe(200);
      return (await response.json()) as LeaseAnswer;
    },
    settle: (answer, spentNanoUsd, by = token) => post(`/v1/leases/${answer.lease?.id}/settle`, { spentNanoUsd }, by),
    standing: async () => (await listTeamBudgets(stage.services, ORG))[0],
  };
}
