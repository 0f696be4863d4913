// What a user downloads and what the editor loads. Packing fails by itself when the VSIX is above its limit.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { VSIX } from '../../scripts/package.ts';
import { ROOT } from '../../scripts/steps.ts';
import { kilobytes, type Report, type Row } from './report.ts';

const BUNDLES = [
  'dist/extension.js',
  'dist/languageClient.js',
  'dist/router.js',
  'dist/server.js',
  'dist/serve.js',
  'dist/cli.js',
  'dist/commandLine.js',
  'dist/programs.js',
  'dist/panel/panel.js',
  'dist/panel/panel.css',
];

/** The most the VSIX may weigh, in bytes. */
const LIMIT = 2 * 1024 * 1024;

export async function measure(): Promise<Report> {
  const rows: Row[] = BUNDLES.filter((path) => existsSync(join(ROOT, path))).map((path) => {
    const content = readFileSync(join(ROOT, path));
    return {
      what: path,
      figures: { minified: kilobytes(content.length), gzipped: kilobytes(gzipSync(content, { level: 9 }).length) },
    };
  });
  const { size } = statSync(VSIX);
  rows.push({ what: basename(VSIX), figures: { packed: kilobytes(size), limit: kilobytes(LIMIT) } });
  return {
    rows,
    notes: ['What each bundle is made of: dist/meta.json, readable at https://esbuild.github.io/analyze/.'],
    broken: size < LIMIT ? [] : [`${VSIX} has ${size} bytes; it must stay below ${LIMIT}.`],
  };
}
