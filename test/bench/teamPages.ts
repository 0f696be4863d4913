// How long pages of a team's server take to read: under views that its own links and forms lead to, each address once, so that no
// answer is one that was just given; the first time after a start, and after more was published.
import { setTimeout as sleep } from 'node:timers/promises';
import { makeSheets } from '../../src/team/figures/sheets/makeSheets.ts';
import { seeded } from '../host/teamSamples.ts';
import { megabytes, milliseconds, type Row } from './report.ts';
import { type BenchedServer, startServer } from './teamServer.ts';
import { median, quantile } from './timing.ts';

const PAGES = [
  '/',
  '/usage/trends',
  '/usage/spend',
  '/usage/suppliers',
  '/usage/latency',
  '/usage/trouble',
  '/usage/changes',
  '/usage/policy',
  '/usage/coverage',
];
/** Of each page. */
export const ADDRESSES = 40;
const SEED = 20_261_123;
const DAY_MS = 86_400_000;
/** A server is at rest when it works for less than this share of so long. */
const REST_MS = 500;
const REST_SHARE = 0.02;

/** What the forms and links of pages offer to choose from. */
interface Offered {
  readonly weeks: readonly string[];
  readonly teams: readonly string[];
  readonly classes: readonly string[];
  readonly labels: readonly string[];
  /** Days that have usage, which somebody may type. */
  readonly days: readonly string[];
}

/** One reading of a page. */
interface Look {
  readonly wall: number;
  /** Of the server and its database. */
  readonly worked: number;
  readonly bytes: number;
}

/** @param folder with a database in which everything is published @returns a row for each page, and those of first looks */
export async function readPages(folder: string, until: string): Promise<readonly Row[]> {
  const queries = queriesOf(await within(folder, (server) => offeredBy(server, until)));
  const looks = new Map(PAGES.map((path): [string, Look[]] => [path, []]));
  const memory = await within(folder, async (server) => {
    await atRest(server);
    for (const [path, query] of shuffledPairs(queries)) looks.get(path)?.push(await look(server, `${path}${query}`));
    return server.memory();
  });
  // Each page under another view, none of which is one that was drawn ahead.
  const addresses = PAGES.map((path, place) => `${path}${queries[place] ?? ''}`);
  const later = await within(folder, (server) => afterPublishing(server, addresses));
  const [first, atOnce]: [Look[], Look[]] = [[], []];
  for (const address of addresses) {
    first.push(
      await within(folder, async (server) => {
        await atRest(server);
        return look(server, address);
      }),
    );
  }
  for (const path of PAGES) atOnce.push(await within(folder, (server) => look(server, path)));
  return [
    ...[...looks].map(([path, own]) => ({ what: path, figures: { ...byClock(own), ...byProcessor(own) } })),
    { what: 'the first look after a start', figures: { ...byClock(first), ...byProcessor(first) } },
    // What the server does in the meantime is not the page's: it draws others, and decides what may be shown.
    { what: 'a look as soon as a server answers', figures: byClock(atOnce) },
    { what: 'the first look after more was published', figures: { ...byClock(later), ...byProcessor(later) } },
    {
      what: 'memory, after all pages',
      figures: {
        'server’s memory': megabytes(memory.server / 1024 / 1024),
        'PostgreSQL’s memory': megabytes(memory.database / 1024 / 1024),
      },
    },
  ];
}

/** What a server does after its start is done: it has drawn what most look at. */
async function atRest(server: BenchedServer): Promise<void> {
  const worked = (): number => server.processor().server;
  for (let before = worked(); ; ) {
    await sleep(REST_MS);
    const now = worked();
    if (now - before < REST_MS * REST_SHARE) return;
    before = now;
  }
}

/** With a process that was started for it, and has answered nothing yet. */
async function within<Result>(folder: string, act: (server: BenchedServer) => Promise<Result>): Promise<Result> {
  const server = await startServer(folder);
  try {
    return await act(server);
  } finally {
    await server.stop();
  }
}

