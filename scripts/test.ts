// Everything that tells whether the project works, on a machine that had nothing: the unit tests, then the packed
// extension inside a real VS Code.
//   npm test                        all
//   npm test -- unit [FILTER…]      unit tests only
//   npm test -- panel [FILTER…]     the usage panel in a browser only
//   npm test -- e2e [FILTER…]       end-to-end tests only, e.g. `npm test -- e2e chat`
//   npm test -- team [--database URL]
//                                   those of the team's server, on a PostgreSQL of your own; `installed` is the one of this
//                                   machine's packages, which is started for it
//   npm run test:clients [FILTER…]  real AI clients from npm through the gateway, with a table of what each can do; only when asked
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { installClients } from '../test/clients/install.ts';
import { ensureChromium } from '../test/host/chromium.ts';
import { installHost } from '../test/host/install.ts';
import { startInstalledPostgres } from '../test/host/installedPostgres.ts';
import { UNHANDLED_FILE } from '../test/host/unhandledReporter.ts';
import { packageExtension } from './package.ts';
import { describeFailure, ROOT, run } from './steps.ts';
import {
  addTallies,
  type Failure,
  failuresIn,
  type Tally,
  tallyOf,
  type VitestReport,
  withSecondRun,
  wordsFor,
} from './tally.ts';

const PROJECTS = ['unit', 'panel', 'e2e', 'clients'] as const;
type Project = (typeof PROJECTS)[number];

/** What runs when nothing is named: the clients are over a gigabyte. */
const USUAL: readonly Project[] = ['unit', 'panel', 'e2e'];

/** Longer than the slowest machine needs; a run that hangs must end by itself. */
const DEADLINE: Readonly<Record<Project, number>> = {
  unit: 35 * 60_000,
  panel: 15 * 60_000,
  e2e: 45 * 60_000,
  clients: 45 * 60_000,
};

/** Where processes and sockets wait for a busy machine. The editor's tests are tried twice one by one, the clients' stand alone. */
const AGAIN: readonly Project[] = ['unit', 'panel'];
const MOST_AGAIN = 5;

interface Outcome {
  readonly tally: Tally;
  readonly failures: readonly Failure[];
  /** What failed at first and passed when it was run again. */
  readonly onceFailed: readonly Failure[];
}

/** One failure outside any test: counted, so that the last line cannot look like success. */
const FAILURE: Tally = { passed: 0, failed: 1, skipped: 0 };

async function attempt(what: string, work: () => Promise<unknown>): Promise<Tally | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    console.error(`\n${what} failed: ${describeFailure(error)}\n`);
    return FAILURE;
  }
}

interface Run {
  /** None where vitest left none. */
  readonly report?: VitestReport;
  /** What was thrown outside of every test, in a sentence each. */
  readonly unhandled: readonly string[];
  /** How vitest ended, where that was badly. */
  readonly ended?: unknown;
}

async function runVitest(project: Project, filters: readonly string[], name: string): Promise<Run> {
  const folder = join(ROOT, 'test-results');
  const file = join(folder, `${name}.json`);
  const unhandledFile = join(folder, `${name}.unhandled.json`);
  await mkdir(folder, { recursive: true });
  for (const old of [file, unhandledFile]) await rm(old, { force: true });
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [
    vitest,
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
    '--reporter=./test/host/unhandledReporter.ts',
    ...(project === 'clients' ? ['--reporter=./test/clients/tableReporter.ts'] : []),
  ];
  const env = { ...process.env, [UNHANDLED_FILE]: unhandledFile };
  const ended = await run(process.execPath, [...args, ...filters], {
    show: true,
    deadline: DEADLINE[project],
    env,
  }).then(
    () => undefined,
    (error: unknown) => error,
  );
  const read = async <T>(path: string): Promise<T | undefined> =>
    readFile(path, 'utf8').then(
      (text) => JSON.parse(text) as T,
      () => undefined,
    );
  const report = await read<VitestReport>(file);
  const unhandled = (await read<string[]>(unhandledFile)) ?? [];
  return { unhandled, ...(report !== undefined && { report }), ...(ended !== undefined && { ended }) };
}

/** The files of a run that are run again by themselves: a few that failed beside everything else; what fails again is a defect. */
function filesToRunAgain(project: Project, failures: readonly Failure[]): readonly string[] {
  const files = [...new Set(failures.flatMap(({ file }) => file ?? []))];
  return AGAIN.includes(project) && files.length <= MOST_AGAIN ? files : [];
}

/** What vitest was told beside the files. */
function optionsOf(filters: readonly string[]): readonly string[] {
  const first = filters.findIndex((filter) => filter.startsWith('-'));
  return first === -1 ? [] : filters.slice(first);
}

