import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/steps.ts';
import { commands } from '../../src/cli/commands.ts';
import { buildCommandLine, type CommandLine } from '../host/commandLine.ts';
import { createRepository, type Repository } from '../host/repository.ts';
import { sarifProblems } from '../host/sarif.ts';

const policy = {
  version: 1,
  default: ['anthropic/claude-sonnet-5-5', 'openai/gpt-6-sol'],
  classes: [{ id: 'tests', when: { files: ['**/*.test.ts'] }, use: 'anthropic/claude-haiku-5-5' }],
  constraints: [
    { id: 'keys', when: { touches: ['**/*.pem'] }, block: true, reason: 'key material is never sent' },
    { id: 'eu', when: { touches: ['pii/**'] }, residency: ['eu'], reason: 'stays in the EU' },
  ],
  // biome-ignore lint/suspicious/noThenProperty: the policy language's own word.
  budgets: [{ id: 'day', per: 'developer', period: 'day', usd: 5, then: 'block' }],
  tests: [{ name: 'tests are small', given: { files: ['a.test.ts'] }, expect: { class: 'tests' } }],
};
const policyText = JSON.stringify(policy, undefined, 2);

let cli: CommandLine;
let repository: Repository;

beforeAll(async () => {
  cli = await buildCommandLine();
  repository = await createRepository({
    files: {
      '.routing-policy.json': policyText,
      'empty.log': '',
      'src/a.ts': 'a\n',
      'src/a.test.ts': 'a\n',
      'deploy/server.pem': 'k\n',
      'bad.json': '{ "version": 1, "default": "a/b", "clases": [] }\n',
      'failing.json': JSON.stringify({
        ...policy,
        tests: [{ name: 'no\u001b[31mway', given: { files: ['a.ts'] }, expect: { class: 'tests', model: 'a/b' } }],
      }),
      'child.json': '{ "version": 1, "extends": "preset:team", "default": "mid" }\n',
      'orphan.json': '{ "version": 1, "extends": "./nowhere.json", "default": "mid" }\n',
      'guards.json': JSON.stringify({
        ...policy,
        constraints: [{ id: 'env', when: { touches: ['**/.env'] }, block: true, reason: 'secrets stay here' }],
        tests: [],
      }),
      'providers.json': '// commented\n{ "openai": { "residency": "eu" }, }\n',
    },
  });
});

afterAll(async () => {
  await repository?.remove();
  await cli?.remove();
});

