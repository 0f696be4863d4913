// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
// An organisation's usage of six weeks, the same at each run: four teams, one of them too small to be told, and what went wrong.
import { randomBytes } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { decideAtoms } from '../../src/team/figures/decideAtoms.ts';
import { setLeastPersons } from '../../src/team/figures/leastPersons.ts';
import { type SeededTask, seedTasks } from '../../src/team/figures/seededTasks.fixture.ts';
import { dayNumber } from '../../src/team/figures/weeks.ts';
import type { Tables } from '../../src/team/store/tables.ts';
import { dayName } from '../../src/usage/report/dayRange.ts';
import { seeded } from '../fuzz/random.ts';

/** 23 November 2026, 14:03 UTC: a Monday, whose figures are not decided yet. */
export const NOW = Date.UTC(2026, 10, 23, 14, 3);
const USD = 1_000_000_000;
const LAST_DAY = '2026-11-23';
const DAYS = 42;

const policy = {
  version: 1,
  models: {
    large: ['anthropic/claude-opus-5-5'],
    mid: ['anthropic/claude-sonnet-5-5'],
    small: ['microsoft/mai-code-1.1-flash', 'openai/gpt-6-luna'],
  },
  classes: [
    { id: 'inline', when: { kind: 'completion' } },
    { id: 'security', when: { touches: ['src/auth/**'] } },
    { id: 'tests', when: { files: ['**/*.test.ts'] } },
    { id: 'docs', when: { files: ['**/*.md'] } },
    { id: 'refactor', when: { files: ['src/**'] } },
  ],
  routes: {
    inline: { use: 'small', passFloor: 0.25 },
    security: { use: 'large', passFloor: 0.85 },
    tests: { use: ['mid', 'small'], passFloor: 0.75 },
    docs: { use: 'mid', passFloor: 0.7 },
    refactor: { use: ['mid', 'large'], passFloor: 0.75 },
  },
  default: { use: 'mid' },
};

/** How often a model's tasks of a class succeed, and what one costs, in US dollars. */
const models: Readonly<Record<string, Readonly<Record<string, readonly [share: number, pass: number, usd: number]>>>> =
  {
    security: { 'anthropic/claude-opus-5-5': [0.9, 0.91, 0.62], 'anthropic/claude-sonnet-5-5': [0.1, 0.62, 0.21] },
    refactor: {
      'anthropic/claude-opus-5-5': [0.2, 0.9, 0.55],
      'anthropic/claude-sonnet-5-5': [0.55, 0.84, 0.19],
      'openai/gpt-6-luna': [0.25, 0.48, 0.03],
    },
    tests: {
      'anthropic/claude-sonnet-5-5': [0.55, 0.88, 0.14],
      'microsoft/mai-code-1.1-flash': [0.45, 0.86, 0.02],
    },
    docs: {
      'anthropic/claude-sonnet-5-5': [0.5, 0.93, 0.09],
      'microsoft/mai-code-1.1-flash': [0.3, 0.9, 0.011],
      'openai/gpt-6-luna': [0.2, 0.81, 0.016],
    },
    inline: { 'microsoft/mai-code-1.1-flash': [0.8, 0.36, 0.0006], 'openai/gpt-6-luna': [0.2, 0.31, 0.0009] },
    default: { 'anthropic/claude-sonnet-5-5': [1, 0.83, 0.17] },
  };

const teams = [
  { id: 1, name: 'Payments', people: 11, labels: { 'cost-centre': '4711' } },
  { id: 2, name: 'Platform', people: 9, labels: { 'cost-centre': '4711' } },
  { id: 3, name: 'Web', people: 8, labels: { 'cost-centre': '5200' } },
  { id: 4, name: 'Research', people: 3, labels: {} },
] as const;

/** Everything that pages can show. The organisation and its first team are there. */
export async function seedOrganisation(database: Kysely<Tables>): Promise<void> {
  await database
    .insertInto('teams')
    .values(teams.slice(1).map(({ name }) => ({ org_id: 1, name })))
    .execute();
  await seedTasks(database, sampleTasks());
  await seedPolicy(database, JSON.stringify(policy, undefined, 2));
  await seedBudgets(database);
  await seedBills(database);
  await setLeastPersons(database, 1, 5);
  await decideAtoms(database, NOW);
}

