import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parsePolicy } from '../../src/policy/parse.ts';
import { buildCommandLine, type CommandLine } from '../host/commandLine.ts';
import { createRepository, type Repository } from '../host/repository.ts';

const base = {
  version: 1,
  default: 'anthropic/claude-sonnet-5-5',
  classes: [
    { id: 'tests', when: { files: ['**/*.test.ts'] }, use: 'anthropic/claude-haiku-5-5' },
    { id: 'wide', when: { diff: { modules: '>=2' } }, use: 'anthropic/claude-opus-5-5' },
  ],
  review: { senior: { who: '@acme/seniors', approvals: 2, within: '2d' } },
  constraints: [
    { id: 'keys', when: { touches: ['**/*.pem'] }, block: true, reason: 'key material is never sent' },
    { id: 'eyes', when: { touches: ['api/**'] }, review: 'senior', reason: 'interfaces are read' },
  ],
};

const text = (policy: unknown): string => JSON.stringify(policy, undefined, 2);

let cli: CommandLine;
let repository: Repository;

beforeAll(async () => {
  cli = await buildCommandLine();
  repository = await createRepository({
    files: {
      '.routing-policy.json': text(base),
      'packages/a/package.json': '{}',
      'packages/b/package.json': '{}',
      'packages/a/a.ts': 'a\n',
      'packages/b/b.ts': 'b\n',
      'certs/one.pem': '1\n',
      'certs/two.pem': '2\n',
      'certs/one.crt': '3\n',
    },
  });
});

afterAll(async () => {
  await repository?.remove();
  await cli?.remove();
});

const run = (...args: readonly string[]) => cli.run(args, { cwd: repository.folder });

