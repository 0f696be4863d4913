// Bundles every process of the extension into dist/. `--watch` keeps going and adds source maps; without it the bundles
// are minified, as the package ships them. Names of bundles make those alone, and `--outdir=FOLDER` puts them elsewhere.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { build, context, transform } from 'esbuild';

const isWatching = process.argv.includes('--watch');
const outdir = process.argv.find((argument) => argument.startsWith('--outdir='))?.slice('--outdir='.length) ?? 'dist';
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

/** Each brings its cloud's own library, which few people need. */
const SIGN_INS = ['awsSignIn', 'googleSignIn', 'entraSignIn'];

/** Libraries that are loaded on first use, bundled once for all that use them: bundle by package. */
const LIBRARIES = {
  '@pydantic/genai-prices': 'genaiPriceList',
  openai: 'openaiClient',
  '@anthropic-ai/sdk': 'anthropicClient',
};
/** Functions of those that are imported like any other, and load their library when one of them is called. */
const DEFERRED = { '@pydantic/genai-prices': ['calcPrice'] };
const SHARED = ['dispatchers', ...SIGN_INS, ...Object.keys(LIBRARIES)];

/** undici asks for it in advance, and does without where it is not there: nobody here speaks HTTP/2, and it takes 12 ms to load. */
const withoutHttp2 = {
  name: 'without-http2',
  setup: (build) => {
    build.onResolve({ filter: /^node:http2$/ }, ({ path }) => ({ path, namespace: 'left-out' }));
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'throw new Error("left out")' }));
  },
};

/** The extension runs in the editor's Node, the router needs `node:sqlite`, and the command line runs wherever Node 20 does. */
const ENTRIES = [
  { name: 'extension', source: 'src/extension/main.ts', target: 'node20', apart: ['languageClient'] },
  { name: 'languageClient', source: 'src/extension/languageClient.ts', target: 'node20' },
  {
    name: 'router',
    programs: { server: 'src/language-server/main.ts', serve: 'src/cli/serve.ts' },
    target: 'node22',
    apart: SHARED,
  },
  { name: 'cli', source: 'src/cli/main.ts', target: 'node20', apart: ['commandLine'] },
  { name: 'commandLine', source: 'src/cli/commandLine.ts', target: 'node20', apart: ['programs', 'serve', 'team'] },
  {
    name: 'programs',
    source: 'src/cli/programs.ts',
    target: 'node20',
    apart: ['network', 'serve', ...SHARED],
  },
  // The npm package alone has it: the extension's may not weigh that much. pg would take the one for libpq where it is there.
  {
    name: 'team',
    source: 'src/cli/team.ts',
    target: 'node20',
    apart: ['network', ...SHARED],
    absent: ['pg-native'],
  },
  { name: 'network', source: 'src/providers/network.ts', target: 'node20', apart: SHARED },
  { name: 'dispatchers', source: 'src/providers/dispatchers.ts', target: 'node20', plugins: [withoutHttp2] },
  ...Object.entries(LIBRARIES).map(([source, name]) => ({ name, source, target: 'node20' })),
  ...SIGN_INS.map((name) => ({ name, source: `src/providers/${name}.ts`, target: 'node22' })),
  // In a folder of its own, which is all that its webview may read. Chromium of the oldest editor that we support.
  { name: 'panel/panel', source: 'src/panel/main.tsx', target: 'chrome138', isPage: true },
  // Of the team's server, beside it: browsers of two years ago.
  {
    name: 'dashboard',
    source: 'src/team/dashboard/dashboard.css',
    target: ['chrome123', 'firefox121', 'safari17.5'],
    isPage: true,
  },
];

/** What stands for `import.meta.url` in CommonJS. */
const BANNER = "const importMetaUrl=require('node:url').pathToFileURL(__filename).href;";

/** Leaves modules that are imported on first use in bundles of their own, so that loading the first one stays quick. */
const keepApart = (names) => ({
  name: 'keep-apart',
  setup: (build) => {
    for (const name of names) {
      const library = LIBRARIES[name];
      const filter = new RegExp(library === undefined ? `^\\.{1,2}/(?:.*/)?${name}\\.ts$` : `^${name}$`);
      build.onResolve({ filter }, ({ kind }) =>
        kind === 'dynamic-import' ? { path: `./${library ?? name}.js`, external: true } : undefined,
      );
    }
    const deferred = new RegExp(`^(?:${Object.keys(DEFERRED).join('|')})$`);
    build.onResolve({ filter: deferred }, ({ kind, path }) =>
      kind === 'import-statement' ? { path, namespace: 'deferred' } : undefined,
    );
    build.onResolve({ filter: /.*/, namespace: 'deferred' }, ({ path }) => ({ path, external: true }));
    build.onLoad({ filter: /.*/, namespace: 'deferred' }, ({ path }) => ({
      contents: DEFERRED[path]
        .map((name) => `export const ${name} = (...given) => require('./${LIBRARIES[path]}.js').${name}(...given);`)
        .join('\n'),
    }));
  },
});