async function runProject(project: Project, filters: readonly string[]): Promise<Outcome> {
  const first = await runVitest(project, filters, project);
  if (first.report === undefined) {
    console.error(
      `The ${project} tests left no report. ${first.ended === undefined ? '' : describeFailure(first.ended)}`,
    );
    return { tally: FAILURE, failures: [], onceFailed: [] };
  }
  const failures = failuresIn(first.report);
  // Of a run that ended early it is not known what else fails.
  const endsEarly = filters.some((filter) => filter.startsWith('--bail'));
  const files = endsEarly ? [] : filesToRunAgain(project, failures);
  if (files.length === 0) return outcomeOf([first], first.report, []);
  console.log(`\nRun again by themselves: ${files.map((file) => relative(ROOT, file)).join(', ')}\n`);
  const again = await runVitest(project, [...files, ...optionsOf(filters)], `${project}-again`);
  const both = again.report === undefined ? first.report : withSecondRun(first.report, again.report);
  return outcomeOf([first, again], both, failures);
}

/** @param failed in the first of the runs; what of it is not in the report any more has passed since */
function outcomeOf(runs: readonly Run[], report: VitestReport, failed: readonly Failure[]): Outcome {
  const left = failuresIn(report);
  // What is thrown outside of every test (a rejection that nobody handles) is no test's, and so none takes it back by passing.
  const unhandled = runs.flatMap((one) => one.unhandled).map((why) => ({ why }));
  const failures = [...left, ...unhandled];
  // Vitest ended badly, and nothing says why.
  const isBroken = failures.length === 0 && runs.at(-1)?.ended !== undefined;
  return {
    tally: addTallies([tallyOf(report), { ...FAILURE, failed: unhandled.length }, ...(isBroken ? [FAILURE] : [])]),
    failures,
    onceFailed: failed.filter(({ file, test }) => !left.some((other) => other.file === file && other.test === test)),
  };
}

async function findBrowser(): Promise<Tally | undefined> {
  return attempt('Finding a browser', ensureChromium);
}

async function prepareEndToEnd(): Promise<Tally | undefined> {
  return (
    (await findBrowser()) ??
    (await attempt('Packing the extension', packageExtension)) ??
    (await attempt('Installing VS Code', installHost))
  );
}

/** What takes its time at the network and not at the processor, begun beside the tests that come first; a failure is told where it is needed. */
function installAhead(projects: readonly Project[]): Promise<unknown> {
  return projects.includes('unit') && projects.includes('e2e')
    ? installHost().catch(() => undefined)
    : Promise.resolve();
}

async function prepareClients(): Promise<Tally | undefined> {
  return attempt('Installing the AI clients', installClients);
}

async function test(projects: readonly Project[], filters: readonly string[]): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  const ahead = installAhead(projects);
  if (projects.includes('unit')) outcomes.push(await runProject('unit', filters));
  if (projects.includes('panel')) outcomes.push(told(await findBrowser()) ?? (await runProject('panel', filters)));
  await ahead;
  if (projects.includes('e2e')) outcomes.push(told(await prepareEndToEnd()) ?? (await runProject('e2e', filters)));
  if (projects.includes('clients'))
    outcomes.push(told(await prepareClients()) ?? (await runProject('clients', filters)));
  return {
    tally: addTallies(outcomes.map(({ tally }) => tally)),
    failures: outcomes.flatMap(({ failures }) => failures),
    onceFailed: outcomes.flatMap(({ onceFailed }) => onceFailed),
  };
}

/** A failure that was told where it happened. */
function told(tally: Tally | undefined): Outcome | undefined {
  return tally && { tally, failures: [], onceFailed: [] };
}

/** Named once more at the end: of a long log, people are often shown the last part alone. */
function name(title: string, failures: readonly Failure[]): void {
  if (failures.length === 0) return;
  console.log(`\n${title}`);
  for (const { file, test = 'the file itself', why } of failures)
    console.log(`  ${file === undefined ? 'Outside of every test' : `${relative(ROOT, file)} > ${test}`}\n    ${why}`);
}

/** The files of the team's server, whichever database they are run on. */
const TEAM_FILES = ['src/team/', 'test/unit/team-'];

async function testTeam([option, url]: readonly string[]): Promise<Outcome> {
  if (option === undefined) return test(['unit'], TEAM_FILES);
  if (option !== '--database' || url === undefined)
    throw new Error('After "team" there may be --database URL, or --database installed.');
  const installed = url === 'installed' ? await startInstalledPostgres() : undefined;
  try {
    if (installed !== undefined) console.log(`On ${installed.version}`);
    process.env['TEST_DATABASE_URL'] = installed?.url ?? url;
    return await test(['unit'], TEAM_FILES);
  } finally {
    await installed?.stop();
  }
}

const [first, ...rest] = process.argv.slice(2);
const named = PROJECTS.find((project) => project === first);
const { tally, failures, onceFailed } =
  first === 'team'
    ? await testTeam(rest)
    : await test(named === undefined ? USUAL : [named], named === undefined ? process.argv.slice(2) : rest);
name('Failed beside the others, and passed by themselves:', onceFailed);
name('Failed:', failures);
console.log(wordsFor(tally));
process.exitCode = tally.failed > 0 || tally.passed === 0 ? 1 : 0;
