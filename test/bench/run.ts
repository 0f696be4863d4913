// One benchmark in a process of its own: prints its table, and leaves its figures for whoever started it.
//   node test/bench/run.ts NAME [OPTION…]
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeFailure, ROOT } from '../../scripts/steps.ts';
import { BENCHES } from './benches.ts';
import { drawTable } from './table.ts';

async function runBench(name: string | undefined, args: readonly string[]): Promise<void> {
  const bench = BENCHES.find((one) => one.name === name);
  if (bench === undefined)
    throw new Error(`There is no benchmark ${name}. ${BENCHES.map((one) => one.name).join(', ')}`);
  const { measure } = await bench.load();
  const report = await measure(args);
  const folder = join(ROOT, '.bench');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${bench.name}.json`), `${JSON.stringify(report, null, 2)}\n`);
  if (report.rows.length > 0) console.log(drawTable(bench.title, report.rows));
  for (const note of report.notes) console.log(note);
  for (const broken of report.broken) console.log(`✗ ${broken}`);
  if (report.broken.length > 0) process.exitCode = 1;
}

try {
  const [name, ...args] = process.argv.slice(2);
  await runBench(name, args);
} catch (error) {
  console.error(describeFailure(error));
  process.exitCode = 1;
}
