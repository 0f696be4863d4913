// What the gateway adds to a request, beside nobody between client and provider, a bare proxy in Node, nginx and Portkey's
// gateway: in turns, so that what else the machine does meets all of them. Ours decides by the team preset in a repository
// of 200 files and writes its ledger; the others pass on.
//   --rounds N      rounds of each load (9)
//   --requests N    requests of each contestant in a round (40)
//   --warm-up N     requests of each contestant before that (40)
//   --only NAME     one load: json, stream or agent
//   --bundle FILE   another built command line than dist/cli.js, to compare builds

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../../scripts/steps.ts';
import { askMany, askOnce, connections } from './gatewayClient.ts';
import { type Contestant, type Entry, nginxEntry, ownEntry, plainEntry, portkeyEntry } from './gatewayContestants.ts';
import { type LoadName, loadOf, type NextBody } from './gatewayLoads.ts';
import { cpuOf, memoryOf, type Running, start } from './gatewayProcess.ts';
import { type BenchRepository, benchRepository } from './gatewayRepository.ts';
import { type BenchDialect, PATHS } from './gatewayWire.ts';
import { wholeNumber } from './options.ts';
import { megabytes, milliseconds, type Report, type Row, ratio } from './report.ts';
import { median, race, type Timing, typical } from './timing.ts';

const STARTS = 5;
const AT_ONCE = 32;
const MANY: Readonly<Record<LoadName, number>> = { json: 400, stream: 240, agent: 160 };
const TURNS_AT_ONCE = 3;

/** A load in one dialect, and who takes part in it. */
interface Trial {
  readonly load: LoadName;
  readonly dialect: BenchDialect;
  readonly across: boolean;
}

const TRIALS: readonly Trial[] = (['json', 'stream', 'agent'] as const).flatMap((load) => [
  { load, dialect: 'anthropic-messages', across: false },
  { load, dialect: 'openai-chat', across: true },
]);

export async function measure(args: readonly string[]): Promise<Report> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '9' },
      requests: { type: 'string', default: '40' },
      'warm-up': { type: 'string', default: '40' },
      only: { type: 'string' },
      bundle: { type: 'string', default: join(ROOT, 'dist', 'cli.js') },
    },
  });
  const times = {
    rounds: wholeNumber('rounds', values.rounds),
    requests: wholeNumber('requests', values.requests),
    warmUp: wholeNumber('warm-up', values['warm-up']),
  };
  const place = await benchRepository();
  let upstream: Running | undefined;
  try {
    upstream = await start(process.execPath, [join(ROOT, 'test', 'bench', 'gatewayUpstream.ts')]);
    const port = Number(upstream.said);
    const candidates = [
      plainEntry(port),
      ownEntry(values.bundle, port, place.repository.folder),
      await nginxEntry(port),
      await portkeyEntry(port),
    ];
    const entries = candidates.filter((one): one is Entry => 'start' in one);
    const left = candidates.flatMap((one) => ('why' in one ? [`${one.name} is left out: ${one.why}`] : []));
    const trials = TRIALS.filter(({ load }) => values.only === undefined || load === values.only);
    const starts = await measureStarts(entries, place);
    const rows = await measureTrials(trials, entries, { ...place, port }, times);
    const failed = rows.failed.map((sentence) => `Left out of one load: ${sentence}`);
    return { rows: [...rows.rows, ...starts], notes: [...left, ...failed, ...notesOn(times)], broken: [] };
  } finally {
    await upstream?.stop();
    await place.repository.remove();
  }
}

function notesOn({ rounds, requests, warmUp }: Times): readonly string[] {
  return [
    `${rounds} rounds in turn of ${requests} requests each, one at a time after ${warmUp} to warm up, and ${TURNS_AT_ONCE} with ${AT_ONCE} at once. ` +
      '"added" is what it takes longer than straight at the provider, to the end of the answer; × is beside the bare proxy.',
    'Across dialects a client speaks OpenAI’s, the provider Anthropic’s; who translates nothing passes OpenAI’s on.',
  ];
}

interface Times {
  readonly rounds: number;
  readonly requests: number;
  readonly warmUp: number;
}

interface Measured {
  readonly rows: readonly Row[];
  /** Who could not answer a load, and what it said. */
  readonly failed: readonly string[];
}

type Place = BenchRepository & { readonly port: number };

/** Straight at the provider, which is a process like the others. */
function direct(port: number): Contestant {
  return { name: 'direct', port, pid: 0, mayFail: false, headers: () => ({}), stop: async () => undefined };
}

async function measureTrials(
  trials: readonly Trial[],
  entries: readonly Entry[],
  place: Place,
  times: Times,
): Promise<Measured> {
  const contestants: Contestant[] = [direct(place.port)];
  try {
    for (const entry of entries) contestants.push(await entry.start());
    const rows: Row[] = [];
    const failed: string[] = [];
    for (const trial of trials) {
      const measured = await measureTrial(trial, contestants, place, times);
      rows.push(...measured.rows);
      failed.push(...measured.failed);
    }
    for (const { name, pid } of contestants.slice(1)) {
      rows.push({ what: `${name}, after all that`, figures: { memory: megabytes(await memoryOf(pid)) } });
    }
    return { rows, failed };
  } finally {
    for (const contestant of contestants) await contestant.stop();
  }
}

