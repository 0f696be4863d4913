// Eight routers, of two users, that spend from one budget of their team at once, while the server that grants it is killed, its
// answers are lost, and clocks jump.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createToken } from '../../src/team/access/machineTokens.ts';
import { listTeamBudgets, setTeamBudget } from '../../src/team/budgets/teamBudgets.ts';
import { type OpenDatabase, openDatabase } from '../../src/team/store/database.ts';
import { migrate } from '../../src/team/store/migrate.ts';
import { writeMembership } from '../../src/usage/sync/membership.ts';
import { firstLine } from '../host/firstLine.ts';
import { type Postgres, startPostgres } from '../host/postgres.ts';
import { createRepository, type Repository } from '../host/repository.ts';
import { policyFile, sampleFiles } from '../host/routerStage.ts';
import { type Asked, type ServedRouter, serveRouter } from '../host/servedRouter.ts';
import { ORG, TEAM } from '../host/teamStage.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';

const USERS = 2;
const ROUTERS_EACH = 4;
/** How long nobody is served before a budget is taken for spent. */
const QUIET_MS = 4_000;
/** And how often on average each of them has been refused by then: a machine that pauses has nobody refused. */
const REFUSALS_EACH = 3;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const pause = (ms: number): Promise<void> => new Promise((settle) => setTimeout(settle, ms));
const opus = 'anthropic/claude-opus-5-5';
/** The next budget is never the last one: what was granted of that stays counted. */
let budgets = 0;

const postgres: Postgres | undefined = await startPostgres();

