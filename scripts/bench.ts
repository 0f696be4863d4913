// Runs benchmarks, each in a process of its own so that none is warm from another, and keeps their figures.
//   npm run bench                         the quick ones
//   npm run bench NAME [NAME…]            those; `npm run bench all` for every one
//   npm run bench NAME -- OPTION…         one, with options of its own (they stand at the top of its file)
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { BENCHES, type Bench } from '../test/bench/benches.ts';
import type { Report } from '../test/bench/report.ts';
import { packageExtension } from './package.ts';
import { describeFailure, ROOT, run } from './steps.ts';

const FOLDER = join(ROOT, '.bench');
const DEADLINE = 15 * 60_000;
/** Of those that are told how long to go on. */
const LONG_DEADLINE = 4 * 60 * 60_000;

interface Wish {
  readonly benches: readonly Bench[];
  readonly options: readonly string[];
}

/** @throws when a name is unknown, or options are given for more than one benchmark. */
function readWish(args: readonly string[]): Wish {
  const firstOption = args.findIndex((arg) => arg.startsWith('-'));
  const names = firstOption < 0 ? args : args.slice(0, firstOption);
  const options = firstOption < 0 ? [] : args.slice(firstOption);
  if (options.length > 0 && names.length !== 1) {
    throw new Error('Options belong to one benchmark: npm run bench NAME -- OPTION…');
  }
  if (names.length === 0) return { benches: BENCHES.filter(({ isQuick }) => isQuick), options };
  if (names.length === 1 && names[0] === 'all') return { benches: BENCHES, options };
  const known = BENCHES.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new Error(`There is no benchmark "${unknown}". There are: ${known.join(', ')}, all.`);
  return { benches: BENCHES.filter(({ name }) => names.includes(name)), options };
}

/** True when it ended well. */
async function runOne({ name, takesLong }: Bench, options: readonly string[]): Promise<boolean> {
  console.log('');
  try {
    const script = join(ROOT, 'test', 'bench', 'run.ts');
    await run(process.execPath, [script, name, ...options], {
      show: true,
      deadline: takesLong ? LONG_DEADLINE : DEADLINE,
    });
    return true;
  } catch (error) {
    // What went wrong is on the screen already; a deadline or a missing program is not.
    console.error(describeFailure(error).trimEnd());
    return false;
  }
}

/** False when it cannot be packed: the benchmarks that need no package run all the same. */
async function pack(): Promise<boolean> {
  try {
    await packageExtension();
    return true;
  } catch (error) {
    console.error(`Nothing that needs the packed extension will run: ${describeFailure(error)}`);
    return false;
  }
}

async function collect(benches: readonly Bench[]): Promise<Readonly<Record<string, Report>>> {
  const reports: Record<string, Report> = {};
  for (const { name } of benches) {
    const text = await readFile(join(FOLDER, `${name}.json`), 'utf8').catch(() => undefined);
    if (text !== undefined) reports[name] = JSON.parse(text) as Report;
  }
  return reports;
}

async function bench({ benches, options }: Wish): Promise<boolean> {
  await mkdir(FOLDER, { recursive: true });
  // A report of an earlier run must not stand in for this one's.
  for (const { name } of benches) await rm(join(FOLDER, `${name}.json`), { force: true });
  const isPacked = benches.some(({ needs }) => needs === 'package') && (await pack());
  const failed: string[] = [];
  for (const one of benches) {
    const isReady = one.needs === undefined || isPacked;
    if (!isReady || !(await runOne(one, options))) failed.push(one.name);
  }

  const processors = cpus();
  const machine = { platform: `${process.platform}-${process.arch}`, node: process.version, cores: processors.length };
  const results = { at: new Date().toISOString(), machine, benches: await collect(benches) };
  await writeFile(join(FOLDER, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
  console.log('\nAll figures: .bench/results.json');
  const leftOut = BENCHES.filter((one) => !benches.includes(one)).map(({ name }) => name);
  if (leftOut.length > 0) console.log(`Left out: ${leftOut.join(', ')}.`);
  if (failed.length > 0) console.log(`Failed: ${failed.join(', ')}.`);
  return failed.length === 0;
}

try {
  process.exitCode = (await bench(readWish(process.argv.slice(2)))) ? 0 : 1;
} catch (error) {
  console.error(describeFailure(error));
  process.exitCode = 1;
}
