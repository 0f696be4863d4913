// How long the built command line takes: one file explained by a fresh process, and requests a second over standard input.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../scripts/steps.ts';
import { quantile } from './timing.ts';

const BUNDLE = join(ROOT, 'dist', 'cli.js');
const POLICY = join(ROOT, 'policies', 'team.json');
const PROCESSES = 20;
const REQUESTS = 50_000;

function run(args: readonly string[], input = ''): number {
  const started = performance.now();
  const ended = spawnSync(process.execPath, [BUNDLE, ...args], {
    cwd: ROOT,
    input,
    maxBuffer: 1 << 30,
    timeout: 120_000,
  });
  if (ended.status !== 0) throw new Error(`${args.join(' ')} ended with ${ended.status}: ${ended.stderr}`);
  return performance.now() - started;
}

/** Milliseconds of one explanation by a process that was just started; the first one, which fills the caches, left out. */
export function coldExplain(): { readonly p50: number; readonly p95: number } {
  const times = Array.from({ length: PROCESSES + 1 }, () =>
    run(['explain', '--policy', POLICY, 'src/policy/parse.ts']),
  );
  const sorted = times.slice(1).sort((a, b) => a - b);
  return { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) };
}

/** Requests a second over standard input, the start of the process included. */
export function explainedPerSecond(): number {
  const lines = Array.from({ length: REQUESTS }, (_, id) =>
    JSON.stringify({
      id,
      kind: 'agent',
      files: [{ path: `packages/p${id % 700}/src/f${id}.ts`, added: id % 90, deleted: 2 }],
    }),
  );
  return (REQUESTS / run(['explain', '--stdin', '--json', '--policy', POLICY], lines.join('\n'))) * 1000;
}

if (import.meta.main) {
  const { p50, p95 } = coldExplain();
  console.log(
    `explain, one file, cold: p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms over ${PROCESSES} processes`,
  );
  console.log(`explain --stdin --json: ${Math.round(explainedPerSecond()).toLocaleString('en-US')} requests a second`);
}
