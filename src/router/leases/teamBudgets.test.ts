// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { ownTimeOf } from '../../../test/host/ownClock.ts';
import type { LayeredPolicy } from '../../policy/layers.ts';
import { decide } from '../../routing/decide.ts';
import type { Decision } from '../../routing/decision.ts';
import { explainDecision, refusalSentence } from '../../routing/explain.ts';
import { policyWith, world } from '../../routing/testing/world.ts';
import type { LeaseWish } from '../../usage/leases/wire.ts';
import type { Ledger } from '../../usage/ledger.ts';
import { openLedger } from '../../usage/ledgerFile.ts';
import { budgetSpend, type Reserved, reserveSpend, uncountedBudgets } from '../spend.ts';
import { TeamBudgets } from './teamBudgets.ts';

const OPUS = 'anthropic/claude-opus-5-5';
const HAIKU = 'anthropic/claude-haiku-5-5';
const USD = 1e9;
const START = Date.UTC(2026, 10, 23, 12);

/** A team's server of one budget, which says what it is told to. */
interface Server {
  readonly url: string;
  readonly asked: LeaseWish[];
  readonly settled: { readonly lease: string; readonly spentNanoUsd: number }[];
  /** What it still grants, in nano-dollars. */
  left: number;
  limit: number;
  mode: 'up' | 'down' | 'no-budget' | 'silent' | 'lost';
}

