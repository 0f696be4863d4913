// What the server adds up while it takes events in is what the database finds when it counts them again.
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { copyIn } from '../../src/team/store/copyIn.ts';
import type { IncomingEvent } from '../../src/team/usage/eventColumns.ts';
import { EventWriter } from '../../src/team/usage/eventWriter.ts';
import { bucketOf, bucketSql } from '../../src/team/usage/latency.ts';
import { readEvents } from '../../src/team/usage/readEvents.ts';
import { recount } from '../../src/team/usage/recount.ts';
import { arraysOf, type Column, copyText } from '../../src/team/usage/relation.ts';
import {
  arms,
  attemptOutcomes,
  billings,
  failureCodes,
  kinds,
  MOST_MS,
  MOST_NANO_USD,
  MOST_REVISIONS,
  MOST_TOKENS,
  OTHER,
  overriders,
  surfaces,
  taskOutcomes,
} from '../../src/usage/sync/event.ts';
import { idBeginning, newEventId } from '../../src/usage/sync/eventId.ts';
import { keyed } from '../host/teamSamples.ts';
import { startTeamStage } from '../host/teamStage.ts';
import '../host/propertySeed.ts';

const NOW = Date.parse('2026-11-23T12:30Z');
const stage = await startTeamStage({ now: NOW, parts: () => [] });

afterAll(() => stage?.stop());

const word = (words: readonly string[]) => fc.constantFrom(...words, OTHER);
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined, freq: 2 });
const person = fc.constantFrom(...['a', 'b', 'c'].map(keyed));
const task = fc.constantFrom(...['1', '2', '3', '4', '5'].map(keyed));
const name = fc.constantFrom('docs', 'null', 'NULL', 'a.b:c-d_e', '0', 'x'.repeat(64));
const labels = fc.dictionary(
  fc.constantFrom('a', 'team', 'cost-center', 'b', 'Z', 'zz', 'constructor'),
  fc.constantFrom('R-12', 'a b', '0', '1.5'),
  { maxKeys: 4 },
);
const tokens = maybe(fc.oneof(fc.nat(5_000), fc.constantFrom(0, 999, 1_000, 64_000, MOST_TOKENS)));
/** Ten of the largest are more than a number holds. */
const money = maybe(fc.oneof(fc.nat(10_000_000), fc.constantFrom(0, MOST_NANO_USD, MOST_NANO_USD - 1)));
const ms = maybe(fc.oneof(fc.nat(5_000), fc.constantFrom(0, 1, 2, 1_024, 1_025, MOST_MS)));

const subject = {
  id: fc.uuid({ version: 7 }),
  hour: fc.constantFrom('2026-11-21T23:00Z', '2026-11-22T00:00Z', '2026-11-23T10:00Z'),
  person,
  surface: word(surfaces),
  kind: word(kinds.slice(0, 2)),
  class: name,
  policy: maybe(fc.constantFrom(keyed('old'), keyed('new'))),
  provider: maybe(fc.constantFrom('openai', 'anthropic')),
  model: maybe(name),
  trial: maybe(fc.constant('t1')),
  arm: maybe(word(arms)),
  labels: maybe(labels),
  simulated: maybe(fc.constant(true)),
};

const attempts = fc.record({
  ...subject,
  event: fc.constant('attempt'),
  task: maybe(task),
  rule: name,
  place: fc.nat(3),
  asked: maybe(name),
  failedProvider: maybe(name),
  failedModel: maybe(name),
  client: maybe(name),
  overridden: maybe(word(overriders)),
  outcome: word(attemptOutcomes),
  failure: maybe(word(failureCodes)),
  inputTokens: tokens,
  cacheReadTokens: tokens,
  cacheWriteTokens: tokens,
  outputTokens: tokens,
  reasoningTokens: tokens,
  estimated: maybe(fc.constant(true)),
  costNanoUsd: money,
  price: maybe(fc.constant('policy')),
  billing: maybe(word(billings)),
  billedNanoUsd: money,
  latencyMs: ms,
  firstTokenMs: ms,
});

const outcomes = fc.record({
  ...subject,
  event: fc.constant('outcome'),
  task,
  revision: fc.oneof(fc.nat(3), fc.constantFrom(9, 10, MOST_REVISIONS)),
  outcome: word(taskOutcomes),
  previous: maybe(word(taskOutcomes)),
  survival: maybe(fc.nat(100)),
});

/** An id begins with its hour. */
function ofItsHour<Event extends { readonly id: string; readonly hour: string }>(event: Event): Event {
  const beginning = idBeginning(event.hour);
  return { ...event, id: `${beginning}${event.id.slice(beginning.length)}` };
}