describe('gate', () => {
  test('asks for what the base branch’s policy asks, whatever the branch made of it', async () => {
    await repository.git('switch', '--quiet', '--create', 'interface');
    await repository.write({
      'api/orders.proto': 'message Order {}\n',
      '.routing-policy.json': text({ ...base, constraints: [] }),
    });
    await repository.commit('Add an interface, and take its gate away');
    const { code, stdout } = await run('gate', '--base', 'main');
    expect(code).toBe(1);
    expect(stdout).toMatch(/1 review is needed: 2 files changed since main/);
    expect(stdout).toMatch(/senior +2 approvals by @acme\/seniors, within 2d +asked for by eyes/);
    const machine = await run('gate', '--json');
    expect(machine.code).toBe(1);
    expect(JSON.parse(machine.stdout)).toMatchObject({
      base: 'refs/heads/main',
      files: 2,
      gates: [{ gate: 'senior', who: ['@acme/seniors'], approvals: 2, within: '2d', rules: ['eyes'] }],
    });
  });

  test('counts modules by the base’s manifests, whatever the branch made of them', async () => {
    const wide = { id: 'wide-eyes', when: { diff: { modules: '>=2' } }, review: 'senior', reason: 'wide work is read' };
    await repository.git('switch', '--quiet', '--create', 'guarded', 'main');
    await repository.write({ '.routing-policy.json': text({ ...base, constraints: [wide] }) });
    await repository.commit('Guard work on several modules');
    await repository.git('switch', '--quiet', '--create', 'merged');
    await repository.git('rm', '--quiet', 'packages/a/package.json', 'packages/b/package.json');
    await repository.write({ 'packages/package.json': '{}', 'packages/a/a.ts': 'x\n', 'packages/b/b.ts': 'x\n' });
    await repository.commit('Make one module of two');
    const { code, stdout } = await run('gate', '--base', 'guarded');
    expect([code, stdout]).toEqual([1, expect.stringMatching(/asked for by wide-eyes/)]);
    // And a manifest that was only written and never committed does not divide one module in two.
    await repository.git('switch', '--quiet', '--force', '--create', 'single', 'guarded');
    await repository.write({ 'packages/a/x/1.ts': '1\n', 'packages/a/y/1.ts': '1\n' });
    await repository.commit('Work on one module');
    await repository.write({ 'packages/a/x/package.json': '{}', 'packages/a/y/package.json': '{}' });
    expect(await run('gate', '--base', 'guarded')).toMatchObject({ code: 0 });
    await repository.git('clean', '--quiet', '--force', '-d', 'packages');
  });

  test('asks for what any kind of request that makes commits has to pass', async () => {
    const of = (kind: string) => ({ id: `of-${kind}`, when: { kind }, review: kind, reason: 'read by people' });
    const review = Object.fromEntries(['agent', 'edit', 'chat'].map((kind) => [kind, { who: `@acme/${kind}` }]));
    await repository.git('switch', '--quiet', '--create', 'kinds', 'main');
    const constraints = ['agent', 'edit', 'chat'].map(of);
    await repository.write({ '.routing-policy.json': text({ ...base, review, constraints }) });
    await repository.commit('Review work by its kind');
    await repository.git('switch', '--quiet', '--create', 'worked');
    await repository.write({ 'packages/a/a.ts': 'by an agent\n' });
    await repository.commit('Work');
    const { code, stdout } = await run('gate', '--base', 'kinds', '--json');
    expect(code).toBe(1);
    const { gates } = JSON.parse(stdout) as { gates: readonly { gate: string; who: string[]; rules: string[] }[] };
    expect(gates.map(({ gate, who, rules }) => [gate, who, rules])).toEqual([
      ['agent', ['@acme/agent'], ['of-agent']],
      ['edit', ['@acme/edit'], ['of-edit']],
    ]);
  });

  test('asks for what a class by its words asks, whatever other messages say', async () => {
    const classes = [
      { id: 'routine', when: { keywords: ['rename'] }, use: 'anthropic/claude-haiku-5-5' },
      { id: 'data', when: { keywords: ['migrate'] }, use: 'anthropic/claude-opus-5-5', review: 'senior' },
      { id: 'rest', when: { files: ['packages/**'] }, use: 'anthropic/claude-opus-5-5', review: 'second' },
    ];
    const review = { ...base.review, second: { who: '@acme/second' } };
    await repository.git('switch', '--quiet', '--create', 'words', 'main');
    await repository.write({ '.routing-policy.json': text({ ...base, review, classes }) });
    await repository.commit('Gate by words');
    await repository.git('switch', '--quiet', '--create', 'spoken');
    await repository.write({ 'packages/a/a.ts': 'renamed\n' });
    await repository.commit('Rename a thing');
    expect(await run('gate', '--base', 'words')).toMatchObject({ code: 1, stdout: expect.stringMatching(/by rest/) });
    await repository.write({ 'packages/a/a.ts': 'migrated\n' });
    await repository.commit('Migrate the db');
    const { code, stdout } = await run('gate', '--base', 'words');
    expect([code, stdout]).toEqual([1, expect.stringMatching(/asked for by data/)]);
    expect(stdout).toMatch(/asked for by rest/);
  });

  test('asks for nothing where nothing is guarded', async () => {
    await repository.git('switch', '--quiet', '--create', 'small', 'main');
    await repository.write({ 'packages/a/a.ts': 'a\nb\n' });
    await repository.commit('A small change');
    expect(await run('gate')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^No review is needed: 1 file/) });
  });

  test('says where a base is not to be found', async () => {
    const { code, stderr } = await run('gate', '--base', '--upload-pack=x');
    expect(code).toBe(2);
    expect(stderr).toMatch(/argument|names no commit/);
  });

  test('says what it tried where there is no default branch', async () => {
    const elsewhere = await createRepository({ files: { 'a.ts': 'a\n' } });
    try {
      await elsewhere.git('branch', '--move', 'main', 'work');
      const { code, stderr } = await cli.run(['gate'], { cwd: elsewhere.folder });
      expect(code).toBe(2);
      expect(stderr).toContain('neither origin/HEAD, nor HEAD of an only remote, nor a local main, master or trunk.');
      expect(stderr).toContain('--base');
    } finally {
      await elsewhere.remove();
    }
  });
});