async function startServer(): Promise<Server> {
  const made: Omit<Server, 'url'> = { asked: [], settled: [], left: 100 * USD, limit: 100 * USD, mode: 'up' };
  const granted = new Map<string, { id: string; amountNanoUsd: number; validForMs: number }>();
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as LeaseWish & { spentNanoUsd: number };
    const standing = (): object => ({
      limitNanoUsd: made.limit,
      settledNanoUsd: 0,
      committedNanoUsd: made.limit - made.left,
    });
    const answer = (status: number, said: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said));
    };
    if (made.mode === 'silent') return;
    if (made.mode === 'down') return void request.socket.destroy();
    const [, lease] = /^\/v1\/leases\/(.+)\/settle$/.exec(request.url ?? '') ?? [];
    if (lease !== undefined) {
      made.settled.push({ lease, spentNanoUsd: body.spentNanoUsd });
      return answer(200, { standing: standing() });
    }
    made.asked.push(body);
    if (made.mode === 'no-budget') return answer(404, { error: 'none', code: 'unknown-budget' });
    const amountNanoUsd = made.left < body.needNanoUsd ? 0 : Math.min(made.left, body.wantedNanoUsd);
    const known = granted.get(body.request) ?? { id: crypto.randomUUID(), amountNanoUsd, validForMs: 900_000 };
    if (!granted.has(body.request)) made.left -= amountNanoUsd;
    granted.set(body.request, known);
    if (made.mode === 'lost') return void request.socket.destroy();
    return answer(200, { lease: known, standing: standing() });
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((settle) => server.close(settle));
  });
  return Object.assign(made, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

let server: Server;
let ledger: Ledger;
let folder: string;
let now: number;
let requests = 0;

beforeEach(async () => {
  server = await startServer();
  now = START;
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'team-budgets-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  ledger = await opened();
});

async function opened(): Promise<Ledger> {
  const found = await openLedger(folder, now);
  if (found.kind !== 'open') throw new Error(found.reason);
  onTestFinished(() => found.ledger.close());
  return found.ledger;
}

function budgetsOf(of = ledger, hasToken = true): TeamBudgets {
  const made = new TeamBudgets({
    book: of.leases,
    fetch,
    place: () => (hasToken ? { endpoint: server.url, token: 'x'.repeat(32) } : undefined),
    now: () => now,
    log: () => undefined,
  });
  onTestFinished(() => made.dispose());
  return made;
}

const policyOf = (more: object = {}): LayeredPolicy =>
  policyWith({
    default: OPUS,
    budgets: [{ id: 'team-month', per: 'team', period: 'month', usd: 100, then: 'block', ...more }],
  });

/** Decides as a router does: asks for what is needed, then sets it aside. */
async function request(
  teamBudgets: TeamBudgets,
  policy = policyOf(),
  longestMs = 20_000,
  of = ledger,
): Promise<{ readonly decision: Decision; readonly id: string; readonly reserved: Reserved }> {
  requests += 1;
  const id = `request-${requests}`;
  const decided = (asksFirst: boolean, short?: ReadonlySet<string>): Decision => {
    const where = { classes: new Map(), repoKey: '', now, shared: { teamBudgets, short, asksFirst } };
    const spent = budgetSpend(policy, of, where);
    const uncounted = uncountedBudgets(policy, { teamBudgets, short });
    return decide(policy, { kind: 'chat' }, { ...world({ tokens: 10_000 }), spent, uncounted });
  };
  let decision = decided(true);
  const enough = AbortSignal.timeout(longestMs);
  for (let n = 0; n < 3 && (await teamBudgets.cover(decision, policy, () => enough)); n += 1) decision = decided(false);
  decision = decided(false);
  const reserved = reserveSpend(
    (short) => {
      decision = decided(false, short);
      return decision.outcome.kind === 'routed' ? decision : undefined;
    },
    of,
    { requestId: id, repoKey: '', taskId: () => undefined, now, policy, teamBudgets },
  );
  return { decision, id, reserved };
}

function ended({ id, reserved }: { readonly id: string; readonly reserved: Reserved }, nanoUsd: number): void {
  ledger.leases.spent(id, nanoUsd);
  reserved.giveUp();
}

const highOf = ({ cost }: Decision): number => (cost.kind === 'priced' ? cost.highNanoUsd : 0);

describe('a budget of a team', () => {
  it('is leased before the first request spends from it, once for several, and told back with what was spent alone', async () => {
    const budgets = budgetsOf();
    const first = await request(budgets);
    expect(first.decision.outcome.kind).toBe('routed');
    const high = highOf(first.decision);
    expect(server.asked).toMatchObject([
      { budget: 'team-month', per: 'team', period: 'month', mostNanoUsd: 100 * USD },
    ]);
    ended(first, 7);
    const second = await request(budgets);
    ended(second, 5);
    expect(server.asked).toHaveLength(1);
    expect(server.asked[0]?.wantedNanoUsd).toBeGreaterThan(2 * high);
    await budgets.dispose();
    expect(server.settled).toEqual([{ lease: expect.any(String), spentNanoUsd: 12 }]);
    expect(Object.keys(server.asked[0] ?? {}).sort()).toEqual(
      ['budget', 'evenEmpty', 'mostNanoUsd', 'needNanoUsd', 'per', 'period', 'request', 'wantedNanoUsd'].sort(),
    );
  });

  it('is not asked for where no policy has one', async () => {
    const budgets = budgetsOf();
    expect((await request(budgets, policyWith({ default: OPUS }))).decision.outcome.kind).toBe('routed');
    await budgets.dispose();
    expect(server.asked).toEqual([]);
  });

  it('is asked for again beside the requests, before a lease is used up', async () => {
    const budgets = budgetsOf();
    for (let n = 0; n < 6; n += 1) {
      const one = await request(budgets);
      ended(one, highOf(one.decision));
    }
    await expect.poll(() => server.asked.length).toBe(2);
  });

  it('that is used up refuses with which one, how much, whose, until when and what to do', async () => {
    server.left = 0;
    const { decision } = await request(budgetsOf());
    expect(decision.outcome.kind).toBe('blocked');
    const said = refusalSentence(decision);
    for (const part of ['`team-month`', '(of the team)', '$100.00 a month', 'other machines'])
      expect(said).toContain(part);
    expect(said).toMatch(/Try again in some minutes/);
  });

  it('of which too little is leased for one model, and no more is to be had, serves another that it has room for', async () => {
    const both = policyWith({
      default: [OPUS, HAIKU],
      budgets: [{ id: 'team-month', per: 'team', period: 'month', usd: 100, then: 'block' }],
    });
    const budgets = budgetsOf();
    // Of opus one such request may cost $0.1125, of haiku $0.0225.
    server.left = 140_000_000;
    const first = await request(budgets, both);
    expect(first.decision.outcome).toMatchObject({ target: { target: OPUS } });
    const second = await request(budgets, both);
    expect(second.decision).toMatchObject({
      outcome: { kind: 'routed', target: { target: HAIKU } },
      budgets: [{ did: 'kept-out', shortfall: { target: OPUS, leftNanoUsd: 27_500_000 } }],
    });
    const third = await request(budgets, both);
    expect(third.decision.outcome.kind).toBe('blocked');
    expect(refusalSentence(third.decision)).toMatch(/\$0\.005 is left, and this request may cost up to \$0\.0225 on/);
    const { heldNanoUsd } = ledger.leases.standing(`${server.url}\nteam month team-month`, now);
    expect(heldNanoUsd).toBe(highOf(first.decision) + 22_500_000);
  });

  it('whose server allows less than the policy says goes by that', async () => {
    server.limit = 2 * USD;
    server.left = 0;
    const { decision } = await request(budgetsOf());
    expect(decision.budgets).toMatchObject([{ limitNanoUsd: 2 * USD, did: 'blocked' }]);
  });

  it('that only warns lets requests go on beyond it, and what they spend is told', async () => {
    server.left = 0;
    const budgets = budgetsOf();
    const one = await request(budgets, policyOf({ then: 'warn' }));
    expect(one.decision).toMatchObject({ outcome: { kind: 'routed' }, budgets: [{ did: 'warned' }] });
    ended(one, 9);
    await budgets.dispose();
    expect(server.settled).toMatchObject([{ spentNanoUsd: 9 }]);
  });

  it('that blocks at a part of it is leased up to that part', async () => {
    await request(budgetsOf(), policyOf({ then: undefined, steps: [{ at: 80, then: 'block' }] }));
    expect(server.asked).toMatchObject([{ mostNanoUsd: 80 * USD }]);
  });

  it('counts a request in full whose cost nobody knows', async () => {
    const budgets = budgetsOf();
    const one = await request(budgets);
    ledger.leases.spent(one.id, undefined);
    one.reserved.giveUp();
    await budgets.dispose();
    expect(server.settled).toMatchObject([{ spentNanoUsd: highOf(one.decision) }]);
  });

  it('is one for several layers that have it, and set aside once', async () => {
    const budgets = budgetsOf();
    const one = await request(budgets);
    expect(one.decision.budgets).toHaveLength(1);
    const { freeNanoUsd, heldNanoUsd } = ledger.leases.standing(`${server.url}\nteam month team-month`, now);
    expect(heldNanoUsd).toBe(highOf(one.decision));
    expect(freeNanoUsd).toBe((server.asked[0]?.wantedNanoUsd ?? 0) - heldNanoUsd);
  });
});

describe('where the team’s server is away', () => {
  it.each([
    [
      'closed',
      'blocked',
      /is not known, because the team’s server was asked at 12:00 UTC, and it could not be reached/,
    ],
    ['open', 'routed', /is not enforced here: the team’s server was asked at 12:00 UTC, and it could not be reached/],
  ] as const)('the policy’s “onUnknown”: "%s" holds, and says so', async (onUnknown, outcome, words) => {
    server.mode = 'down';
    const budgets = budgetsOf();
    const { decision } = await request(budgets, policyOf({ onUnknown }));
    expect(decision.outcome.kind).toBe(outcome);
    expect(`${refusalSentence(decision)} ${explainDecision(decision).lines.join(' ')}`).toMatch(words);
    expect(budgets.warning()).toMatch(/Budget "team-month" is not counted: the team’s server was asked at 12:00 UTC/);
    expect(refusalSentence(decision)).not.toContain(server.url);
  });

  it('what is leased already is spent as before', async () => {
    const budgets = budgetsOf();
    ended(await request(budgets), 1);
    server.mode = 'down';
    expect((await request(budgets)).decision).toMatchObject({
      outcome: { kind: 'routed' },
      budgets: [{ did: 'nothing' }],
    });
    expect(budgets.warning()).toBeUndefined();
  });

  it('a request waits for it so long and no longer', async () => {
    server.mode = 'silent';
    const tookMs = await ownTimeOf(async () => {
      expect((await request(budgetsOf(), policyOf(), 300)).decision.outcome.kind).toBe('blocked');
    });
    expect(tookMs).toBeLessThan(1_500);
  });

  it('nobody waits for it while it is known to be', async () => {
    server.mode = 'down';
    const budgets = budgetsOf();
    await request(budgets);
    server.mode = 'silent';
    now += 3_000;
    expect(await ownTimeOf(() => request(budgets))).toBeLessThan(500);
  });

  it('it is asked again by and by, and all is well when it answers', async () => {
    server.mode = 'down';
    const budgets = budgetsOf();
    await request(budgets);
    server.mode = 'up';
    now += 3_000;
    await request(budgets);
    await expect.poll(async () => (await request(budgets)).decision.outcome.kind).toBe('routed');
    expect(budgets.warning()).toBeUndefined();
  });

  it('a lease whose answer was lost is had by asking again under its name', async () => {
    server.mode = 'lost';
    const budgets = budgetsOf();
    await request(budgets);
    server.mode = 'up';
    now += 3_000;
    await request(budgets);
    await expect.poll(async () => (await request(budgets)).decision.outcome.kind).toBe('routed');
    expect(new Set(server.asked.map((wish) => wish.request)).size).toBe(1);
  });

  it('and for a budget that it does not have', async () => {
    server.mode = 'no-budget';
    const budgets = budgetsOf();
    const { decision } = await request(budgets);
    expect(refusalSentence(decision)).toMatch(/the team’s server has no such budget: an admin of it sets one/);
    await request(budgets);
    expect(server.asked).toHaveLength(1);
  });

  it('and for a machine that has joined no team, or by a link that takes no leases', async () => {
    const budgets = budgetsOf(ledger, false);
    const { decision } = await request(budgets);
    expect(refusalSentence(decision)).toMatch(/join the team with a link that may take leases/);
    // A policy that others wrote for their teams is no trouble of this machine.
    expect(budgets.warning()).toBeUndefined();
  });
});

describe('a lease', () => {
  const account = (): string => `${server.url}\nteam month team-month`;

  it.each([
    ['that ran out', 900_001],
    ['of a clock that was put back', -60_000],
  ])('%s is spent from no more, and returned', async (_what, jump) => {
    const budgets = budgetsOf();
    ended(await request(budgets), 3);
    now += jump;
    expect(ledger.leases.standing(account(), now).freeNanoUsd).toBe(0);
    expect(ledger.leases.closed(now)).toMatchObject([{ spentNanoUsd: 3 }]);
  });

  it('that a request still spends from is returned when that has ended', async () => {
    const one = await request(budgetsOf());
    now += 900_001;
    expect(ledger.leases.closed(now)).toEqual([]);
    ended(one, 4);
    expect(ledger.leases.closed(now)).toMatchObject([{ spentNanoUsd: 4 }]);
  });

  it('of a process that died counts what that had set aside as spent', async () => {
    const one = await request(budgetsOf());
    now += 2 * 3_600_000;
    const fresh = await opened();
    expect(fresh.leases.closed(now)).toMatchObject([{ spentNanoUsd: highOf(one.decision) }]);
  });

  it('that nobody uses for a while is returned', async () => {
    ended(await request(budgetsOf()), 2);
    now += 300_001;
    expect(ledger.leases.closed(now)).toMatchObject([{ spentNanoUsd: 2 }]);
  });

  it('is shared by the processes of a user: one asks, and the others wait for its answer', async () => {
    const others = await Promise.all([opened(), opened()]);
    const answers = await Promise.all(
      [ledger, ...others].map((one) => request(budgetsOf(one), policyOf(), 2_000, one)),
    );
    expect(answers.map(({ decision }) => decision.outcome.kind)).toEqual(['routed', 'routed', 'routed']);
    expect(server.asked).toHaveLength(1);
  });

  it('lost with the process that asked for it is had by the next, under the same name', async () => {
    const turn = ledger.leases.takeTurn(account(), now, 6_000);
    const other = await opened();
    expect(other.leases.takeTurn(account(), now, 6_000)).toEqual({ kind: 'busy' });
    now += 6_001;
    expect(other.leases.takeTurn(account(), now, 6_000)).toEqual(turn);
  });
});

it('a server is there as soon as the machine has joined a team that grants leases', () => {
  let hasToken = false;
  const place = () => (hasToken ? { endpoint: server.url, token: 'x'.repeat(32) } : undefined);
  const teamBudgets = new TeamBudgets({ book: ledger.leases, fetch, place, now: () => now, log: () => undefined });
  onTestFinished(() => teamBudgets.dispose());
  expect(teamBudgets.hasServer).toBe(false);
  hasToken = true;
  expect(teamBudgets.hasServer).toBe(true);
});