describe.skipIf(postgres === undefined)('a team’s budget that eight routers spend from', () => {
  let home: string;
  let store: OpenDatabase;
  let simulated: SimulatedProviders;
  let repository: Repository;
  let routers: readonly ServedRouter[] = [];
  let states: readonly string[] = [];
  let server: TeamProcess;
  let proxy: Proxy;
  let id: string;

  beforeAll(async () => {
    if (postgres === undefined) throw new Error('No PostgreSQL.');
    home = realpathSync(mkdtempSync(join(tmpdir(), 'team-leases-')));
    store = openDatabase(postgres.address);
    await migrate(store.database);
    await store.database.insertInto('orgs').values({ name: 'Acme' }).execute();
    await store.database.insertInto('teams').values({ org_id: ORG, name: 'Payments' }).execute();
    const of = { orgId: ORG, teamId: TEAM } as const;
    const { token } = await createToken(store.database, { ...of, scope: 'lease' }, Date.now());
    server = teamProcess(postgres);
    await server.start();
    proxy = await startProxy(() => server.port);
    [simulated, repository] = await Promise.all([startSimulatedProviders(), createRepository({ files: sampleFiles })]);
    const providers = join(home, 'providers.json');
    writeFileSync(providers, JSON.stringify(simulated.providers));
    states = Array.from({ length: USERS }, (_, n) => join(home, `state-${n}`));
    for (const state of states) {
      mkdirSync(state, { mode: 0o700 });
      const salt = 'salt-of-a-team-in-a-test';
      writeMembership(state, { endpoint: proxy.url, token: 'x'.repeat(32), salt, lease: token });
    }
    const made: ServedRouter[] = [];
    // The first of each user makes the ledger.
    for (let n = 0; n < ROUTERS_EACH; n += 1) {
      const all = states.map((state, user) =>
        serveRouter({
          home,
          state,
          providers,
          root: repository.folder,
          before: join(import.meta.dirname, '..', 'host', 'offClock.ts'),
          env: { CLOCK_FILE: clockOf(user) },
        }),
      );
      made.push(...(await Promise.all(all)));
    }
    routers = made;
  }, 180_000);
  afterAll(async () => {
    await Promise.all(routers.map((router) => router.stop()));
    await proxy.stop();
    await server.kill();
    await simulated.stop();
    await repository.remove();
    await store.close();
    await postgres?.stop();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });

  beforeEach(() => {
    simulated.anthropic.recover();
    simulated.anthropic.forget();
    proxy.cutsEach = 0;
    for (let user = 0; user < USERS; user += 1) setClock(user, 0);
    for (const state of states) {
      inLedger(state, (database) => database.exec('DELETE FROM attempts; DELETE FROM attempt_classes'));
    }
  });

  const clockOf = (user: number): string => join(home, `clock-${user}`);
  const setClock = (user: number, ms: number): void => writeFileSync(clockOf(user), String(ms));

  /** A budget of its own, in the policy and on the server. */
  async function setBudget(nanoUsd: number, more: object = {}): Promise<void> {
    budgets += 1;
    id = `shared-${budgets}`;
    const policy = {
      version: 1,
      default: opus,
      // biome-ignore lint/suspicious/noThenProperty: the policy language's own word; the object is data and never awaited.
      budgets: [{ id, per: 'team', period: 'month', usd: nanoUsd / 1e9, then: 'block', ...more }],
    };
    await repository.write({ [policyFile]: JSON.stringify(policy) });
    const services = { database: store.database, now: () => Date.now() };
    await setTeamBudget(services, { orgId: ORG, teamId: TEAM, name: id, period: 'month' }, nanoUsd, 'Ada');
  }

  const costs = (): readonly number[] =>
    states.flatMap((state) =>
      inLedger(state, (database) =>
        database
          .prepare('SELECT cost_nano_usd AS cost FROM attempts WHERE cost_nano_usd > 0')
          .all()
          .map(({ cost }) => Number(cost)),
      ),
    );
  const standing = async () => {
    const all = await listTeamBudgets({ database: store.database, now: () => Date.now() }, ORG);
    return all.find(({ name }) => name === id);
  };

  const heldBy = (state: string): readonly number[] =>
    inLedger(state, (database) =>
      database
        .prepare('SELECT nano_usd AS nano FROM lease_holds')
        .all()
        .map(({ nano }) => Number(nano)),
    );
  const longAnswer = (characters: number) =>
    ({ kind: 'answer', answer: { text: 'word '.repeat(characters / 5) } }) as const;

  const saysUsedUp = ({ text }: Asked): boolean => text.includes(id) && !text.includes('is not known');

  let talks = 0;
  /**
   * Each router is asked one request after the other, all routers at once, until all have been refused for a while, or time is
   * up.
   * @param isQuiet nothing disturbs them any more, so that a refusal is the budget's
   */
  async function spendAll(isQuiet: () => boolean, longestMs: number): Promise<readonly Asked[]> {
    const answers: Asked[] = [];
    const began = performance.now();
    let servedAt = began;
    let refusals = 0;
    const isOver = (): boolean =>
      isQuiet() && performance.now() - servedAt > QUIET_MS && refusals >= REFUSALS_EACH * routers.length;
    await Promise.all(
      routers.map(async (router) => {
        while (performance.now() - began < longestMs && !isOver()) {
          talks += 1;
          const answer = await router.ask(`talk-${talks}`, false);
          answers.push(answer);
          // A server that is slow to answer is not a budget that is used up.
          if (answer.status !== 200 && isQuiet() && saysUsedUp(answer)) refusals += 1;
          else [servedAt, refusals] = [performance.now(), 0];
          if (answer.status !== 200) await pause(100);
        }
      }),
    );
    return answers;
  }

  const forgetCosts = (): void => {
    for (const state of states) inLedger(state, (database) => database.exec('DELETE FROM attempts'));
  };

  /** What one request sets aside, and what it then costs, in nano-dollars. */
  async function oneRequest(characters: number): Promise<{ readonly high: number; readonly cost: number }> {
    await setBudget(1e12);
    simulated.anthropic.behave(longAnswer(characters), Number.POSITIVE_INFINITY);
    // On a busy machine the first lease may take longer than a request waits for it, and a look may come too late.
    for (let tries = 0; tries < 20; tries += 1) {
      forgetCosts();
      const watching = new Set<number>();
      const asking = routers[0]?.ask(`the first, ${tries}`, false);
      let isOver = false;
      void asking?.finally(() => {
        isOver = true;
      });
      while (!isOver) {
        for (const nano of heldBy(states[0] ?? '')) watching.add(nano);
        await pause(1);
      }
      const [high = 0] = watching;
      const [cost = 0] = costs();
      forgetCosts();
      if ((await asking)?.status === 200 && high > 0) return { high, cost };
    }
    throw new Error('no request was served');
  }

  it('is spent nearly in full and never overspent, though its server is killed and its answers are lost', {
    timeout: 120_000,
  }, async () => {
    const { high, cost } = await oneRequest(7_000);
    expect(cost).toBeLessThan(high);
    const limit = high * 60;
    await setBudget(limit);
    const cutsBefore = proxy.cuts;
    proxy.cutsEach = 2;
    const disturbance = disturb(async () => {
      for (let kills = 0; kills < 5; kills += 1) {
        await pause(500);
        await server.kill();
        await server.start();
      }
      await expect.poll(() => proxy.cuts, { timeout: 30_000 }).toBeGreaterThan(cutsBefore + 1);
      proxy.cutsEach = 0;
    });
    await spendAll(disturbance.isOver, 60_000);
    await disturbance.ended;
    expect(sum(costs())).toBeLessThanOrEqual(limit);
    expect(sum(costs())).toBeGreaterThan(limit * 0.9);
    expect(await standing()).toMatchObject({ amountNanoUsd: limit });
    // What the server does not know yet is on leases: it counts them in full.
    const { spentNanoUsd = 0, outNanoUsd = 0 } = (await standing()) ?? {};
    expect(spentNanoUsd).toBeLessThanOrEqual(sum(costs()));
    expect(spentNanoUsd + outNanoUsd).toBeGreaterThanOrEqual(sum(costs()));
  });

  it('is overspent by what running requests cost beyond their estimate, and by no more', {
    timeout: 120_000,
  }, async () => {
    const { high, cost } = await oneRequest(24_000);
    expect(cost).toBeGreaterThan(2 * high);
    const limit = high * 40;
    await setBudget(limit);
    await spendAll(() => true, 60_000);
    expect(sum(costs())).toBeLessThanOrEqual(limit + routers.length * (cost - high));
    expect(sum(costs())).toBeGreaterThan(limit * 0.9);
  });

  it('is not overspent when the clocks of its users jump', { timeout: 120_000 }, async () => {
    const { high } = await oneRequest(7_000);
    const limit = high * 40;
    await setBudget(limit);
    const disturbance = disturb(async () => {
      for (const jump of [2 * DAY_MS, -2 * HOUR_MS, 40 * DAY_MS, 0, HOUR_MS / 2, 0]) {
        await pause(600);
        setClock(0, jump);
        setClock(1, -jump);
      }
    });
    await spendAll(disturbance.isOver, 60_000);
    await disturbance.ended;
    expect(sum(costs())).toBeLessThanOrEqual(limit);
    expect(sum(costs())).toBeGreaterThan(limit * 0.5);
  });

  it('counts what a router that was killed had set aside as spent', { timeout: 120_000 }, async () => {
    const { high } = await oneRequest(7_000);
    const limit = high * 20;
    await setBudget(limit);
    simulated.anthropic.recover();
    simulated.anthropic.forget();
    simulated.anthropic.behave({ kind: 'hang' }, 4);
    simulated.anthropic.behave(longAnswer(7_000), Number.POSITIVE_INFINITY);
    const dying = routers.slice(0, 4).map((router, n) => router.ask(`dying-${n}`, false).catch(() => undefined));
    await expect.poll(() => simulated.anthropic.requests.length).toBeGreaterThanOrEqual(4);
    await Promise.all(routers.slice(0, 4).map((router) => router.kill()));
    await Promise.all(dying);
    routers = routers.slice(4);
    await spendAll(() => true, 30_000);
    expect(sum(costs())).toBeLessThanOrEqual(limit - 4 * high);
    expect(sum(costs())).toBeGreaterThan(limit * 0.5);
  });
});