describe('diff', () => {
  beforeEach(async () => {
    await repository.git('switch', '--quiet', 'main');
    await repository.write({ '.routing-policy.json': text(base) });
  });

  const cases: readonly (readonly [what: string, changed: object, words: RegExp, looser: boolean])[] = [
    ['nothing', {}, /Nothing changed in meaning since HEAD/, false],
    [
      'another model of a class',
      { classes: [{ ...base.classes[0], use: 'openai/gpt-6-luna' }, base.classes[1]] },
      /tests +anthropic\/claude-haiku-5-5 → openai\/gpt-6-luna/,
      false,
    ],
    [
      'a rule that blocks more',
      { constraints: [{ ...base.constraints[0], when: { touches: ['certs/**', '**/*.pem'] } }, base.constraints[1]] },
      /keys +now blocks 1 more file \(certs\/one\.crt\)/,
      false,
    ],
    [
      'a rule that blocks less',
      { constraints: [{ ...base.constraints[0], when: { touches: ['**/two.pem'] } }, base.constraints[1]] },
      /looser +keys +no longer blocks 1 file \(certs\/one\.pem\)/,
      true,
    ],
    ['a rule that is gone', { constraints: [base.constraints[0]] }, /looser +eyes +is gone/, true],
    [
      'fewer approvals',
      { review: { senior: { who: '@acme/seniors' } } },
      /looser +senior +2 by @acme\/seniors within 2d → 1 by @acme\/seniors/,
      true,
    ],
    [
      'what cannot be judged',
      { session: { pin: 'turn' } },
      /perhaps looser +session +nothing → \{"pin":"turn"\}\n\n1 change may be looser: read what changed\./,
      true,
    ],
    ['a weaker mode', { mode: 'observe' }, /looser +mode +enforce → observe/, true],
    [
      'a limit of size',
      { classes: [base.classes[0], { ...base.classes[1], when: { diff: { modules: '>=4' } } }] },
      /default +takes \d+ kinds of request from wide/,
      false,
    ],
    [
      'files that change class',
      { classes: [{ ...base.classes[0], when: { files: ['**/*.test.ts', 'packages/b/**'] } }, base.classes[1]] },
      /tests +takes 2 files from default/,
      false,
    ],
  ];

  test.each(cases)('tells %s', async (_what, changed, words, looser) => {
    await repository.write({ '.routing-policy.json': text({ ...base, ...changed }) });
    const { code, stdout } = await run('diff');
    expect(code).toBe(0);
    expect(stdout).toMatch(words);
    const document = JSON.parse((await run('diff', 'HEAD', '--json')).stdout);
    expect(document.looser).toBe(looser);
  });

  test('of a commit without a policy is a mistake', async () => {
    await repository.git('switch', '--quiet', '--orphan', 'empty');
    await repository.write({ 'x.txt': 'x' });
    await repository.commit('Nothing of a policy');
    const { code, stderr } = await run('diff');
    await repository.git('switch', '--quiet', 'main');
    expect(code).toBe(2);
    expect(stderr).toMatch(/HEAD has no policy to compare with/);
  });
});

describe('simulate', () => {
  beforeAll(async () => {
    await repository.git('switch', '--quiet', '--force', '--create', 'work', 'main');
    await repository.write({ 'packages/a/a.test.ts': 't\n' });
    await repository.commit('Test it');
    await repository.write({ 'packages/a/a.ts': 'a2\n', 'packages/b/b.ts': 'b2\n' });
    await repository.commit('Change both');
    await repository.write({ 'certs/one.pem': 'new\n' });
    await repository.commit('commit 1234\n\nA message that looks like a record, with "quotes"\ttabs\u0001and more.');
  });

  test('takes each commit as a task', async () => {
    const { code, stdout } = await run('simulate', '--git', 'main..work', '--json');
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ basis: 'git', tasks: 3, compared: 2 });
    const byClass = Object.fromEntries(result.classes.map((entry: { class: string }) => [entry.class, entry]));
    expect(byClass).toMatchObject({
      tests: { tasks: 1, models: { 'anthropic/claude-haiku-5-5': 1 }, suppliers: ['anthropic'] },
      wide: { tasks: 1, models: { 'anthropic/claude-opus-5-5': 1 } },
      default: { tasks: 1, models: { blocked: 1 }, lowUsd: 0, highUsd: 0 },
    });
    const [own, large, mid] = result.lines;
    expect([own.name, large.name, large.target]).toEqual(['this policy', 'all large', 'anthropic/claude-opus-5-5']);
    expect(mid).toMatchObject({ name: 'all mid', target: 'anthropic/claude-sonnet-5-5' });
    expect(own.lowUsd).toBeGreaterThan(0);
    expect(own.highUsd).toBeLessThan(large.highUsd);
  });

  test('compares with another policy, and says what its costs rest on and do not say', async () => {
    await writeFile(join(repository.folder, 'dear.json'), text({ version: 1, default: 'anthropic/claude-opus-5-5' }));
    const { stdout } = await run('simulate', '--git', 'main..work', '--against', 'dear.json');
    expect(stdout).toMatch(/dear\.json +\$/);
    expect(stdout).toMatch(/A task takes 4 turns/);
    expect(stdout).toMatch(/Nothing here says how well/);
  });

  test('replays a decision log, without the lines that are none', async () => {
    const facts = { kind: 'chat', files: [{ path: 'x.test.ts' }], reads: [], context: { tokens: 5_000 } };
    const lines = [JSON.stringify({ at: 1, requestId: 'r', facts, decision: {} }), '{"half', '{}'];
    await writeFile(join(repository.folder, 'log.jsonl'), lines.join('\n'));
    const { code, stdout, stderr } = await run('simulate', '--log', 'log.jsonl', '--json');
    expect(code).toBe(0);
    expect(stderr).toMatch(/2 lines of .*log\.jsonl are no decisions/);
    expect(JSON.parse(stdout)).toMatchObject({ basis: 'log', tasks: 1, classes: [{ class: 'tests', tasks: 1 }] });
  });

  test.each([
    [['--git', 'nowhere..main'], /"nowhere\.\.main" names no commits here/],
    [['--git', 'main..main'], /has no commits that are no merges/],
    [['--git', '--output=/tmp/x'], /argument|names no commits/],
    [['--git', 'main', '--log', 'x'], /two sources of work/],
    [['--log', 'nowhere.jsonl'], /nowhere\.jsonl could not be read \(ENOENT\)/],
  ])('%j is a mistake that is told', async (args, words) => {
    const { code, stderr } = await run('simulate', ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
  });
});