async function measureTrial(
  { load, dialect, across }: Trial,
  contestants: readonly Contestant[],
  { repository, files }: Place,
  { rounds, requests, warmUp }: Times,
): Promise<Measured> {
  const body = loadOf(load, dialect, repository.folder, files);
  const asking: { readonly contestant: Contestant; readonly ask: () => Promise<number> }[] = [];
  const failed: string[] = [];
  for (const contestant of contestants) {
    const ask = askerOf(contestant, dialect, body);
    try {
      for (let n = 0; n < warmUp; n++) await ask();
      asking.push({ contestant, ask });
    } catch (error) {
      // Of what others make of a request we are no judge; ours has to answer.
      if (!contestant.mayFail) throw error;
      failed.push(
        `${contestant.name}, ${headingOf({ load, across })}: ${error instanceof Error ? error.message : error}`,
      );
    }
  }
  const timings = await race(
    rounds,
    Object.fromEntries(asking.map(({ contestant, ask }) => [contestant.name, () => oneByOne(requests, ask)])),
  );
  const crowds = new Map<string, Crowd[]>();
  for (let turn = 0; turn < TURNS_AT_ONCE; turn++) {
    for (const { contestant, ask } of asking) {
      const crowd = await measureCrowd(contestant, MANY[load], ask);
      crowds.set(contestant.name, [...(crowds.get(contestant.name) ?? []), crowd]);
    }
  }
  const of = (name: string): readonly Timing[] => timings[name] ?? [];
  const base = addedTo(of('direct'), of('bare node proxy'));
  const baseCpu = median((crowds.get('bare node proxy') ?? []).map(({ cpu }) => cpu));
  const rows = asking.map(({ contestant: { name } }) => {
    const added = addedTo(of('direct'), of(name));
    const cpu = median((crowds.get(name) ?? []).map((crowd) => crowd.cpu));
    const isDirect = name === 'direct';
    return {
      what: `${headingOf({ load, across })}, ${name}`,
      figures: {
        p50: milliseconds(typical(of(name)).p50),
        ...(isDirect
          ? {}
          : {
              'added p50': milliseconds(added.p50),
              '× ': ratio(added.p50 / base.p50),
              'added p99': milliseconds(added.p99),
              'CPU a request': milliseconds(cpu),
              '×': ratio(cpu / baseCpu),
            }),
        'a second': { value: median((crowds.get(name) ?? []).map(({ perSecond }) => perSecond)), unit: '' as const },
        ...(isDirect ? {} : { memory: megabytes(Math.max(...(crowds.get(name) ?? []).map(({ memory }) => memory))) }),
      },
    };
  });
  return { rows, failed };
}

function headingOf({ load, across }: Pick<Trial, 'load' | 'across'>): string {
  return `${load}${across ? ' across' : ''}`;
}

function askerOf(contestant: Contestant, dialect: BenchDialect, body: NextBody): () => Promise<number> {
  const agent = connections();
  const headers = {
    ...contestant.headers(dialect),
    ...(dialect === 'anthropic-messages' ? { 'anthropic-version': '2023-06-01' } : {}),
  };
  return async () => {
    const { ended } = await askOnce({ port: contestant.port, path: PATHS[dialect], headers, body: body(), agent });
    return ended;
  };
}

async function oneByOne(times: number, ask: () => Promise<number>): Promise<readonly number[]> {
  const took: number[] = [];
  for (let n = 0; n < times; n++) took.push(await ask());
  return took;
}

interface Crowd {
  /** Milliseconds of processor time a request. */
  readonly cpu: number;
  readonly perSecond: number;
  readonly memory: number;
}

async function measureCrowd({ pid }: Contestant, times: number, ask: () => Promise<number>): Promise<Crowd> {
  const before = await cpuOf(pid);
  const perSecond = await askMany(times, AT_ONCE, ask);
  return { cpu: ((await cpuOf(pid)) - before) / times, perSecond, memory: await memoryOf(pid) };
}

/** What one takes longer than another: the median of the rounds' own differences. */
function addedTo(straight: readonly Timing[], through: readonly Timing[]): Timing {
  const difference = (of: keyof Timing): number =>
    median(through.map((timing, round) => timing[of] - (straight[round]?.[of] ?? Number.NaN)));
  return { p50: difference('p50'), p99: difference('p99') };
}

/** From the process's start to its first whole answer, and its memory after it. */
async function measureStarts(
  entries: readonly Entry[],
  { repository, files }: BenchRepository,
): Promise<readonly Row[]> {
  const body = loadOf('json', 'anthropic-messages', repository.folder, files);
  const took = new Map<string, { ms: number[]; mb: number[] }>();
  for (let n = 0; n < STARTS; n++) {
    for (const entry of entries) {
      const known = took.get(entry.name) ?? { ms: [], mb: [] };
      took.set(entry.name, known);
      const started = performance.now();
      const contestant = await entry.start();
      try {
        await askerOf(contestant, 'anthropic-messages', body)();
        known.ms.push(performance.now() - started);
        known.mb.push(await memoryOf(contestant.pid));
      } finally {
        await contestant.stop();
      }
    }
  }
  return [...took].map(([name, { ms, mb }]) => ({
    what: `start to first answer, ${name}`,
    figures: { p50: milliseconds(median(ms)), memory: megabytes(median(mb)) },
  }));
}
