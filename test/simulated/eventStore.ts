// Databases in which a simulated team's server keeps events, each by its id once.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Pool } from 'pg';
import type { UsageEvent } from '../../src/usage/sync/event.ts';

export interface EventStore {
  /** Durable when it resolves. @returns how many were new */
  insert(events: readonly UsageEvent[]): Promise<number>;
  /** Every event that is there. */
  all(): Promise<readonly UsageEvent[]>;
  close(): Promise<void>;
}

/** SQLite that waits for the disk with each commit. */
export function sqliteEvents(folder: string): EventStore {
  const database = new DatabaseSync(join(folder, 'events.sqlite'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  database.exec('CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT');
  const insert = database.prepare('INSERT INTO events (id, body) VALUES (?, ?) ON CONFLICT DO NOTHING');
  return {
    insert: async (events) => {
      database.exec('BEGIN IMMEDIATE');
      const added = events.reduce((sum, event) => sum + Number(insert.run(event.id, JSON.stringify(event)).changes), 0);
      database.exec('COMMIT');
      return added;
    },
    all: async () =>
      database
        .prepare('SELECT body FROM events')
        .all()
        .map((row) => JSON.parse(String(row['body'])) as UsageEvent),
    close: async () => database.close(),
  };
}

export async function postgresEvents(pool: Pool): Promise<EventStore> {
  await pool.query('CREATE TABLE events (id uuid PRIMARY KEY, body jsonb NOT NULL)');
  return {
    insert: async (events) => {
      const { rowCount } = await pool.query(
        `INSERT INTO events (id, body)
         SELECT (event->>'id')::uuid, event FROM jsonb_array_elements($1::jsonb) AS event ORDER BY 1
         ON CONFLICT DO NOTHING`,
        [JSON.stringify(events)],
      );
      return rowCount ?? 0;
    },
    all: async () => (await pool.query<{ body: UsageEvent }>('SELECT body FROM events')).rows.map(({ body }) => body),
    close: async () => undefined,
  };
}