/** What was not said is not there, as in JSON. */
const events = fc
  .array(fc.oneof(attempts.map(ofItsHour), outcomes.map(ofItsHour)), { minLength: 1, maxLength: 60 })
  .map((all) => JSON.parse(JSON.stringify(all)) as readonly unknown[]);

function read(sent: readonly unknown[], teamId: number): readonly IncomingEvent[] {
  const found = readEvents({ version: 1, events: sent }, teamId, NOW);
  if (found.kind !== 'events') throw new Error(found.sentence);
  expect(found.refused).toEqual([]);
  return found.incoming;
}

describe.runIf(stage !== undefined)('adding up', () => {
  const pool = stage?.pool as NonNullable<typeof stage>['pool'];
  const writer = new EventWriter(pool);
  let org = 1_000;

  test('whatever events say and however they come together, what is added up is what counting again finds', async () => {
    await fc.assert(
      fc.asyncProperty(events, fc.array(fc.nat(59), { maxLength: 8 }), async (sent, cuts) => {
        org += 1;
        const ends = [...new Set([...cuts, sent.length])].filter((end) => end <= sent.length).sort((a, b) => a - b);
        // Each part has the end of the one before in it again.
        for (const [index, end] of ends.entries()) {
          const part = sent.slice(Math.max(0, (ends[index - 1] ?? 0) - 2), end);
          if (part.length > 0)
            expect(await writer.write(org, read(part, 1 + (index % 2)))).toMatchObject({ kind: 'written' });
        }
        expect((await recount(pool, org)).filter(({ differences }) => differences > 0)).toEqual([]);
      }),
      { numRuns: fc.readConfigureGlobal().numRuns ?? 40 },
    );
  });

  test('sums that a number cannot hold are exact', async () => {
    org += 1;
    const [one = { hour: '' }] = fc.sample(attempts, 1);
    const sent = Array.from({ length: 40 }, () => ({
      ...JSON.parse(JSON.stringify(one)),
      ...{ id: newEventId(one.hour), task: keyed('dear'), costNanoUsd: MOST_NANO_USD - 1 },
    }));
    expect(await writer.write(org, read(sent, 1))).toMatchObject({ accepted: 40 });
    const { rows } = await pool.query('SELECT sum(cost_nano_usd) AS cost FROM attempt_rollups WHERE org_id = $1', [
      org,
    ]);
    expect(rows).toEqual([{ cost: String(40n * BigInt(MOST_NANO_USD - 1)) }]);
    const tasks = await pool.query('SELECT cost_nano_usd AS cost FROM tasks WHERE org_id = $1', [org]);
    expect(tasks.rows).toEqual(rows);
  });

  test('a duration is in the same bucket here and in the database, at each bucket’s border too', async () => {
    const borders = Array.from({ length: 215 }, (_, bucket) => Math.floor(2 ** (bucket / 8)));
    const all = [...new Set(borders.flatMap((border) => [border - 1, border, border + 1]))].filter((one) => one >= 0);
    const { rows } = await pool.query<{ ms: number; bucket: string }>(
      `SELECT ms, ${bucketSql('ms')} AS bucket FROM unnest($1::int[]) AS ms`,
      [all],
    );
    expect(rows.length).toBe(all.length);
    expect(rows.filter(({ ms: of, bucket }) => bucketOf(of) !== bucket)).toEqual([]);
  });

  test('any text arrives as it was, in a row and in an array', async () => {
    const client = await pool.connect();
    try {
      await client.query('CREATE TEMPORARY TABLE texts (place int, text text)');
      const text = fc.string({
        unit: fc.constantFrom('a', '\\', '"', '\t', '\n', '\r', ',', '{', '}', 'N', '.', ' ', 'é', '💡'),
      });
      const columns: readonly Column<{ readonly place: number; readonly text: string | undefined }>[] = [
        { name: 'place', type: 'integer', of: ({ place }) => place },
        { name: 'text', type: 'text', of: (row) => row.text },
      ];
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.oneof(maybe(text), fc.constantFrom('null', 'NULL', String.raw`\N`, String.raw`\.`))),
          async (texts) => {
            const rows = texts.map((one, place) => ({ place, text: one }));
            await client.query('TRUNCATE texts');
            await copyIn(client, 'COPY texts (place, text) FROM STDIN', copyText(columns, rows));
            const copied = await client.query('SELECT text FROM texts ORDER BY place');
            const array = await client.query('SELECT text FROM unnest($1::int[], $2::text[]) AS given (place, text)', [
              ...arraysOf(columns, rows),
            ]);
            const expected = texts.map((one) => ({ text: one ?? null }));
            expect(copied.rows).toEqual(expected);
            expect(array.rows).toEqual(expected);
          },
        ),
      );
    } finally {
      client.release(true);
    }
  });
});