interface Disturbance {
  isOver(): boolean;
  readonly ended: Promise<void>;
}

function disturb(work: () => Promise<void>): Disturbance {
  let isOver = false;
  const ended = work().finally(() => {
    isOver = true;
  });
  return { isOver: () => isOver, ended };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function inLedger<Result>(state: string, work: (database: DatabaseSync) => Result): Result {
  const database = new DatabaseSync(join(state, 'ledger.sqlite'), { timeout: 5_000 });
  try {
    return work(database);
  } finally {
    database.close();
  }
}

interface TeamProcess {
  readonly port: number;
  start(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
}

function teamProcess({ address }: Postgres): TeamProcess {
  let child: ChildProcess | undefined;
  let port = 0;
  return {
    get port() {
      return port;
    },
    start: async () => {
      const program = join(import.meta.dirname, '..', 'host', 'leaseServerProcess.ts');
      child = spawn(process.execPath, [program, JSON.stringify(address), String(port)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      ({ port } = JSON.parse(await firstLine(child, 60_000)) as { port: number });
    },
    kill: async () => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

interface Proxy {
  readonly url: string;
  /** Of so many answers one is lost after the server has given it; 0: none. */
  cutsEach: number;
  readonly cuts: number;
  stop(): Promise<void>;
}

/** Between routers and the server, which may be elsewhere each time. */
async function startProxy(port: () => number): Promise<Proxy> {
  let answers = 0;
  let cuts = 0;
  const server: Server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    try {
      const answer = await fetch(`http://127.0.0.1:${port()}${request.url}`, {
        method: request.method ?? 'GET',
        headers: {
          authorization: request.headers.authorization ?? '',
          'content-type': 'application/json',
          host: `127.0.0.1:${port()}`,
        },
        body: Buffer.concat(parts),
      });
      const text = await answer.text();
      answers += 1;
      if (proxy.cutsEach > 0 && answers % proxy.cutsEach === 0) {
        cuts += 1;
        request.socket.destroy();
        return;
      }
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
    } catch {
      request.socket.destroy(); // the server is down
    }
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const proxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cutsEach: 0,
    get cuts() {
      return cuts;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((settle) => server.close(settle));
    },
  };
  return proxy;
}