/**
 * esbuild leaves other letters in regular expressions as they are, and a single one of them makes V8 keep the whole text, a
 * megabyte, in two bytes a letter.
 */
const inAscii = (code) =>
  code.replace(/[^\x20-\x7e\s]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * Writes ES modules as CommonJS. esbuild lets only the former share code; the latter load faster, by some 10 ms of processor
 * time.
 */
const asCommonJs = (target) => ({
  name: 'as-common-js',
  setup: (build) => {
    build.onEnd(async ({ outputFiles }) => {
      for (const { path, text } of outputFiles ?? []) {
        const { code } = await transform(text, {
          format: 'cjs',
          platform: 'node',
          target,
          banner: BANNER,
          minify: !isWatching,
          sourcemap: isWatching && 'inline',
          legalComments: 'none',
        });
        writeFileSync(path, inAscii(code));
      }
    });
  },
});

const options = (entry) => {
  if (entry.isPage === true) return pageOptions(entry);
  return entry.programs === undefined ? nodeOptions(entry) : programOptions(entry);
};

/** A script for a web page, with the style sheet that it imports beside it. */
const pageOptions = (entry) => ({
  entryPoints: { [entry.name]: entry.source },
  outdir,
  bundle: true,
  platform: 'browser',
  format: 'iife',
  target: entry.target,
  minify: !isWatching,
  sourcemap: isWatching,
  metafile: true,
  legalComments: 'none',
  logLevel: 'warning',
});

/** Two programs, and beside them, under the name of the entry, what both need: of one more there would be several such. */
const programOptions = (entry) => {
  const { plugins, ...common } = nodeOptions(entry);
  return {
    ...common,
    entryPoints: entry.programs,
    splitting: true,
    chunkNames: entry.name,
    format: 'esm',
    write: false,
    banner: {},
    sourcemap: isWatching && 'inline',
    plugins: [...plugins, asCommonJs(entry.target)],
  };
};

const nodeOptions = (entry) => ({
  entryPoints: { [entry.name]: entry.source },
  outdir,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: entry.target,
  external: ['vscode', ...(entry.absent ?? [])],
  plugins: [...(entry.apart === undefined ? [] : [keepApart(entry.apart)]), ...(entry.plugins ?? [])],
  // The editor's own loader knows `require`.
  supported: entry.apart === undefined ? {} : { 'dynamic-import': false },
  // Packages that ship both are smaller, and shake better, as ES modules.
  mainFields: ['module', 'main'],
  define: { 'import.meta.url': 'importMetaUrl' },
  banner: { js: BANNER },
  minify: !isWatching,
  sourcemap: isWatching,
  metafile: true,
  legalComments: 'none',
  logLevel: 'warning',
});

/** Bundles everything once; returns the size of each bundle in bytes, by file name. */
async function bundle(entries) {
  const results = await Promise.all(entries.map((entry) => build(options(entry))));
  const inputs = {};
  const outputs = {};
  for (const { metafile } of results) {
    Object.assign(inputs, metafile.inputs);
    Object.assign(outputs, metafile.outputs);
  }
  writeFileSync(`${outdir}/meta.json`, JSON.stringify({ inputs, outputs }));
  return Object.fromEntries(Object.entries(outputs).map(([path, output]) => [path, output.bytes]));
}

const entries = ENTRIES.filter(
  ({ name, source, programs }) =>
    (programs !== undefined || source in LIBRARIES || existsSync(source)) &&
    (wanted.length === 0 || wanted.includes(name)),
);
mkdirSync(outdir, { recursive: true });
for (const entry of ENTRIES) rmSync(`${outdir}/${entry.name}.js.map`, { force: true });
// The project's own package.json says "module"; the bundles are CommonJS.
writeFileSync(`${outdir}/package.json`, '{ "type": "commonjs" }\n');

if (isWatching) {
  for (const entry of entries) await (await context(options(entry))).watch();
  console.log('Watching …');
} else {
  for (const [path, bytes] of Object.entries(await bundle(entries))) {
    console.log(`${path}  ${(bytes / 1024).toFixed(0)} KB`);
  }
}
