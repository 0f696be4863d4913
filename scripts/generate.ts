import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate as generateSchemas } from './generate-schema.ts';
import { manifest } from './manifest.ts';
import { diagnosticsPage } from './reference/diagnosticsPage.ts';
import { explanationsPage } from './reference/explanationsPage.ts';
import { policyPage } from './reference/policyPage.ts';
import { providersPage } from './reference/providersPage.ts';
import { withSentSection } from './reference/sentSection.ts';

/**
 * Writes every generated file from its one source, or with `--check` only compares and names the command to run.
 * Generated: package.json's `contributes`, `activationEvents` and `capabilities`; package.nls.json; the JSON Schemas; the
 * reference pages of the documentation.
 */
const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function wanted(): Map<string, string> {
  const files = new Map<string, string>();
  const { texts, ...generated } = manifest();
  const packageJson: object = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  files.set('package.json', json({ ...packageJson, ...generated }));
  files.set('package.nls.json', json(texts));
  for (const [path, content] of Object.entries(generateSchemas())) files.set(path, content);
  files.set('docs/policy/reference.md', policyPage());
  files.set('docs/diagnostics.md', diagnosticsPage());
  files.set('docs/providers.md', providersPage());
  const explanations = 'docs/policy/explanations.md';
  files.set(explanations, explanationsPage(readFileSync(join(root, explanations), 'utf8')));
  files.set('docs/usage.md', withSentSection(readFileSync(join(root, 'docs/usage.md'), 'utf8')));
  return files;
}

const check = process.argv.includes('--check');
let stale = 0;
for (const [path, content] of wanted()) {
  const file = join(root, path);
  const current = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  // The lint's own formatter may lay package.json out differently; only the meaning counts there.
  const same =
    current !== undefined &&
    (current === content ||
      (path.endsWith('.json') && JSON.stringify(JSON.parse(current)) === JSON.stringify(JSON.parse(content))));
  if (same) continue;
  if (check) {
    stale += 1;
    console.error(`${path} is out of date: run "npm run generate".`);
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    console.log(`wrote ${path}`);
  }
}
process.exitCode = stale ? 1 : 0;