describe('what a command line does', () => {
  const cases: readonly (readonly [
    what: string,
    args: readonly string[],
    code: number,
    stdout: RegExp | '',
    stderr: RegExp | '',
  ])[] = [
    ['help lists the commands', ['--help'], 0, /check .*\n.*explain .*\n.*test /, ''],
    ['a version is a number', ['--version'], 0, /^\d+\.\d+\.\d+\n$/, ''],
    ['nothing to do is a mistake', [], 2, /COMMAND/, ''],
    ['an unknown command is named', ['explian'], 2, '', /no command "explian".*--help/],
    ['an unknown option is named', ['check', '--jsn'], 2, '', /--jsn.*routing-policy check --help/],
    ['an argument too many is named', ['test', 'a', 'b'], 2, '', /"b" is one argument too many/],
    ['a missing file is named', ['check', 'nowhere.json'], 2, '', /nowhere\.json could not be read \(ENOENT\)/],
    ['a folder is no policy', ['check', 'src'], 2, '', /src: It is not a regular file/],
    ['a sound policy is fine', ['check', 'guards.json'], 0, /is fine|note/, ''],
    ['a misspelt key is found', ['check', 'bad.json'], 1, /bad\.json:1:\d+ +error.*clases/, ''],
    ['a broken policy explains nothing', ['explain', 'src/a.ts', '--policy', 'bad.json'], 2, '', /bad\.json, line 1/],
    ['a file is explained', ['explain', 'src/a.ts'], 0, /sonnet-5-5[\s\S]*If it fails: openai/, ''],
    ['a test file is of its class', ['explain', 'src/a.test.ts'], 0, /haiku-5-5 for "tests"/, ''],
    [
      'what a policy extends is in force',
      ['explain', 'src/a.test.ts', '--policy', 'child.json'],
      0,
      /mai-code.*for "team:tests"/,
      '',
    ],
    [
      'what is extended and missing is named',
      ['check', 'orphan.json'],
      1,
      /orphan\.json:1:\d+ +error .*There is no such file.* bad-source/,
      '',
    ],
    [
      'nothing is in force on half a policy',
      ['explain', 'a.ts', '--policy', 'orphan.json'],
      2,
      '',
      /There is no such file/,
    ],
    [
      'a refusal names its rule',
      ['explain', 'deploy/server.pem'],
      0,
      /Refused by "keys" because of "deploy\/server.pem": key material/,
      '',
    ],
    ['a folder is its files', ['explain', 'src'], 0, /agent on src\/a\.test\.ts, src\/a\.ts, by/, ''],
    ['the root is all files', ['explain', '.'], 0, /Refused by "keys" because of "deploy\/server\.pem"/, ''],
    ['a pattern that no shell expanded', ['explain', 'src/*.ts'], 0, /agent on src\/\*\.ts/, /name of one file: leave/],
    ['no name at all', ['explain', ''], 0, /agent on no file/, /"" names no file, and is left out/],
    ['a file that is not there', ['explain', 'src/b.ts'], 0, /agent on src\/b\.ts/, /src\/b\.ts is not there/],
    ['paths beside a stream', ['explain', 'src/a.ts', '--stdin'], 2, '', /leave "src\/a\.ts" out/],
    ['an empty log', ['simulate', '--log', 'empty.log'], 2, '', /empty\.log is empty: name a log/],
    ['a log of something else', ['simulate', '--log', 'src/a.ts'], 2, '', /has no decision in its 1 line:/],
    ['a file elsewhere is refused', ['explain', '../x.ts'], 2, '', /outside of the repository/],
    ['an unknown kind lists the kinds', ['explain', '--kind', 'dance'], 2, '', /"dance".*completion, chat/],
    ['a clean tree has no diff', ['explain', '--diff'], 0, /agent on no file/, ''],
    ['a diff from nowhere is named', ['explain', '--diff', 'nowhere'], 2, '', /"nowhere" names no commit/],
    ['passing tests are counted', ['test'], 0, /1 test passes, 0 fail/, ''],
    ['a failing test says what it got', ['test', 'failing.json'], 1, /class +expected tests +got default/, ''],
    [
      'a failing test is told with the key that failed',
      ['check', 'failing.json'],
      1,
      /fails here: expected "class" tests, got default\. .*\n.*expected "model" a\/b, got/,
      '',
    ],
    ['two forms at once are a mistake', ['check', '--sarif', '--json'], 2, '', /--sarif is a form of its own/],
    ['doors are told honestly', ['check', '--doors'], 0, /Copilot Chat with another model.* no +no +no +no/, ''],
    ['a providers file that is none', ['explain', '--providers', 'src/a.ts'], 2, '', /no JSON object of providers/],
  ];

  test.each(cases)('%s', async (_what, args, code, stdout, stderr) => {
    const ended = await cli.run(args, { cwd: repository.folder });
    expect(ended.stderr).toMatch(stderr === '' ? /^$/ : stderr);
    expect(ended.stdout).toMatch(stdout === '' ? /^$/ : stdout);
    expect(ended.code).toBe(code);
  });

  test.skipIf(!existsSync('/dev/full'))('a result that cannot be written is told, in a line', () => {
    const full = openSync('/dev/full', 'w');
    const args = [cli.bundle, 'explain', 'src/a.ts', '--policy', 'guards.json'];
    const options = { cwd: repository.folder, encoding: 'utf8', timeout: 55_000 } as const;
    const { status, stderr } = spawnSync(process.execPath, args, { ...options, stdio: ['ignore', full, 'pipe'] });
    closeSync(full);
    expect(stderr).toMatch(/^routing-policy: The result could not be written \(ENOSPC\): [^\n]+\n$/);
    expect(status).toBe(2);
  });

  test('a reader that has seen enough is no failure', () => {
    const command = `"${process.execPath}" "${cli.bundle}" explain . --json; echo "ended $?" >&2`;
    const { stderr } = spawnSync('sh', ['-c', `{ ${command}; } | true`], { cwd: repository.folder, encoding: 'utf8' });
    expect(stderr).toBe('ended 0\n');
  });

  test.each(commands.map(({ name }) => name))('%s --help tells its options', async (name) => {
    const { code, stdout } = await cli.run([name, '--help']);
    expect(code).toBe(0);
    for (const option of Object.keys(commands.find((one) => one.name === name)?.options ?? {})) {
      expect(stdout).toContain(`--${option}`);
    }
  });
});

