// A program of the tests whose modules Node cannot read as they are, because some of them draw pages.
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from '../../scripts/steps.ts';

export interface BundledProgram {
  /** To be run by Node. */
  readonly path: string;
  remove(): Promise<void>;
}

/** The team's server reads it from beside its program. */
const STYLESHEET = 'src/team/dashboard/dashboard.css';

/** @param source from the repository's root on */
export async function bundledProgram(source: string): Promise<BundledProgram> {
  // Inside the repository, so that packages are found.
  const folder = join(ROOT, 'node_modules', '.cache', `routing-policy-program-${randomUUID()}`);
  const path = join(folder, 'program.mjs');
  await build({
    entryPoints: [join(ROOT, source)],
    outfile: path,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'silent',
  });
  await build({ entryPoints: [join(ROOT, STYLESHEET)], outdir: folder, bundle: true, logLevel: 'silent' });
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}
