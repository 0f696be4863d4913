// What a team's server takes in on each processor, and how long its pages take over many events. It runs on the PostgreSQL that
// it brings itself; what a processor was at work for is counted by the operating system, so that a busy machine is no slower server.
//   --events N     over how many events pages are read; 1,000,000 unless told (10,000,000 take some 6 GB and ten minutes)
//   --sent N       how many events are sent
//   --only PART    ingest, or pages
//   --folder PATH  where the database of the pages is kept; events that it has from a run before are not written again
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { publishFigures } from '../../src/team/figures/keepFigures.ts';
import { recount } from '../../src/team/usage/recount.ts';
import { teamEvents } from '../host/teamSamples.ts';
import { wholeNumber } from './options.ts';
import { count, type Figure, megabytes, milliseconds, type Report, type Row } from './report.ts';
import { ADDRESSES, readPages } from './teamPages.ts';
import { seedTeam } from './teamSeed.ts';
import { type BenchedServer, startServer } from './teamServer.ts';
import { median, quantile } from './timing.ts';

const compress = promisify(gzip);
const DAY_MS = 86_400_000;
/** What a processor is to take in with all that it adds up to, in events a second, of requests that are full, in the middle one of the rounds. */
const GOAL_EVENTS = 20_000;
/** What a page may take of processors, 19 times of 20, whichever view of it is asked for. */
const GOAL_PAGE_MS = 150;
/** Requests before it is measured. */
const WARMING = 40;
/** Parts that are measured by themselves: what else a machine does slows its processors too, as they share caches. */
const ROUNDS = 8;
export async function measure(args: readonly string[]): Promise<Report> {
  if (process.platform !== 'linux') return { rows: [], notes: ['It is measured where there is /proc.'], broken: [] };
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: 'string', default: '1000000' },
      sent: { type: 'string', default: '100000' },
      only: { type: 'string' },
      folder: { type: 'string' },
    },
  });
  const events = wholeNumber('events', values.events);
  const sent = wholeNumber('sent', values.sent);
  const { only, folder } = values;
  const taken = only !== 'pages' ? await takenIn(sent) : { rows: [], broken: [] };
  const read = only !== 'ingest' ? await readOver(events, folder) : [];
  const perSecond = taken.rows[0]?.figures['events a second and processor']?.value ?? Number.POSITIVE_INFINITY;
  const slow = read.filter(({ figures }) => (figures['processors, p95']?.value ?? 0) > GOAL_PAGE_MS);
  return {
    rows: [...taken.rows, ...read],
    notes: [
      ...(taken.rows.length > 0
        ? [
            `${sent.toLocaleString('en-US')} events are sent, 3 in 5 of them attempts, in each request those of one person. Goal: ${GOAL_EVENTS.toLocaleString('en-US')} events a second and processor.`,
          ]
        : []),
      ...(read.length > 0
        ? [
            `Each page is read under ${ADDRESSES} views that its links and forms lead to, once each, over ${events.toLocaleString('en-US')} events of 28 days, 20 teams and ${people(events).toLocaleString('en-US')} persons. Goal: ${GOAL_PAGE_MS} ms of processors.`,
          ]
        : []),
    ],
    broken: [
      ...taken.broken,
      ...(perSecond < GOAL_EVENTS ? [`A processor takes in ${Math.round(perSecond)} events a second.`] : []),
      ...slow.map(
        ({ what, figures }) => `${what} takes ${Math.round(figures['processors, p95']?.value ?? 0)} ms of processors.`,
      ),
    ],
  };
}

/** As many as make so many events in 28 days, of some 350 on each day of work. */
function people(events: number): number {
  return Math.max(100, Math.round(events / 28 / 250 / 20) * 20);
}

async function takenIn(sent: number): Promise<{ readonly rows: readonly Row[]; readonly broken: readonly string[] }> {
  const server = await startServer();
  try {
    const full = await bodiesOf(Math.ceil(sent / 500) + WARMING, 500);
    const small = await bodiesOf(Math.ceil((sent * 0.3) / 5), 5);
    // A server that has been up for a while: its code is compiled, its tables have rows.
    await load(server, full.slice(0, WARMING), 4);
    const rows = [
      await ingestRow('requests of 500 events, 8 at once', server, full.slice(WARMING), 500, 8),
      await ingestRow('requests of 5 events, 64 at once', server, small, 5, 64),
    ];
    const wrong = (await recount(server.opened.pool, 1)).filter(({ differences }) => differences > 0);
    return { rows, broken: wrong.map(({ table, differences }) => `${table} is wrong in ${differences} rows.`) };
  } finally {
    await server.stop();
  }
}

function yesterday(day: string): string {
  return new Date(Date.parse(`${day}T00:00Z`) - DAY_MS).toISOString().slice(0, 10);
}

