// Searches for inputs that break the policy language. The tests do a share of this with the same seed each time.
//   npm run fuzz                                   all: a million paths, two hundred thousand policies, the hostile ones: minutes
//   npm run fuzz -- paths [COUNT] [SEED]           the index of globs against a naive loop
//   npm run fuzz -- policies [COUNT] [SEED]        mutated policy files
//   npm run fuzz -- hostile                        what an editor spends on policies that are as hard as the limits let them
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bounds, costOf, hostilePolicies, manyFiles } from '../test/fuzz/hostile.ts';
import { fuzzPaths } from '../test/fuzz/paths.ts';
import { fuzzPolicies } from '../test/fuzz/policies.ts';
import { describeFailure, ROOT } from './steps.ts';

const SEED = 20_261_122;
const PAIRS = 1_000_000;
const MUTANTS = 200_000;
const THREADS = 2;
const SHOWN = 20;

function paths(count = PAIRS, seed = SEED): boolean {
  const started = performance.now();
  const { pairs, difference } = fuzzPaths(count, seed);
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`paths: ${pairs.toLocaleString('en-US')} pairs of a policy and a path in ${seconds} s.`);
  console.log(difference ?? 'The index and the naive loop agree on all of them.');
  return difference === undefined;
}

async function policies(count = MUTANTS, salt = SEED): Promise<boolean> {
  const started = performance.now();
  const { judged, accepted, slowestMs, heapMB, problems } = await fuzzPolicies({ count, salt, threads: THREADS });
  const seconds = Math.round((performance.now() - started) / 1000);
  const read = Math.round((100 * accepted) / judged);
  console.log(`policies: ${judged.toLocaleString('en-US')} mutants in ${seconds} s, ${read} % of them good policies.`);
  console.log(`The slowest took ${Math.round(slowestMs)} ms; the most memory in use was ${Math.round(heapMB)} MB.`);
  const folder = join(ROOT, '.fuzz');
  if (problems.length > 0) await mkdir(folder, { recursive: true });
  for (const { number, how, problem, text } of problems.slice(0, SHOWN)) {
    const file = join(folder, `${number}.jsonc`);
    await writeFile(file, text);
    console.log(`✗ ${number} (${how}): ${problem}\n  ${file}`);
  }
  console.log(problems.length === 0 ? 'None of them did any harm.' : `${problems.length} of them did harm.`);
  return problems.length === 0;
}

function hostile(): boolean {
  const paths = manyFiles();
  const over = Object.entries(hostilePolicies()).filter(([name, text]) => {
    const { reasoning, reading, hover, lens } = costOf(text, paths);
    const told = [reading, reasoning, hover, lens].map((took) => `${Math.round(took)} ms`);
    console.log(`hostile: ${name}: read ${told[0]}, reasoned ${told[1]}, hover ${told[2]}, lens ${told[3]}.`);
    return reading > bounds.reading || reasoning > bounds.reasoning || Math.max(hover, lens) > bounds.answer;
  });
  console.log(over.length === 0 ? 'None takes too long.' : `Too long: ${over.map(([name]) => name).join('; ')}.`);
  return over.length === 0;
}

function number(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`COUNT and SEED are whole numbers, not "${text}".`);
  return value;
}

async function fuzz([what, count, seed]: readonly string[]): Promise<boolean> {
  switch (what) {
    case 'paths':
      return paths(number(count), number(seed));
    case 'policies':
      return policies(number(count), number(seed));
    case 'hostile':
      return hostile();
    case undefined: {
      const agree = paths();
      const harmless = await policies();
      return hostile() && harmless && agree;
    }
    default:
      throw new Error(`"${what}" cannot be fuzzed. There are: paths, policies, hostile.`);
  }
}

try {
  if (!(await fuzz(process.argv.slice(2)))) process.exitCode = 1;
} catch (error) {
  console.error(describeFailure(error));
  process.exitCode = 1;
}
