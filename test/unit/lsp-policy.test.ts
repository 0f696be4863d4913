// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders of editor snippets look like this.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type {
  CodeAction,
  CodeLens,
  CompletionItem,
  CompletionList,
  DocumentLink,
  Hover,
  Range,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { FIXTURE_FILES } from '../../src/routing/analysis/testing/ground.ts';
import type { LspDiagnostic } from '../host/lspClient.ts';
import { ask, policyFile, samplePolicy, setStage } from '../host/routerStage.ts';

const stage = setStage({
  files: Object.fromEntries([
    ...FIXTURE_FILES.map((path) => [path, `${path}\n`]),
    ['org/base.json', '{ "version": 1, "default": "openai/gpt-6-sol", "models": { "outer": "openai/gpt-6-luna" } }'],
    ['.github/CODEOWNERS', '/.routing-policy.json @acme/platform\n'],
    [policyFile, JSON.stringify(samplePolicy)],
  ]),
});
let version = 1;

/** Puts a text into the editor, where `|` marks the cursor. */
async function type(marked: string): Promise<{ readonly document: TextDocument; readonly cursor: number }> {
  const text = marked.replace('|', '');
  const { client } = stage;
  if (version === 1) await client.openDocument(policyFile, 'jsonc', '{}');
  version += 1;
  await client.changeDocument(policyFile, version, text);
  const document = TextDocument.create(client.uri(policyFile), 'jsonc', version, text);
  return { document, cursor: Math.max(0, marked.indexOf('|')) };
}

async function askAt<Answer>(method: string, marked: string): Promise<{ answer: Answer; document: TextDocument }> {
  const { document, cursor } = await type(marked);
  const params = { textDocument: { uri: document.uri }, position: document.positionAt(cursor) };
  return { answer: await stage.client.connection.sendRequest(method, params), document };
}

async function diagnosticsOf(text: string): Promise<readonly LspDiagnostic[]> {
  await type(text);
  await expect.poll(() => stage.client.diagnosedVersion(policyFile), { interval: 10 }).toBe(version);
  return stage.client.diagnostics(policyFile) ?? [];
}

async function hover(marked: string): Promise<string> {
  const { answer } = await askAt<Hover | null>('textDocument/hover', marked);
  return answer === null ? '' : (answer.contents as { value: string }).value;
}

/** What is proposed, as the text that would stand there. */
async function proposals(marked: string): Promise<readonly string[]> {
  const { answer } = await askAt<CompletionList>('textDocument/completion', marked);
  return answer.items.map(({ textEdit }) => textEdit?.newText ?? '');
}

async function lenses(text: string): Promise<readonly (string | undefined)[]> {
  const { answer } = await askAt<CodeLens[]>('textDocument/codeLens', text);
  expect(answer.every(({ command }) => command === undefined)).toBe(true);
  const resolved = answer.map((lens) => stage.client.connection.sendRequest<CodeLens>('codeLens/resolve', lens));
  return (await Promise.all(resolved)).map(({ command }) => command?.title);
}

async function actions(text: string): Promise<readonly { title: string; after: string }[]> {
  const diagnostics = await diagnosticsOf(text);
  const document = TextDocument.create(stage.client.uri(policyFile), 'jsonc', version, text);
  const whole: Range = { start: { line: 0, character: 0 }, end: document.positionAt(text.length) };
  const params = { textDocument: { uri: document.uri }, range: whole, context: { diagnostics } };
  const answer = await stage.client.connection.sendRequest<CodeAction[]>('textDocument/codeAction', params);
  return answer.map(({ title, edit }) => ({
    title,
    after: TextDocument.applyEdits(document, edit?.changes?.[document.uri] ?? []),
  }));
}