function sampleTasks(): readonly SeededTask[] {
  const { below } = seeded(7);
  const random = (): number => below(2 ** 30) / 2 ** 30;
  const between = (low: number, high: number): number => low + random() * (high - low);
  const drawn = <One>(shares: readonly (readonly [One, number])[]): One => {
    let left = random() * shares.reduce((sum, [, share]) => sum + share, 0);
    for (const [one, share] of shares) {
      left -= share;
      if (left <= 0) return one;
    }
    return (shares.at(-1) as readonly [One, number])[0];
  };
  const tasks: SeededTask[] = [];
  for (let ago = DAYS - 1; ago >= 0; ago -= 1) {
    const day = dayName(dayNumber(LAST_DAY) - ago);
    const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
    for (const { id: team, people, labels } of teams) {
      for (let person = 0; person < people; person += 1) {
        const many = weekday === 0 || weekday === 6 ? between(0, 0.8) : between(3, 10);
        for (let n = 0; n < Math.round(many); n += 1) {
          const ofClass = drawn([
            ['refactor', 4],
            ['tests', 3],
            ['docs', 2],
            ['security', team === 1 ? 1.2 : 0.15],
            ['default', 1],
            ['inline', 6],
          ] as const);
          const own = models[ofClass] ?? {};
          const isNew = ago < 24;
          const target = drawn(
            Object.entries(own).map(
              ([name, [share]]) => [name, name.startsWith('microsoft/') && !isNew ? share / 3 : share] as const,
            ),
          );
          const [, pass = 0.5, usd = 0.1] = own[target] ?? [];
          const roll = random();
          const outcome =
            roll < pass * 0.95 ? (random() < 0.6 ? 'committed' : 'kept') : roll < 0.97 ? 'rejected' : 'unknown';
          const trouble = random();
          tasks.push(
            timed({
              team,
              person: `${team}-${person}`,
              day,
              class: ofClass,
              kind:
                ofClass === 'inline'
                  ? 'completion'
                  : ofClass === 'default' && random() < 0.6
                    ? 'chat'
                    : random() < 0.5
                      ? 'agent'
                      : 'edit',
              target,
              policy: isNew ? `7c1f${team}e02b9d41a06` : `03ba${team}f6677d0c915`,
              labels,
              outcome,
              attempts: 1 + Math.floor(random() * 3),
              costNanoUsd: Math.round(usd * between(0.3, 2.2) * USD),
              ...(trouble < 0.03 && { trouble: { failure: trouble < 0.02 ? 'overload' : 'timeout' } }),
              ...(trouble > 0.97 && {
                trouble: { failedProvider: 'anthropic', failedModel: 'claude-sonnet-5-5', failure: 'rate-limit' },
              }),
              ...(trouble > 0.5 && trouble < 0.52 && { trouble: { overridden: trouble < 0.51 ? 'person' : 'client' } }),
              ...(trouble > 0.6 && trouble < 0.615 && { trouble: { outcome: 'blocked', rule: 'eu-only' } }),
            }),
          );
        }
      }
      // One class of work that two people of Platform do alone, and a stand-in that a few try.
      if (team === 2 && weekday === 2)
        tasks.push({ team, person: '2-1', day, class: 'firmware', labels, costNanoUsd: USD });
    }
  }
  return tasks;
}

/** What costs more takes longer. */
function timed(task: SeededTask): SeededTask {
  const latencyMs = Math.round(250 + (task.costNanoUsd ?? 0) / 40_000);
  return { ...task, latencyMs, firstTokenMs: Math.round(latencyMs / 4) };
}

export async function seedPolicy(
  database: Kysely<Tables>,
  text: string,
  name = 'baseline',
  serial = '12',
): Promise<void> {
  await database
    .insertInto('policy_versions')
    .values({
      org_id: 1,
      name,
      serial,
      text: Buffer.from(text),
      signature: randomBytes(64),
      published_at: new Date(NOW - 20 * 86_400_000),
      published_by: 'Ada',
      note: 'tests to two models',
      of_serial: null,
    })
    .execute();
}

async function seedBudgets(database: Kysely<Tables>): Promise<void> {
  const at = new Date(NOW);
  for (const [team, name, amount, spent] of [
    [0, 'company', 4_000, 2_611],
    [1, 'payments', 1_200, 1_130],
  ] as const) {
    await sql`INSERT INTO team_budgets (org_id, team_id, name, period, amount_nano, set_by, set_at)
      VALUES (1, ${team}, ${name}, 'month', ${amount * USD}, 'Ada', ${at})`.execute(database);
    await sql`INSERT INTO budget_periods (org_id, team_id, name, period, period_start, committed_nano, settled_nano, last_grant_nano)
      VALUES (1, ${team}, ${name}, 'month', '2026-11-01', ${spent * USD}, ${(spent - 12) * USD}, 0)`.execute(database);
  }
}

async function seedBills(database: Kysely<Tables>): Promise<void> {
  for (const [source, provider, month, usd] of [
    ['anthropic', 'anthropic', '2026-10', 2_310],
    ['anthropic', 'anthropic', '2026-11', 1_640],
    ['openai', 'openai', '2026-11', 96],
  ] as const) {
    const { id } = await database
      .insertInto('imports')
      .values({
        org_id: 1,
        source,
        sha256: randomBytes(32),
        imported_at: new Date(NOW),
        imported_by: 'Ada',
        rows: 1,
        unread: 0,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await database
      .insertInto('import_rows')
      .values({
        org_id: 1,
        source,
        row_key: randomBytes(32),
        import_id: id,
        grouping: 'day',
        day: `${month}-15`,
        provider,
        model: '',
        billed_nano: String(usd * USD),
        input_tokens: '0',
        cache_read_tokens: '0',
        cache_write_tokens: '0',
        output_tokens: '0',
      })
      .execute();
  }
}
