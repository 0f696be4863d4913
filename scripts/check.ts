// Everything about a change that needs no running program, side by side: types, lint and format, layers, generated files.
import { join } from 'node:path';
import { describeFailure, ROOT, run } from './steps.ts';

interface Check {
  readonly name: string;
  readonly args: readonly string[];
}

const bin = (name: string): string => join(ROOT, 'node_modules', name);

const CHECKS: readonly Check[] = [
  { name: 'types', args: [bin('typescript/bin/tsc'), '-p', '.'] },
  { name: 'lint and format', args: [bin('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.'] },
  {
    name: 'layers',
    args: [bin('vitest/vitest.mjs'), 'run', '--project', 'unit', '--reporter=dot', 'test/unit/layers.test.ts'],
  },
  { name: 'generated files', args: ['scripts/generate.ts', '--check'] },
];

async function passes({ name, args }: Check): Promise<boolean> {
  const started = performance.now();
  const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  try {
    await run(process.execPath, args, { deadline: 120_000 });
    console.log(`✓ ${name} (${seconds()})`);
    return true;
  } catch (error) {
    console.log(`✗ ${name} (${seconds()})\n${describeFailure(error)}\n`);
    return false;
  }
}

const results = await Promise.all(CHECKS.map(passes));
const failed = CHECKS.filter((_, index) => results[index] === false).map((check) => check.name);
console.log(failed.length === 0 ? 'All checks pass.' : `Failed: ${failed.join(', ')}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