const rules = (more: object = {}): string =>
  JSON.stringify({
    version: 1,
    models: { small: ['anthropic/claude-haiku-5-5', 'openai/gpt-6-luna'] },
    default: 'small',
    classes: [
      { id: 'core', description: 'the *core*', when: { files: ['packages/core/**'] }, use: 'small', review: 'senior' },
      { id: 'talk', when: { kind: 'chat' }, use: 'openai/gpt-6-sol' },
      { id: 'rest', when: { not: { files: ['packages/**'] }, kind: 'edit' } },
    ],
    routes: { rest: { use: 'small' } },
    constraints: [{ id: 'eu', reason: 'stay', when: { touches: ['**/*.proto'] }, deny: ['openai/*'], else: 'small' }],
    // biome-ignore lint/suspicious/noThenProperty: the policy language's own word; the object is data and never awaited.
    budgets: [{ id: 'me', per: 'developer', period: 'month', usd: 60, then: 'block' }],
    review: { senior: { who: '@acme/s', approvals: 2, within: '2d' } },
    tests: [
      { name: 'core', given: { files: ['packages/core/src/parse.ts'] }, expect: { class: 'core', review: ['senior'] } },
    ],
    ...more,
  });
/** The same with the cursor inside the first occurrence of a text. */
const within = (text: string, needle: string): string => {
  expect(text).toContain(needle);
  return text.replace(needle, `${needle.slice(0, 2)}|${needle.slice(2)}`);
};

