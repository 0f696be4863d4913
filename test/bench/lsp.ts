// What a keystroke in a policy of 2,000 lines costs in a repository of 50,000 files, through the router's real process: from
// the change to its diagnostics, pause in typing included, and what a hover, a proposal and a lens take.
//   --files N   another size
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../../scripts/steps.ts';
import { LspClient } from '../host/lspClient.ts';
import { wholeNumber } from './options.ts';
import { milliseconds, type Report, type Row } from './report.ts';
import { quantile } from './timing.ts';
import { buildRepository } from './workspace.ts';

const SERVER = join(ROOT, 'src', 'language-server', 'main.ts');
const POLICY = '.routing-policy.json';
const KEYSTROKES = 60;
const WARM_UP = 10;
const LINES = 2_000;
/** What a keystroke may take at the median, in milliseconds. */
const GOAL_MS = 100;

export async function measure(args: readonly string[]): Promise<Report> {
  const { values } = parseArgs({ args: [...args], options: { files: { type: 'string', default: '50000' } } });
  const size = wholeNumber('files', values.files);
  const root = await realpath(await mkdtemp(join(tmpdir(), 'routing-policy-bench-')));
  buildRepository(root, size);
  const stateFolder = await mkdtemp(join(tmpdir(), 'routing-policy-bench-'));
  const client = await LspClient.start({ server: SERVER, root, stateFolder });
  try {
    return await measureEditor(client, size);
  } finally {
    await client.stop();
    await rm(stateFolder, { recursive: true, force: true });
    await rm(root, { recursive: true, force: true });
  }
}

async function measureEditor(client: LspClient, size: number): Promise<Report> {
  const text = policyOf();
  const opened = performance.now();
  await client.openDocument(POLICY, 'jsonc', text);
  // With the files of the repository, which are listed behind the first look.
  while (!client.diagnostics(POLICY)?.some(({ code }) => code === 'matches-nothing-here'))
    await nextDiagnostics(client);
  const first = performance.now() - opened;

  const typed = wordOf(text);
  const keystrokes: number[] = [];
  for (let count = 0; count < WARM_UP + KEYSTROKES; count += 1) {
    const version = 2 + count;
    const started = performance.now();
    const told = nextDiagnostics(client, version);
    await client.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri: client.uri(POLICY), version },
      contentChanges: [
        { range: { start: typed, end: { ...typed, character: typed.character + 1 } }, text: 'xyz'[count % 3] },
      ],
    });
    await told;
    if (count >= WARM_UP) keystrokes.push(performance.now() - started);
  }
  const position = { textDocument: { uri: client.uri(POLICY) }, position: typed };
  const ask = async (method: string): Promise<readonly number[]> => {
    const taken: number[] = [];
    for (let count = 0; count < 20; count += 1) {
      const started = performance.now();
      await client.connection.sendRequest(method, position);
      taken.push(performance.now() - started);
    }
    return taken;
  };
  const hovers = await ask('textDocument/hover');
  const proposals = await ask('textDocument/completion');
  const lenses = await client.connection.sendRequest<object[]>('textDocument/codeLens', position);
  const resolved: number[] = [];
  for (const lens of lenses.slice(0, 40)) {
    const started = performance.now();
    await client.connection.sendRequest('codeLens/resolve', lens);
    resolved.push(performance.now() - started);
  }
  const rows = [
    { what: 'opened to diagnostics with the files of the repository', figures: { median: milliseconds(first) } },
    rowOf('a keystroke to its diagnostics', keystrokes),
    rowOf('a hover on a glob', hovers),
    rowOf('proposals in a glob', proposals),
    rowOf('a lens of a class', resolved),
  ];
  const median = quantile(keystrokes, 0.5);
  return {
    rows,
    notes: [
      `${size} files, a policy of ${text.split('\n').length} lines, ${lenses.length} lenses; ${KEYSTROKES} keystrokes.`,
    ],
    broken: median <= GOAL_MS ? [] : [`A keystroke takes ${median.toFixed(0)} ms, more than ${GOAL_MS} ms.`],
  };
}

function rowOf(what: string, taken: readonly number[]): Row {
  return { what, figures: { median: milliseconds(quantile(taken, 0.5)), p95: milliseconds(quantile(taken, 0.95)) } };
}

/** Settles with the next diagnostics, or those of a version. */
function nextDiagnostics(client: LspClient, version?: number): Promise<void> {
  return new Promise((settle) => {
    client.onDiagnostics = (_, of) => {
      if (version === undefined || of === version) settle();
    };
  });
}

/** Classes, constraints, routes and tests as a large repository would have them, a line or a few for each. */
function policyOf(): string {
  const classes = Array.from({ length: 120 }, (_, at) => ({
    id: `class-${at}`,
    when: {
      files: [`packages/p${at}/src/**`, `!packages/p${at}/**/f1*.ts`],
      ...(at % 3 === 0 ? { diff: { modules: '<=1', lines: `<=${40 + at}` } } : {}),
    },
    use: ['small', 'mid', 'large'][at % 3],
  }));
  const constraints = Array.from({ length: 25 }, (_, at) => ({
    id: `constraint-${at}`,
    reason: `rule ${at}`,
    when: { touches: [`packages/p${at}/src/d${at % 20}/*2.ts`, `**/secret-${at}/**`] },
    deny: [at % 2 === 0 ? 'openai/*' : 'google/*'],
  }));
  const tests = Array.from({ length: 25 }, (_, at) => ({
    name: `test ${at}`,
    given: { kind: 'edit', files: [`packages/p${at}/src/d0/a.ts`] },
    expect: { class: at % 3 === 0 ? 'class-0' : `class-${at}` },
  }));
  const policy = {
    version: 1,
    models: {
      small: ['anthropic/claude-haiku-5-5', 'openai/gpt-6-luna', 'google/gemini-4-argon'],
      mid: ['anthropic/claude-sonnet-5-5', 'openai/gpt-6-sol', 'google/gemini-4-argon'],
      large: ['anthropic/claude-opus-5-5', 'openai/gpt-6.1-sol', 'google/gemini-4-argon'],
    },
    default: 'mid',
    classes: [...classes, { id: 'typed', when: { files: ['packages/gone-x/**'] }, use: 'mid' }],
    diversity: { minSuppliers: 2 },
    constraints,
    tests,
  };
  // One value a line while there is room, as a formatter writes it.
  const lines = JSON.stringify(policy, undefined, 2).split('\n');
  const filler = Array.from({ length: Math.max(0, LINES - lines.length) }, (_, at) => `  // a remark, number ${at}`);
  return [...lines.slice(0, -1), ...filler, ...lines.slice(-1)].join('\n');
}

/** The place of the letter that is typed over and over. */
function wordOf(text: string): { readonly line: number; readonly character: number } {
  const before = text.slice(0, text.indexOf('gone-x') + 'gone-'.length).split('\n');
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
}