test('control characters of a policy never reach the terminal', async () => {
  const { stdout } = await cli.run(['test', 'failing.json'], { cwd: repository.folder });
  expect(stdout).toContain('way');
  expect(stdout).not.toContain('\u001b');
});

test('a folder without a policy says how to get one', async () => {
  const { code, stderr } = await cli.run(['explain', 'a.ts']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/There is no \.routing-policy\.json in .*routing-policy init/);
});

test('explain --json has every promised field', async () => {
  const { stdout } = await cli.run(['explain', 'src/a.ts', '--json'], { cwd: repository.folder });
  const answer: Record<string, unknown> = JSON.parse(stdout);
  expect(answer).toMatchObject({
    class: 'default',
    model: 'anthropic/claude-sonnet-5-5',
    provider: 'anthropic',
    candidates: ['anthropic/claude-sonnet-5-5', 'openai/gpt-6-sol'],
    review: [],
    blocked: false,
    by: [],
    cost: { lowUsd: null, highUsd: null, priced: true },
  });
  expect(answer['policy']).toMatch(/^[0-9a-f]{16}$/);
  expect(answer['why']).toEqual(expect.arrayContaining(['No class matched, so the default is used.']));
});

test('what a providers file says of a provider counts, and only its providers are there', async () => {
  const at = { cwd: repository.folder };
  const request = JSON.stringify({ kind: 'edit', files: ['pii/a.ts'] });
  const args = ['explain', '--stdin', '--json', '--policy', '.routing-policy.json'];
  const without = await cli.run(args, { ...at, stdin: request });
  expect(JSON.parse(without.stdout)).toMatchObject({ blocked: true, by: ['eu'] });
  const given = await cli.run([...args, '--providers', 'providers.json'], { ...at, stdin: request });
  expect(JSON.parse(given.stdout)).toMatchObject({ model: 'openai/gpt-6-sol', candidates: ['openai/gpt-6-sol'] });
});

