// Small extensions that a test installs beside ours, packed as anyone's would be.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ROOT, run } from '../../scripts/steps.ts';

export interface PackedExtension {
  readonly vsix: string;
  readonly remove: () => Promise<void>;
}

/** Packs the extension in `folder` into a temporary VSIX. */
export async function packExtension(folder: string): Promise<PackedExtension> {
  const target = await mkdtemp(join(tmpdir(), 'routing-policy-fixture-'));
  const vsix = join(target, `${basename(folder)}.vsix`);
  const vsce = join(ROOT, 'node_modules', '@vscode', 'vsce', 'vsce');
  const args = ['package', '--no-dependencies', '--allow-missing-repository', '--skip-license', '--out', vsix];
  await run(process.execPath, [vsce, ...args], { cwd: folder, deadline: 60_000 });
  return { vsix, remove: () => rm(target, { recursive: true, force: true }) };
}
