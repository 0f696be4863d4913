// The team's server from this working tree.
//   npm run team                    in your state folder
//   npm run team -- --data DIR      …or any other arguments of `routing-policy team`
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { withLock } from './lock.ts';
import { describeFailure, ROOT, run } from './steps.ts';

/** Its pages are JSX, which Node does not read, so it is bundled first. */
const BUNDLES = ['cli', 'commandLine', 'team', 'dashboard', 'genaiPriceList', 'network', 'dispatchers'];

try {
  await withLock(join(ROOT, '.host', 'package.lock'), () => run(process.execPath, ['esbuild.config.mjs', ...BUNDLES]));
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'cli.js'), 'team', ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  // It decides itself when it is done.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
} catch (error) {
  console.error(describeFailure(error));
  process.exitCode = 1;
}