async function look(server: BenchedServer, address: string): Promise<Look> {
  const before = server.processor();
  const started = performance.now();
  const response = await fetch(`${server.url}${address}`, { headers: { cookie: server.cookie, accept: 'text/html' } });
  const bytes = (await response.text()).length;
  const wall = performance.now() - started;
  if (response.status !== 200) throw new Error(`${address} was answered with ${response.status}.`);
  const after = server.processor();
  return { wall, worked: after.server - before.server + after.database - before.database, bytes };
}

/** Each after the two weeks that a day may be published in were published anew. */
async function afterPublishing(server: BenchedServer, addresses: readonly string[]): Promise<readonly Look[]> {
  const { pool, database } = server.opened;
  await atRest(server);
  const looks: Look[] = [];
  for (const address of addresses) {
    await pool.query(
      'UPDATE figure_weeks SET version = gen_random_uuid() WHERE week >= (SELECT max(week) - 1 FROM figure_weeks)',
    );
    await makeSheets(database);
    looks.push(await look(server, address));
  }
  return looks;
}

function byClock(looks: readonly Look[]): Row['figures'] {
  const walls = looks.map(({ wall }) => wall);
  return {
    'page, p50': milliseconds(median(walls)),
    'page, p95': milliseconds(quantile(walls, 0.95)),
    page: { value: median(looks.map(({ bytes }) => bytes)) / 1024, unit: 'KB' },
  };
}

function byProcessor(looks: readonly Look[]): Row['figures'] {
  const worked = looks.map((one) => one.worked);
  return {
    'processors, p50': milliseconds(median(worked)),
    'processors, p95': milliseconds(quantile(worked, 0.95)),
  };
}

/** What the page of the most weeks leads to. */
async function offeredBy(server: BenchedServer, until: string): Promise<Offered> {
  const response = await fetch(`${server.url}/?weeks=26`, { headers: { cookie: server.cookie, accept: 'text/html' } });
  const html = await response.text();
  const optionsOf = (name: string): readonly string[] => {
    const [, select = ''] = new RegExp(`<select name="${name}"[^>]*>(.*?)</select>`, 's').exec(html) ?? [];
    return [...select.matchAll(/value="([^"]+)"/g)].map(([, value = '']) => value.replaceAll('&amp;', '&'));
  };
  const offered = {
    weeks: [...new Set([...html.matchAll(/[?;]weeks=(\d+)/g)].map(([, weeks = '']) => weeks))],
    teams: optionsOf('team'),
    classes: optionsOf('class'),
    labels: optionsOf('label'),
    days: Array.from({ length: 28 }, (_, ago) => new Date(Date.parse(until) - ago * DAY_MS).toISOString().slice(0, 10)),
  };
  const missing = Object.entries(offered).find(([, values]) => values.length === 0);
  if (missing !== undefined) throw new Error(`The overview offers no ${missing[0]} to choose from.`);
  return offered;
}

/** So many different views as the parts of addresses, the same each time. */
function queriesOf(offered: Offered): readonly string[] {
  const random = seeded(SEED);
  const one = (values: readonly string[]): string => values[Math.floor(random() * values.length)] ?? '';
  const queries = new Set<string>();
  while (queries.size < ADDRESSES) {
    const chosen = new URLSearchParams();
    if (random() < 0.6) chosen.set('weeks', one(offered.weeks));
    else {
      const [from = '', to = ''] = [one(offered.days), one(offered.days)].sort();
      chosen.set('from', from);
      chosen.set('to', to);
    }
    if (random() < 0.4) chosen.set('team', one(offered.teams));
    if (random() < 0.3) chosen.set('class', one(offered.classes));
    if (random() < 0.3) chosen.set('label', one(offered.labels));
    queries.add(`?${chosen}`);
  }
  return [...queries];
}

/** Every page under every view, in an order as if many people looked around. */
function shuffledPairs(queries: readonly string[]): readonly (readonly [path: string, query: string])[] {
  const random = seeded(SEED);
  return PAGES.flatMap((path) => queries.map((query) => [path, query] as const))
    .map((pair) => ({ pair, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ pair }) => pair);
}
