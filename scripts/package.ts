// Packs the extension as users install it: generated files, bundles, VSIX.
import { statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withLock } from './lock.ts';
import { describeFailure, ROOT, run, step } from './steps.ts';

/** Where the packed extension is. */
export const VSIX = join(ROOT, 'dist', 'routing-policy.vsix');

/** The README that is packed. */
const README = join(ROOT, 'dist', 'README.md');

/** The most the VSIX may weigh, in bytes. */
const SIZE_LIMIT = 2 * 1024 * 1024;

/**
 * Generates, bundles and packs. One process at a time: others wait.
 * @throws CommandError with the output of what failed, or an Error when the package is too big.
 */
export async function packageExtension(): Promise<string> {
  await withLock(join(ROOT, '.host', 'package.lock'), async () => {
    await step('Writing the generated files', () => node('scripts/generate.ts'));
    await step('Bundling', () => node('esbuild.config.mjs'));
    await writeFile(README, withoutPictures(await readFile(join(ROOT, 'README.md'), 'utf8')));
    await step('Packing the extension', () =>
      // The bundles carry their dependencies.
      node(
        'node_modules/@vscode/vsce/vsce',
        'package',
        '--no-dependencies',
        '--allow-missing-repository',
        '--no-rewrite-relative-links',
        '--readme-path',
        'dist/README.md',
        '--out',
        VSIX,
      ),
    );
  });
  const { size } = statSync(VSIX);
  if (size > SIZE_LIMIT) {
    const kilobytes = (bytes: number): number => Math.round(bytes / 1024);
    throw new Error(
      `${VSIX} has ${kilobytes(size)} KB, more than ${kilobytes(SIZE_LIMIT)}; dist/meta.json says of what.`,
    );
  }
  return VSIX;
}

/**
 * The README as the extension's page shows it. An editor loads no picture from inside the package, and where the project
 * will be published is not decided, so there is no address that they could be pointed at.
 */
function withoutPictures(markdown: string): string {
  return markdown.replaceAll(/^!\[[^\]]*\]\(media\/screenshots\/[^)]*\)\n\n?/gm, '');
}

function node(...args: readonly string[]): Promise<string> {
  return run(process.execPath, args, { deadline: 120_000 });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    const vsix = await packageExtension();
    console.log(`${vsix}  ${Math.round(statSync(vsix).size / 1024)} KB`);
  } catch (error) {
    console.error(describeFailure(error));
    process.exitCode = 1;
  }
}