describe('a hover', () => {
  test.each([
    ['a class', '"core"', ['The class `core`', 'Matches **2 files** of', '`packages/core/src/parse.ts`', 'gpt-6-luna']],
    ['a class’s own words', '"core"', ['the \\*core\\*']],
    ['a class without files', '"talk"', ['It asks nothing of files']],
    ['a class that asks more than files', '"rest"', ['Asks more than its files; those match']],
    ['a route’s class', '"rest":{"use"', ['The class `rest`', 'claude-haiku-5-5']],
    ['a glob', 'packages/core/**', ['Matches **2 files**']],
    ['a list of globs', '"touches"', ['SOME file matches', 'Matches **1 file** of', '`api/v1/orders.proto`']],
    [
      'an alias',
      '"small"',
      ['The alias `small`', 'Claude Haiku', 'million tokens', 'of context', 'can be used (simul'],
    ],
    ['a model', 'openai/gpt-6-luna', ['by openai', 'not attested']],
    ['a gate', '"senior"', ['2 of `@acme/s`, within 2d', 'class `core`', 'Not enforced by this version']],
    ['a constraint', '"eu"', ['The constraint `eu`: stay', 'refuses openai', 'orders.proto']],
    ['a budget', '"me"', ['$60 per developer and month', 'Spent so far on this machine: **$', 'At 100 %: refused']],
    ['a key', '"default"', ['Where work goes that no class matches']],
    ['a key of a rule', '"approvals"', []],
  ])('on %s says what it comes to', async (_, needle, expected) => {
    const said = (await hover(within(rules(), needle))).replace(/\\([^*])/g, '$1');
    for (const part of expected) expect(said).toContain(part);
  });

  test('says of names that lead nowhere that they do', async () => {
    expect(await hover('{ "version": 1, "default": "sm|all" }')).toContain('No alias is called');
  });

  test('can be nothing but text, whatever a policy says', async () => {
    const bad = '[x](command:evil) <img src=x> $(bug)';
    const classes = [{ id: 'core', description: bad, when: { files: ['**'] }, use: 'small' }];
    const text = rules({ classes, routes: {}, review: {} });
    const said = await hover(within(text, '"core"'));
    expect(said).toContain('evil');
    expect(said).not.toMatch(/\]\(|<img|\$\(/);
  });

  test('on an alias of another layer says what it means there', async () => {
    const said = await hover('{ "version": 1, "extends": "./org/base.json", "default": "ou|ter" }');
    expect(said).toContain('of base');
    expect(said).toContain('gpt-6-luna');
  });
});

describe('what is proposed', () => {
  test.each<[string, string, readonly string[]]>([
    ['what is required first', '{ | }', ['"version": 1', '"default": "$1"']],
    ['keys that are not there yet, inside their quotes', '{ "version": 1, "|" }', ['"default": "$1"']],
    ['keys before others, with a comma', '{ "version": 1, | "classes": [] }', ['"default": "$1",']],
    ['keys of a class', '{ "classes": [{ | }] }', ['"id": "$1"', '"when": { $1 }']],
    ['a key alone, where it has a value', '{ "classes": [{ "i|": "a" }] }', ['"id"']],
    ['values of a list of words', '{ "classes": [{ "when": { "kind": "|" } }] }', ['"completion"', '"chat"', '"edit"']],
    ['a mode', '{ "mode": | }', ['"observe"', '"warn"', '"enforce"']],
    ['a truth', '{ "constraints": [{ "block": | }] }', ['true']],
    ['aliases first', '{ "models": { "a": "x/y" }, "default": "|" }', ['"a"', '"anthropic/']],
    ['no alias inside itself', '{ "models": { "a": "|", "b": "x/y" } }', ['"b"', '"anthropic/']],
    ['models of a provider', '{ "default": ["anth|"] }', ['"anthropic/']],
    ['aliases of layers', '{ "version": 1, "extends": "./org/base.json", "default": "|" }', ['"outer"']],
    ['gates', '{ "review": { "senior": {} }, "constraints": [{ "review": ["|"] }] }', ['"senior"']],
    [
      'classes for routes, but not those with "use"',
      '{ "classes": [{ "id": "a" }, { "id": "b", "use": "x" }], "routes": { "|" } }',
      ['"a": { $1 }'],
    ],
    [
      'classes in tests',
      '{ "classes": [{ "id": "a" }], "tests": [{ "expect": { "class": "|" } }] }',
      ['"a"', '"default"'],
    ],
    [
      'budgets in tests',
      '{ "budgets": [{ "id": "day" }], "tests": [{ "given": { "spent": { "|" } } }] }',
      ['"task": $1', '"day": $1'],
    ],
    ['folders', '{ "classes": [{ "when": { "files": ["|"] } }] }', ['".github/**"', '"api/**"']],
    [
      'what lies in a folder',
      '{ "classes": [{ "when": { "files": ["packages/|"] } }] }',
      ['"packages/**"', '"packages/core/**"'],
    ],
    ['endings behind stars', '{ "classes": [{ "when": { "touches": ["!**/|"] } }] }', ['"!**/*.']],
    [
      'files in tests',
      '{ "tests": [{ "given": { "files": ["services/payments/|"] } }] }',
      ['"services/payments/pay.ts"'],
    ],
    ['a class to begin with', '{ "classes": [ | ] }', ['{\n  "id": "${1:docs}"']],
    ['a constraint to begin with', '{ "constraints": [|] }', ['{\n  "id": "${1:secrets}"']],
    ['a policy to begin with', '|', ['{\n  "version": 1']],
    ['presets', '{ "extends": "|" }', ['"preset:solo"']],
    ['who may not be used', '{ "constraints": [{ "deny": ["|"] }] }', ['"anthropic/*"']],
  ])('%s', async (_, marked, first) => {
    const said = await proposals(marked);
    expect(said.length).toBeGreaterThanOrEqual(first.length);
    for (const [index, begin] of first.entries())
      expect(said[index]).toSatisfy((text: string) => text.startsWith(begin));
  });

  test('replaces what was typed, quotes and all', async () => {
    const { answer, document } = await askAt<CompletionList>('textDocument/completion', '{ "mode": "en|force" }');
    const item = answer.items.find(({ label }: CompletionItem) => label === 'warn');
    const edit = item?.textEdit;
    expect(edit && 'range' in edit && TextDocument.applyEdits(document, [edit])).toBe('{ "mode": "warn" }');
  });
});

describe('a lens', () => {
  test('on a class says its files, and on the tests whether they pass', async () => {
    expect(await lenses(rules())).toEqual([
      expect.stringMatching(/^2 files here · \d+ requests? in 7 days/),
      expect.stringMatching(/^any files · /),
      expect.stringMatching(/^\d+ files here · /),
      '1 test passes',
    ]);
  });

  test('counts the requests of its class in this repository, and what they cost', async () => {
    await stage.policy({ version: 1, default: 'openai/gpt-6-sol', classes: [{ id: 'talk', when: { kind: 'chat' } }] });
    const result = await ask(stage.client, `hello ${version}`).result;
    expect(result.kind).toBe('served');
    const [, said] = await lenses(rules());
    expect(said).toMatch(/^any files · [1-9]\d* requests? in 7 days · \S+ \(simulated\)$/);
  });

  test('says which test fails', async () => {
    const tests = [{ name: 'one', given: {}, expect: { class: 'core' } }];
    expect((await lenses(rules({ tests }))).at(-1)).toBe('1 of 1 test fails: one');
  });

  test('runs the tests of a preset for providers that nobody here has told of', async () => {
    const text = await readFile(join(import.meta.dirname, '..', '..', 'policies', 'regulated.json'), 'utf8');
    expect((await lenses(text)).at(-1)).toBe('8 tests pass');
    expect((await diagnosticsOf(text)).map(({ code }) => code)).not.toContain('failing-test');
  });

  test('says nothing of a file with a mistake', async () => {
    expect(await lenses('{ "version": 1, "classes": [{ "id": "a" }] }')).toEqual(['…']);
  });
});

describe('an action', () => {
  test.each([
    [
      'the fix of a diagnostic',
      '{ "version": 1, "defualt": "openai/gpt-6-sol" }',
      '{ "version": 1, "default": "openai/gpt-6-sol" }',
    ],
    ['a missing version', '{ "default": "openai/gpt-6-sol" }', '"version": 1'],
    ['a missing alias', '{ "version": 1, "default": ["openai/gpt-6-sol", "tiny"] }', '"tiny": [\n'],
    [
      'a missing gate',
      '{ "version": 1, "default": { "use": "openai/gpt-6-sol", "review": "senior" } }',
      '"who": "@your-org/your-team"',
    ],
  ])('mends: %s', async (_, text, expected) => {
    expect((await actions(text)).map(({ after }) => after).join('\n')).toContain(expected);
  });
});

test('a link leads to a file that is extended, and to nothing outside of the repository', async () => {
  const text = '{ "version": 1, "extends": ["./org/base.json", "../../etc/passwd", "preset:team"], "default": "a/b" }';
  const { document } = await type(text);
  const params = { textDocument: { uri: document.uri } };
  const links = await stage.client.connection.sendRequest<DocumentLink[]>('textDocument/documentLink', params);
  expect(links.map(({ target }) => target)).toEqual([stage.client.uri('org/base.json')]);
});

interface GoldenRow {
  readonly at: string;
  readonly message: string;
  readonly fix?: string | undefined;
}

describe('what reasoning shows', async () => {
  const folder = join(import.meta.dirname, '..', '..', 'src', 'routing', 'analysis', 'fixtures');
  const golden: Readonly<Record<string, readonly GoldenRow[]>> = JSON.parse(
    await readFile(join(folder, 'golden.json'), 'utf8'),
  );
  // These depend on a world that only their own fixtures have; they are shown below.
  const elsewhere = ['unattested', 'looser-than-baseline', 'baseline-not-enforced', 'unowned-policy', 'small-budget'];

  test.each(Object.keys(golden).filter((code) => !elsewhere.includes(code)))('%s', async (code) => {
    const text = await readFile(join(folder, `${code}.jsonc`), 'utf8');
    await expect
      .poll(async () => (await diagnosticsOf(text)).filter((found) => found.code === code).map(toRow))
      .toEqual(golden[code]?.map(({ at, message, fix }) => ({ at, message, fix })));
  });

  test('looser-than-baseline, held against what the file extends', async () => {
    await stage.repository.write({
      'org/strict.json': '{ "version": 1, "default": "openai/gpt-6-sol", "overrides": { "maxPerDay": 5 } }',
    });
    const text =
      '{ "version": 1, "extends": "./org/strict.json", "default": "openai/gpt-6-sol", "overrides": { "maxPerDay": 9 } }';
    const found = await diagnosticsOf(text);
    expect(found.map(({ code }) => code)).toContain('looser-than-baseline');
  });

  test('baseline-not-enforced, where what the file extends leaves the mode to it', async () => {
    const constraints = [{ id: 'eu', residency: ['eu'], reason: 'r' }];
    const baseline = { version: 1, default: 'openai/gpt-6-sol', constraints };
    const text = '{ "version": 1, "extends": "./org/silent.json", "mode": "warn", "default": "openai/gpt-6-sol" }';
    await stage.repository.write({ 'org/silent.json': JSON.stringify(baseline) });
    const found = (await diagnosticsOf(text)).filter(({ code }) => code === 'baseline-not-enforced');
    expect(found.map(({ message }) => message)).toEqual([
      expect.stringContaining('"warn" holds for the rules of "silent" ("eu") too: they are only warned about'),
    ]);
    await stage.repository.write({ 'org/stated.json': JSON.stringify({ ...baseline, mode: 'enforce' }) });
    const stated = await diagnosticsOf(text.replace('silent', 'stated'));
    expect(stated.map(({ code }) => code)).toContain('looser-than-baseline');
    expect(stated.map(({ code }) => code)).not.toContain('baseline-not-enforced');
  });

  test('extended-finding, at the entry that brings the file in, and gone when that is mended', async () => {
    const base = (deny: string): string =>
      `{ "version": 1, "default": "openai/gpt-6-sol", "constraints": [{ "id": "no", "deny": ["${deny}"], "reason": "r" }] }`;
    await stage.repository.write({ 'org/odd.json': base('Google/*') });
    const text = '{ "version": 1, "extends": ["preset:team", "./org/odd.json"], "default": "openai/gpt-6-sol" }';
    const [found, ...more] = (await diagnosticsOf(text)).filter(({ code }) => code === 'extended-finding');
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      severity: 2,
      range: { start: { line: 0, character: text.indexOf('"./org') } },
      message: expect.stringContaining(
        '"org/odd.json" has something to mend, unknown-target at "constraints.0.deny.0"',
      ),
    });
    await stage.repository.write({ 'org/odd.json': base('google/*') });
    const codes = async () => (await diagnosticsOf(text)).map(({ code }) => code);
    await expect.poll(codes).not.toContain('extended-finding');
  });

  test('unattested: no attestation is read here, so none counts', async () => {
    const constraints = [{ id: 'attested', attested: true, reason: 'model risk' }];
    expect((await diagnosticsOf(rules({ constraints }))).map(({ code }) => code)).toContain('unattested');
  });

  test('small-budget, by the prices that are known here', async () => {
    // biome-ignore lint/suspicious/noThenProperty: as above.
    const budgets = [{ id: 'me', per: 'task', usd: 0.0000001, then: 'block' }];
    expect((await diagnosticsOf(rules({ budgets }))).map(({ code }) => code)).toContain('small-budget');
  });

  test('follows files that come and go, and CODEOWNERS', async () => {
    const text =
      '{ "version": 1, "default": "openai/gpt-6-sol", "classes": [{ "id": "new", "when": { "files": ["fresh/**"] }, "use": "openai/gpt-6-luna" }] }';
    const codes = async () => (await diagnosticsOf(text)).map(({ code }) => code);
    await expect.poll(codes).toContain('matches-nothing-here');
    await stage.repository.write({ 'fresh/a.ts': 'a', '.github/CODEOWNERS': '* \n' });
    const created = [{ uri: stage.client.uri('fresh/a.ts'), type: 1 }];
    await stage.client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: created });
    await expect.poll(() => stage.client.diagnostics(policyFile)?.map(({ code }) => code)).toEqual(['unowned-policy']);
  });
});

function toRow({ range, message, data }: LspDiagnostic): GoldenRow {
  return { at: `${range.start.line + 1}:${range.start.character + 1}`, message, fix: data?.replacement };
}

describe('diagnostics', () => {
  test('are of the newest text alone, however fast is typed', async () => {
    const told: (number | undefined)[] = [];
    stage.client.onDiagnostics = (_, of) => told.push(of);
    await type('{ "version": 1, "default": "tiny" }');
    const first = version;
    for (let count = 0; count < 20; count += 1) await type(rules());
    await expect.poll(() => stage.client.diagnosedVersion(policyFile)).toBe(version);
    stage.client.onDiagnostics = undefined;
    expect(told.length).toBeLessThan(20);
    expect(told.every((of, index) => index === 0 || (of ?? 0) >= (told[index - 1] ?? 0))).toBe(true);
    expect(told.at(-1)).toBeGreaterThan(first);
    expect(stage.client.diagnostics(policyFile)?.some(({ code }) => code === 'unknown-alias')).toBe(false);
  });
});