describe('requests a line', () => {
  const explainLines = async (stdin: string, name = '.routing-policy.json') => {
    const file = join(repository.folder, name);
    const ended = await cli.run(['explain', '--stdin', '--json', '--policy', file], { stdin });
    return {
      ...ended,
      answers: ended.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    };
  };

  test('are answered in order, with their ids, without a repository', async () => {
    const lines = ['a.ts', 'a.test.ts', 'x.pem'].map((path, id) =>
      JSON.stringify({ id, kind: 'agent', files: [path] }),
    );
    const { code, answers } = await explainLines(lines.join('\r\n'));
    expect(code).toBe(0);
    expect(answers.map(({ id, class: name, blocked }) => [id, name, blocked])).toEqual([
      [0, 'default', false],
      [1, 'tests', false],
      [2, 'default', true],
    ]);
  });

  test.each(['./.env', 'sub/../deploy/.env', 'src//../.env', 'x\\.env', '../.env', '..\\..\\.env', '.env/'])(
    'are guarded however a path is written: %s',
    async (path) => {
      const requests = [{ files: [path] }, { files: [{ path, added: 1 }] }, { files: ['a.ts'], reads: [path] }];
      const lines = requests.map((request) => JSON.stringify(request)).join('\n');
      const { code, answers } = await explainLines(lines, 'guards.json');
      expect(code).toBe(0);
      expect(answers.map(({ blocked, by }) => [blocked, by])).toEqual(requests.map(() => [true, ['env']]));
    },
  );

  test('are guarded by a folder of the repository, whatever ways lead there', async () => {
    const paths = ['./pii/a.ts', 'src/../pii/a.ts', 'src//..//pii//a.ts', 'pii\\a.ts', 'pii/../a.ts'];
    const lines = paths.map((path) => JSON.stringify({ kind: 'edit', files: [path] }));
    const { answers } = await explainLines(lines.join('\n'));
    expect(answers.map(({ by }) => by)).toEqual([['eu'], ['eu'], ['eu'], ['eu'], []]);
  });

  test('may name files by absolute paths, in the repository alone', async () => {
    const paths = [join(repository.folder, 'pii', 'a.ts'), '/home/sam/.env', 'C:\\r\\a.ts', 'a.ts'];
    const stdin = paths.map((path, id) => JSON.stringify({ id, kind: 'edit', files: [path] })).join('\n');
    const args = ['explain', '--stdin', '--json', '--policy', '.routing-policy.json'];
    const { code, stdout } = await cli.run(args, { stdin, cwd: repository.folder });
    const answers = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(1);
    expect(answers.map(({ id, by, error }) => [id, by ?? error])).toEqual([
      [0, ['eu']],
      [1, expect.stringContaining('"/home/sam/.env" is no file in ')],
      [2, expect.stringContaining('is no file in ')],
      [3, []],
    ]);
  });

  test('that cannot be read are answered with an error, and the rest goes on', async () => {
    const lines = ['{"id":"x","kind":"dance"}', '{', '[]', '', '{"files":["a.ts"]}', '{"kinds":"chat"}'];
    const { code, answers } = await explainLines(lines.join('\n'));
    expect(code).toBe(1);
    expect(answers).toHaveLength(5);
    expect(answers.map((answer) => 'error' in answer)).toEqual([true, true, true, false, true]);
    expect(answers[0]).toMatchObject({ id: 'x', error: expect.stringContaining('"kind"') });
  });

  test('say what was spent and what is down', async () => {
    const lines = [{ spent: { day: 6 } }, { down: ['maker:anthropic'] }, { down: ['anthropic/claude-sonnet-5-5'] }];
    const stdin = lines.map((more) => JSON.stringify({ kind: 'agent', files: ['a.ts'], ...more })).join('\n');
    const { answers } = await explainLines(stdin);
    expect(answers.map(({ model, blocked, by }) => [model, blocked, by])).toEqual([
      [null, true, ['day']],
      ['openai/gpt-6-sol', false, []],
      ['openai/gpt-6-sol', false, []],
    ]);
  });

  test('come by the thousand', async () => {
    const request = JSON.stringify({ kind: 'agent', files: [{ path: 'src/a.ts', added: 3, deleted: 1 }] });
    const { code, answers } = await explainLines(`${request}\n`.repeat(3_000));
    expect(code).toBe(0);
    expect(answers).toHaveLength(3_000);
  });
});

