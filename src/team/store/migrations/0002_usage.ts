import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Events, tasks, what they add up to, and who is in it. */
export const usage: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await statement.execute(database);
  },
};

/** Texts are compared by their bytes, whatever the database's own order is: keys are sorted the same everywhere. */
const word = sql.raw('text COLLATE "C"');

const rollupKey = sql`
  org_id integer NOT NULL,
  team_id integer NOT NULL,
  day date NOT NULL,
  span text NOT NULL DEFAULT 'day',
  cell uuid NOT NULL`;

const presenceKey = sql`${rollupKey},
  epoch integer NOT NULL,
  person ${word} NOT NULL`;

const statements = [
  // The key has the day in it, because a partitioned table's must: the same event has the same hour.
  sql`CREATE TABLE usage_events (
    org_id integer NOT NULL,
    team_id integer NOT NULL,
    day date NOT NULL,
    id uuid NOT NULL,
    event ${word} NOT NULL,
    at timestamptz NOT NULL,
    person ${word} NOT NULL,
    surface ${word} NOT NULL,
    kind ${word} NOT NULL,
    class ${word} NOT NULL,
    policy ${word},
    provider ${word},
    model ${word},
    trial ${word},
    arm ${word},
    labels jsonb,
    simulated boolean NOT NULL,
    task ${word},
    outcome ${word} NOT NULL,
    rule ${word},
    place smallint,
    asked ${word},
    failed_provider ${word},
    failed_model ${word},
    client ${word},
    overridden ${word},
    failure ${word},
    input_tokens integer,
    cache_read_tokens integer,
    cache_write_tokens integer,
    output_tokens integer,
    reasoning_tokens integer,
    estimated boolean NOT NULL,
    cost_nano_usd bigint,
    price ${word},
    billing ${word},
    billed_nano_usd bigint,
    latency_ms integer,
    first_token_ms integer,
    revision smallint,
    previous ${word},
    survival smallint,
    PRIMARY KEY (org_id, team_id, day, id)
  ) PARTITION BY RANGE (day)`,

  // Room in each page lets a row be changed without touching its index.
  sql`CREATE TABLE tasks (
    org_id integer NOT NULL,
    team_id integer NOT NULL,
    task ${word} NOT NULL,
    person ${word} NOT NULL,
    seen date NOT NULL,
    day date,
    attempts integer NOT NULL,
    input_tokens numeric NOT NULL,
    cost_nano_usd numeric NOT NULL,
    unpriced integer NOT NULL,
    revision smallint,
    told_by uuid,
    outcome ${word},
    class ${word},
    kind ${word},
    surface ${word},
    provider ${word},
    model ${word},
    policy ${word},
    trial ${word},
    arm ${word},
    labels jsonb,
    simulated boolean,
    cell uuid,
    was_person ${word},
    was_day date,
    was_cell uuid,
    was_outcome ${word},
    was_attempts integer,
    was_input_tokens numeric,
    was_cost_nano_usd numeric,
    was_unpriced integer,
    PRIMARY KEY (org_id, team_id, task)
  ) WITH (fillfactor = 70)`,
  sql`CREATE INDEX tasks_by_seen ON tasks (seen)`,

  sql`CREATE TABLE attempt_rollups (
    ${rollupKey},
    class ${word} NOT NULL,
    kind ${word} NOT NULL,
    surface ${word} NOT NULL,
    provider ${word} NOT NULL,
    model ${word} NOT NULL,
    policy ${word} NOT NULL,
    labels jsonb NOT NULL,
    simulated boolean NOT NULL,
    billing ${word} NOT NULL,
    attempts integer NOT NULL,
    refusals integer NOT NULL,
    failures integer NOT NULL,
    cut integer NOT NULL,
    cancelled integer NOT NULL,
    fallbacks integer NOT NULL,
    overrides_person integer NOT NULL,
    overrides_client integer NOT NULL,
    input_tokens numeric NOT NULL,
    cache_read_tokens numeric NOT NULL,
    cache_write_tokens numeric NOT NULL,
    output_tokens numeric NOT NULL,
    reasoning_tokens numeric NOT NULL,
    estimated integer NOT NULL,
    cost_nano_usd numeric NOT NULL,
    billed_nano_usd numeric NOT NULL,
    unpriced integer NOT NULL,
    latency jsonb NOT NULL,
    first_token jsonb NOT NULL,
    PRIMARY KEY (org_id, team_id, day, span, cell)
  ) WITH (fillfactor = 60)`,
  sql`CREATE INDEX attempt_rollups_by_day ON attempt_rollups (org_id, day)`,

  sql`CREATE TABLE task_rollups (
    ${rollupKey},
    class ${word} NOT NULL,
    kind ${word} NOT NULL,
    surface ${word} NOT NULL,
    provider ${word} NOT NULL,
    model ${word} NOT NULL,
    policy ${word} NOT NULL,
    trial ${word} NOT NULL,
    arm ${word} NOT NULL,
    labels jsonb NOT NULL,
    simulated boolean NOT NULL,
    outcome ${word} NOT NULL,
    tasks integer NOT NULL,
    attempts integer NOT NULL,
    cost_nano_usd numeric NOT NULL,
    squared_cost numeric NOT NULL,
    unpriced integer NOT NULL,
    size_0 integer NOT NULL,
    size_1 integer NOT NULL,
    size_2 integer NOT NULL,
    size_3 integer NOT NULL,
    size_4 integer NOT NULL,
    PRIMARY KEY (org_id, team_id, day, span, cell, outcome)
  ) WITH (fillfactor = 60)`,
  sql`CREATE INDEX task_rollups_by_day ON task_rollups (org_id, day)`,

  sql`CREATE TABLE route_rollups (
    ${rollupKey},
    what ${word} NOT NULL,
    class ${word} NOT NULL,
    rule ${word} NOT NULL,
    outcome ${word} NOT NULL,
    failed_provider ${word} NOT NULL,
    failed_model ${word} NOT NULL,
    provider ${word} NOT NULL,
    model ${word} NOT NULL,
    failure ${word} NOT NULL,
    simulated boolean NOT NULL,
    attempts integer NOT NULL,
    PRIMARY KEY (org_id, team_id, day, span, cell)
  ) WITH (fillfactor = 60)`,
  sql`CREATE INDEX route_rollups_by_day ON route_rollups (org_id, day)`,

  sql`CREATE TABLE attempt_presence (
    ${presenceKey},
    PRIMARY KEY (org_id, team_id, day, span, cell, epoch, person)
  )`,
  sql`CREATE INDEX attempt_presence_by_day ON attempt_presence (org_id, day)`,
  sql`CREATE TABLE task_presence (
    ${presenceKey},
    tasks integer NOT NULL,
    PRIMARY KEY (org_id, team_id, day, span, cell, epoch, person)
  ) WITH (fillfactor = 70)`,
  sql`CREATE INDEX task_presence_by_day ON task_presence (org_id, day)`,

  // A tool may tell the same by metrics and by logs.
  sql`CREATE TABLE unrouted_signals (
    org_id integer NOT NULL,
    team_id integer NOT NULL,
    day date NOT NULL,
    source ${word} NOT NULL,
    provider ${word} NOT NULL,
    model ${word} NOT NULL,
    signal ${word} NOT NULL,
    requests numeric NOT NULL,
    input_tokens numeric NOT NULL,
    cache_read_tokens numeric NOT NULL,
    cache_write_tokens numeric NOT NULL,
    output_tokens numeric NOT NULL,
    reasoning_tokens numeric NOT NULL,
    cost_nano_usd numeric NOT NULL,
    PRIMARY KEY (org_id, team_id, day, source, provider, model, signal)
  ) WITH (fillfactor = 60)`,
  sql`CREATE VIEW unrouted AS
    SELECT org_id, team_id, day, source, provider, model, max(requests) AS requests, max(input_tokens) AS input_tokens,
      max(cache_read_tokens) AS cache_read_tokens, max(cache_write_tokens) AS cache_write_tokens,
      max(output_tokens) AS output_tokens, max(reasoning_tokens) AS reasoning_tokens, max(cost_nano_usd) AS cost_nano_usd
    FROM unrouted_signals GROUP BY org_id, team_id, day, source, provider, model`,

  sql`CREATE TABLE otlp_streams (
    org_id integer NOT NULL,
    team_id integer NOT NULL,
    stream uuid NOT NULL,
    start timestamptz NOT NULL,
    at timestamptz NOT NULL,
    value numeric NOT NULL,
    was_start timestamptz,
    was_value numeric,
    PRIMARY KEY (org_id, team_id, stream)
  ) WITH (fillfactor = 70)`,
];
