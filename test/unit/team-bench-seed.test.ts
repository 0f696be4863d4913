// The events that the benchmark of the team's server reads its pages over are what installations could have sent.
import { afterAll, describe, expect, test } from 'vitest';
import type { IncomingEvent } from '../../src/team/usage/eventColumns.ts';
import { EventWriter } from '../../src/team/usage/eventWriter.ts';
import { readEvents } from '../../src/team/usage/readEvents.ts';
import { recount } from '../../src/team/usage/recount.ts';
import { columnsOf, rollups } from '../../src/team/usage/rollups.ts';
import { attemptEvent, MOST_EVENTS, outcomeEvent } from '../../src/usage/sync/event.ts';
import { seedTeam } from '../bench/teamSeed.ts';
import { ORG, startTeamStage } from '../host/teamStage.ts';

const UNTIL = '2026-11-22';
const OTHER_ORG = 2;
const stage = await startTeamStage({ parts: () => [] });

afterAll(() => stage?.stop());

describe.runIf(stage !== undefined)('seeded events', () => {
  const pool = stage?.pool as NonNullable<typeof stage>['pool'];

  /** A row of `usage_events` as it was sent. */
  function sent(row: Readonly<Record<string, unknown>>): unknown {
    const { shape } = row['event'] === 'attempt' ? attemptEvent : outcomeEvent;
    const fields = Object.keys(shape).map((name) => {
      const column = name === 'hour' ? 'at' : name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      const value = row[column];
      if (value instanceof Date) return [name, `${value.toISOString().slice(0, 16)}Z`];
      return [name, /NanoUsd$/.test(name) && value !== null ? Number(value) : value];
    });
    return Object.fromEntries(fields.filter(([, value]) => value !== null && value !== false));
  }

  test('are in the tables as if they had been sent', async () => {
    await seedTeam(pool, { events: 3_000, days: 3, teams: 4, peoplePerTeam: 6, until: UNTIL });
    expect((await recount(pool, ORG)).filter(({ differences, rows }) => differences > 0 || rows === 0)).toEqual([]);
    const { rows } = await pool.query('SELECT * FROM usage_events WHERE org_id = $1', [ORG]);
    expect(rows.length).toBe(3_000);
    const incoming: IncomingEvent[] = [];
    for (const team of [1, 2, 3, 4]) {
      const own = rows.filter((row) => row.team_id === team).map(sent);
      for (let at = 0; at < own.length; at += MOST_EVENTS) {
        const events = own.slice(at, at + MOST_EVENTS);
        const read = readEvents({ version: 1, events }, team, Date.parse(`${UNTIL}T23:00Z`));
        expect(read).toMatchObject({ kind: 'events', refused: [] });
        if (read.kind === 'events') incoming.push(...read.incoming);
      }
    }
    const written = await new EventWriter(pool).write(OTHER_ORG, incoming);
    expect(written).toEqual({ kind: 'written', accepted: 3_000, duplicate: 0 });
    const tasks = [
      'team_id',
      'task',
      'person',
      'seen',
      'day',
      'attempts',
      'input_tokens',
      'cost_nano_usd',
      'outcome',
      'cell',
    ];
    for (const { table, columns } of [
      ...rollups.map((rollup) => ({ table: rollup.table, columns: columnsOf(rollup) })),
      { table: 'tasks', columns: tasks },
    ]) {
      const names = columns.join(', ');
      const of = (org: number): string => `SELECT ${names} FROM ${table} WHERE org_id = ${org}`;
      const apart = await pool.query(
        `(${of(ORG)} EXCEPT ALL ${of(OTHER_ORG)}) UNION ALL (${of(OTHER_ORG)} EXCEPT ALL ${of(ORG)})`,
      );
      expect(apart.rows, table).toEqual([]);
    }
  });
});