describe('check for machines', () => {
  test('JSON counts and places what was found', async () => {
    const { code, stdout } = await cli.run(['check', 'bad.json', '--json'], { cwd: repository.folder });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      file: 'bad.json',
      errors: 1,
      diagnostics: [{ code: 'unknown-key', severity: 'error', range: { line: 1 } }],
    });
  });

  test('SARIF has a rule, a region and a fix for it', async () => {
    const { stdout } = await cli.run(['check', 'bad.json', '--sarif'], { cwd: repository.folder });
    const log = JSON.parse(stdout);
    expect(log).toMatchObject({ version: '2.1.0', $schema: expect.stringContaining('sarif-2.1.0') });
    const [{ tool, results }] = log.runs;
    expect(tool.driver.rules[results[0].ruleIndex].id).toBe(results[0].ruleId);
    expect(results[0]).toMatchObject({ ruleId: 'unknown-key', level: 'error' });
    const { artifactLocation, region } = results[0].locations[0].physicalLocation;
    expect(artifactLocation.uri).toBe('bad.json');
    expect(region).toEqual(results[0].fixes[0].artifactChanges[0].replacements[0].deletedRegion);
    const line = '{ "version": 1, "default": "a/b", "clases": [] }';
    expect(line.slice(region.startColumn - 1, region.endColumn - 1)).toBe('"clases"');
    expect(results[0].fixes[0].artifactChanges[0].replacements[0].insertedContent.text).toBe('"classes"');
  });
});

describe('check of a repository’s own policy', () => {
  let own: Repository;
  afterAll(() => own?.remove());

  test('finds what its files, its owners, its suppliers and its prices show', async () => {
    const reasoned = {
      version: 1,
      default: ['anthropic/claude-sonnet-5-5'],
      diversity: { minSuppliers: 2 },
      classes: [
        { id: 'sources', when: { files: ['src/**'] }, use: ['anthropic/claude-haiku-5-5', 'openai/gpt-6-luna'] },
        { id: 'parsers', when: { files: ['src/parse/**'] }, use: ['anthropic/claude-haiku-5-5', 'openai/gpt-6-luna'] },
        { id: 'gone', when: { files: ['nowhere/**'] }, use: ['anthropic/claude-haiku-5-5', 'openai/gpt-6-luna'] },
      ],
      // biome-ignore lint/suspicious/noThenProperty: the policy language's own word.
      budgets: [{ id: 'crumbs', per: 'developer', period: 'day', usd: 0.000001, then: 'block' }],
    };
    own = await createRepository({
      files: {
        '.routing-policy.json': JSON.stringify(reasoned),
        CODEOWNERS: '/src/ @acme/sources\n',
        'src/parse/a.ts': '',
        'elsewhere/base.json': JSON.stringify(reasoned),
      },
    });
    const codesOf = async (...args: readonly string[]) => {
      const { stdout } = await cli.run(['check', ...args, '--json'], { cwd: own.folder });
      const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly { code: string }[] };
      return new Set(diagnostics.map(({ code }) => code));
    };
    const anywhere = ['diversity', 'small-budget', 'unreachable-class'];
    const here = ['matches-nothing-here', 'unowned-policy'];
    const found = await codesOf();
    for (const code of [...anywhere, ...here]) expect(found).toContain(code);
    const elsewhere = await codesOf('elsewhere/base.json');
    for (const code of anywhere) expect(elsewhere).toContain(code);
    for (const code of here) expect(elsewhere).not.toContain(code);
  });
});

test('SARIF has what the schema of 2.1.0 requires', async () => {
  const { stdout } = await cli.run(['check', 'bad.json', '--sarif'], { cwd: repository.folder });
  expect(sarifProblems(JSON.parse(stdout))).toEqual([]);
  expect(sarifProblems({ version: '2.1.0', runs: [{ results: [{ level: 'bad' }] }] })).not.toEqual([]);
});

test('every command has its page in the documentation', () => {
  const page = readFileSync(join(ROOT, 'docs', 'cli.md'), 'utf8');
  for (const { name, options } of commands) {
    expect(page).toContain(`## ${name}`);
    for (const option of Object.keys(options)) expect(page).toContain(`--${option}`);
  }
});
