// How long the built command line takes: one file explained by a fresh process beside a process that does nothing, in turn,
// so that a busy machine slows both; and requests a second over standard input.
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../scripts/steps.ts';
import { createRepository } from '../host/repository.ts';
import { count, milliseconds, type Report, ratio } from './report.ts';
import { quantile } from './timing.ts';

const BUNDLE = join(ROOT, 'dist', 'cli.js');
const PRESET = join(ROOT, 'policies', 'team.json');
const PROCESSES = 20;
const REQUESTS = 50_000;
const FILE = 'packages/core/src/price.ts';

interface Place {
  readonly cwd: string;
  readonly home: string;
}

/** Milliseconds of a process from its start to its end. */
function run({ cwd, home }: Place, args: readonly string[], input = ''): number {
  const started = performance.now();
  const ended = spawnSync(process.execPath, args, {
    cwd,
    input,
    env: { PATH: process.env['PATH'], HOME: home },
    maxBuffer: 1 << 30,
    timeout: 120_000,
  });
  if (ended.status !== 0) throw new Error(`${args.join(' ')} ended with ${ended.status}: ${ended.stderr}`);
  return performance.now() - started;
}

interface Cold {
  readonly explain: readonly number[];
  readonly bare: readonly number[];
}

/** Both in turn, sorted; the first round, which fills the caches, left out. */
function coldStarts(place: Place): Cold {
  const explain: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round <= PROCESSES; round += 1) {
    const times = [run(place, [BUNDLE, 'explain', FILE]), run(place, ['-e', '0'])] as const;
    if (round === 0) continue;
    explain.push(times[0]);
    bare.push(times[1]);
  }
  return { explain: explain.sort((a, b) => a - b), bare: bare.sort((a, b) => a - b) };
}

/** Requests a second over standard input, the start of the process included. */
function explainedPerSecond(place: Place): number {
  const lines = Array.from({ length: REQUESTS }, (_, id) =>
    JSON.stringify({
      id,
      kind: 'agent',
      files: [{ path: `packages/p${id % 700}/src/f${id}.ts`, added: id % 90, deleted: 2 }],
    }),
  );
  const ms = run(place, [BUNDLE, 'explain', '--stdin', '--json', '--policy', PRESET], lines.join('\n'));
  return (REQUESTS / ms) * 1000;
}

export async function measure(): Promise<Report> {
  const home = await mkdtemp(join(tmpdir(), 'routing-policy-bench-'));
  const repository = await createRepository({
    files: {
      '.routing-policy.json': await readFile(PRESET, 'utf8'),
      'packages/core/package.json': '{ "name": "core" }\n',
      [FILE]: 'export const price = 1;\n',
    },
  });
  try {
    const place = { cwd: repository.folder, home };
    const { explain, bare } = coldStarts(place);
    const perSecond = explainedPerSecond(place);
    const times = (sorted: readonly number[]) => ({
      p50: milliseconds(quantile(sorted, 0.5)),
      p95: milliseconds(quantile(sorted, 0.95)),
    });
    return {
      rows: [
        { what: 'explain of one file, cold', figures: times(explain) },
        { what: 'node -e 0', figures: times(bare) },
        {
          what: 'the former to the latter',
          figures: { p50: ratio(quantile(explain, 0.5) / quantile(bare, 0.5)) },
        },
        { what: 'explain --stdin --json, requests a second', figures: { p50: count(Math.round(perSecond)) } },
      ],
      notes: [`${PROCESSES} processes of each, in turn, in a repository with the team preset; ${REQUESTS} requests.`],
      broken: [],
    };
  } finally {
    await repository.remove();
    await rm(home, { recursive: true, force: true });
  }
}