/** Packed bodies of requests, each with what one person has done on a day, as installations send them. */
async function bodiesOf(count: number, size: number): Promise<readonly Uint8Array<ArrayBuffer>[]> {
  const until = yesterday(new Date().toISOString().slice(0, 10));
  const bodies: Uint8Array<ArrayBuffer>[] = [];
  for (let seed = 0; seed < count; seed += 1) {
    const events = teamEvents({ seed: seed * 1_000 + size, count: size, people: 1, days: 1, until });
    bodies.push(new Uint8Array(await compress(JSON.stringify({ version: 1, events }))));
  }
  return bodies;
}

/** @returns how long each request took, in milliseconds */
async function load(
  { url, tokens }: BenchedServer,
  bodies: readonly Uint8Array<ArrayBuffer>[],
  lanes: number,
): Promise<readonly number[]> {
  const times: number[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < bodies.length; at = next++) {
      const body = bodies[at] ?? new Uint8Array();
      const token = tokens[at % tokens.length];
      const started = performance.now();
      const response = await fetch(`${url}/v1/ingest`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-encoding': 'gzip' },
        body,
      });
      const text = await response.text();
      if (response.status !== 200) throw new Error(`The server answered with ${response.status}: ${text}`);
      times.push(performance.now() - started);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return times;
}

async function ingestRow(
  what: string,
  server: BenchedServer,
  bodies: readonly Uint8Array<ArrayBuffer>[],
  size: number,
  lanes: number,
): Promise<Row> {
  const rounds: { readonly server: number; readonly database: number; readonly events: number }[] = [];
  const times: number[] = [];
  const started = performance.now();
  const perRound = Math.ceil(bodies.length / ROUNDS);
  for (let at = 0; at < bodies.length; at += perRound) {
    const own = bodies.slice(at, at + perRound);
    const before = server.processor();
    times.push(...(await load(server, own, lanes)));
    const after = server.processor();
    rounds.push({
      server: after.server - before.server,
      database: after.database - before.database,
      events: own.length * size,
    });
  }
  const seconds = (performance.now() - started) / 1_000;
  const rates = rounds.map((round) => (round.events * 1_000) / (round.server + round.database));
  const memory = server.memory();
  const each = (of: 'server' | 'database'): number => median(rounds.map((round) => (round[of] * 1_000) / round.events));
  return {
    what,
    figures: {
      'events a second and processor': count(Math.round(median(rates))),
      'at the best': count(Math.round(Math.max(...rates))),
      'events a second': count(Math.round((bodies.length * size) / seconds)),
      'server, µs an event': { value: each('server'), unit: 'µs' },
      'PostgreSQL, µs an event': { value: each('database'), unit: 'µs' },
      'request, p50': milliseconds(quantile(times, 0.5)),
      'request, p95': milliseconds(quantile(times, 0.95)),
      'server’s memory': inMegabytes(memory.server),
      'PostgreSQL’s memory': inMegabytes(memory.database),
    },
  };
}

const inMegabytes = (bytes: number): Figure => megabytes(bytes / 1024 / 1024);

/** @param kept where the database is, and stays; left out: one that is taken away */
async function readOver(events: number, kept: string | undefined): Promise<readonly Row[]> {
  const folder = kept ?? mkdtempSync(join(realpathSync(tmpdir()), 'team-pages-'));
  const until = yesterday(new Date().toISOString().slice(0, 10));
  try {
    const written = await writeOver(folder, events, until);
    return [...(await readPages(folder, until)), written];
  } finally {
    if (kept === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes events, unless there are any, and publishes what may be shown of them. */
async function writeOver(folder: string, events: number, until: string): Promise<Row> {
  const server = await startServer(folder);
  try {
    const { pool, database } = server.opened;
    const started = performance.now();
    const { rowCount } = await pool.query('SELECT FROM usage_events LIMIT 1');
    if (rowCount === 0) {
      await seedTeam(pool, { events, days: 28, teams: 20, peoplePerTeam: people(events) / 20, until });
    }
    const seeded = performance.now();
    await publishFigures(database, Date.now());
    const published = performance.now();
    const { rows: sizes } = await pool.query<Record<string, string>>(`
      SELECT (SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'usage_events'::regclass) AS raw,
        (SELECT count(*) FROM usage_events) AS events,
        pg_total_relation_size('tasks') AS tasks,
        pg_total_relation_size('attempt_rollups') + pg_total_relation_size('task_rollups') + pg_total_relation_size('route_rollups') AS rollups,
        pg_total_relation_size('attempt_presence') + pg_total_relation_size('task_presence') AS presence,
        pg_total_relation_size('figure_sheets') AS sheets`);
    const size = (name: string): Figure => inMegabytes(Number(sizes[0]?.[name] ?? 0));
    // A server that ends waits for what is not on the disk yet, and after gigabytes it would be ended by force before that.
    await pool.query('CHECKPOINT');
    return {
      what: `${Number(sizes[0]?.['events'] ?? 0).toLocaleString('en-US')} events`,
      figures: {
        'single events': size('raw'),
        tasks: size('tasks'),
        'roll-ups': size('rollups'),
        'who is in them': size('presence'),
        'what pages read': size('sheets'),
        'to write them': milliseconds(seeded - started),
        'to decide what may be shown': milliseconds(published - seeded),
      },
    };
  } finally {
    await server.stop();
  }
}