describe('init', () => {
  let fresh: Repository;
  beforeAll(async () => {
    fresh = await createRepository({
      files: { 'src/main/A.java': 'a', 'src/test/java/AIT.java': 't', 'spec/a_spec.rb': 't' },
    });
  });
  afterAll(() => fresh?.remove());
  const path = () => join(fresh.folder, '.routing-policy.json');

  test.each(['solo', 'team', 'regulated', 'local'])('writes a sound %s policy whose tests pass', async (preset) => {
    await rm(path(), { force: true });
    const env = { ANTHROPIC_API_KEY: 'key-of-a-test' };
    const made = await cli.run(['init', '--preset', preset], { cwd: fresh.folder, env });
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const written = await readFile(path(), 'utf8');
    expect(written).toMatch(/^\/\/ /);
    const { policy, diagnostics } = parsePolicy(written);
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(policy).toBeDefined();
    expect(await cli.run(['test'], { cwd: fresh.folder })).toMatchObject({ code: 0 });
  });

  test('keeps what can be reached, and adds the tests that this repository has', async () => {
    await rm(path(), { force: true });
    const env = { ANTHROPIC_API_KEY: 'key-of-a-test' };
    await cli.run(['init', '--preset', 'team'], { cwd: fresh.folder, env });
    const { policy } = parsePolicy(await readFile(path(), 'utf8'));
    expect(policy?.models).toMatchObject({ mid: 'anthropic/claude-sonnet-5-5', large: 'anthropic/claude-opus-5-5' });
    const { stdout } = await cli.run(['explain', 'spec/a_spec.rb', '--json'], { cwd: fresh.folder });
    expect(JSON.parse(stdout)).toMatchObject({ class: 'tests' });
  });

  test('keeps a list whole where nothing in it can be reached', async () => {
    await rm(path(), { force: true });
    const { stdout } = await cli.run(['init', '--preset', 'regulated'], { cwd: fresh.folder });
    expect(stdout).toMatch(/Nothing can be reached yet in \d lists?, kept whole/);
  });

  test('never writes over a policy, nor through a link', async () => {
    await writeFile(path(), '{}');
    const { code, stderr } = await cli.run(['init'], { cwd: fresh.folder });
    expect(code).toBe(2);
    expect(stderr).toMatch(/is there already and was left alone: edit it, or remove it first/);
    expect(await readFile(path(), 'utf8')).toBe('{}');
    await rm(path());
    await symlink('elsewhere.json', path());
    expect(await cli.run(['init'], { cwd: fresh.folder })).toMatchObject({ code: 2 });
  });
});
