import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../scripts/steps.ts';
import { createRepository, type Repository } from '../host/repository.ts';
import type { Files } from './gatewayLoads.ts';

const PACKAGES = ['core', 'api', 'billing', 'ui'];
const FILES_EACH = 48;
/** What the agent of the benchmark reads and edits. */
const WORKED_ON = 8;

export interface BenchRepository {
  readonly repository: Repository;
  /** Those that the agent works in, all of one package. */
  readonly files: Files;
}

/** About 200 files under the team preset, of which some are changed, one is staged and one is new. */
export async function benchRepository(): Promise<BenchRepository> {
  const files: Record<string, string> = {
    '.routing-policy.json': await readFile(join(ROOT, 'policies', 'team.json'), 'utf8'),
    '.gitignore': 'node_modules/\n.env\n',
    'README.md': '# Accounts\n\nServices that add up what customers owe.\n',
  };
  for (const name of PACKAGES) {
    files[`packages/${name}/package.json`] = JSON.stringify({ name: `@accounts/${name}`, version: '1.0.0' });
    for (let n = 0; n < FILES_EACH; n++) files[`packages/${name}/src/part${n}.ts`] = source(name, n);
  }
  const repository = await createRepository({ files });
  const worked = Array.from({ length: WORKED_ON }, (_, n) => `packages/core/src/part${n}.ts`);
  const changed = (path: string): string => `${files[path] ?? ''}\nexport const changed = true;\n`;
  await repository.write({
    ...Object.fromEntries(worked.slice(0, 5).map((path) => [path, changed(path)])),
    'packages/core/src/fresh.ts': source('core', FILES_EACH),
    '.env': 'LEDGER_PASSWORD=correct-horse-battery-staple-41\nLEDGER_HOST=ledger.internal.example\n',
  });
  await repository.git('add', worked[0] ?? '.');
  return { repository, files: new Map(worked.map((path) => [path, files[path] ?? ''])) };
}

function source(name: string, n: number): string {
  const each = Array.from(
    { length: 12 },
    (_, at) =>
      `/** What customer ${at} of ${name} owes when part ${n} has been counted. */\n` +
      `export function owed${n}x${at}(amounts: readonly number[], rate: number): number {\n` +
      `  const sum = amounts.reduce((total, amount) => total + amount * ${at + 1}, 0);\n` +
      `  return Math.round(sum * rate * ${n + 1});\n}\n`,
  );
  return `import { round } from './rounding.ts';\n\n${each.join('\n')}`;
}
