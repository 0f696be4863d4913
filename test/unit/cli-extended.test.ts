import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Diagnostic } from '../../src/policy/diagnostic.ts';
import { buildCommandLine, type CommandLine } from '../host/commandLine.ts';
import { createRepository, type Repository } from '../host/repository.ts';

const rules = (more: object): string => JSON.stringify({ version: 1, default: 'openai/gpt-6-sol', ...more });
const denied = [{ id: 'no-openai', deny: ['OpenAI/*'], reason: 'no contract' }];
const failing = [{ name: 'plans', given: { kind: 'plan' }, expect: { provider: 'google' } }];

let cli: CommandLine;
let repository: Repository;

beforeAll(async () => {
  cli = await buildCommandLine();
  repository = await createRepository({
    files: {
      'org/base.json': rules({ constraints: denied, tests: failing }),
      'org/sound.json': rules({ models: { small: 'openai/gpt-6-luna' }, classes: [] }),
      'org/inner.json': rules({ extends: './base.json' }),
      'src/a.ts': 'a\n',
    },
  });
});

afterAll(async () => {
  await repository?.remove();
  await cli?.remove();
});

async function check(more: object): Promise<readonly [code: number | null, found: readonly string[]]> {
  const text = rules(more);
  await repository.write({ 'child.json': text });
  const { code, stdout } = await cli.run(['check', '--json', 'child.json'], { cwd: repository.folder });
  const { diagnostics }: { diagnostics: readonly Diagnostic[] } = JSON.parse(stdout);
  const rows = diagnostics
    .filter((found) => found.code !== 'not-enforced')
    .map(({ code: name, severity, range, message }) =>
      [name, severity, text.slice(range.start, range.end), message].join(' | '),
    );
  return [code, rows];
}

const OF_BASE =
  '"org/base.json" has something to mend, unknown-target at "constraints.0.deny.0" (the first of 2; open it to see the others): No target that is known matches "OpenAI/*", so this denies nothing. Upper and lower case count. Did you mean "openai/*"?';

test.each<[what: string, written: object, found: readonly string[]]>([
  ['its entry', { extends: './org/base.json' }, [`extended-finding | warning | "./org/base.json" | ${OF_BASE}`]],
  [
    'its entry among several',
    { extends: ['./org/sound.json', './org/base.json', 'preset:team'] },
    [`extended-finding | warning | "./org/base.json" | ${OF_BASE}`],
  ],
  [
    'all of them, where it is extended by another',
    { extends: ['./org/inner.json'] },
    [`extended-finding | warning | ["./org/inner.json"] | ${OF_BASE}`],
  ],
])('a warning of an extended file is told at %s', async (_, written, found) => {
  expect(await check(written)).toEqual([1, found]);
});

test.each([
  ['preset:solo', 'openai/gpt-6-sol'],
  ['preset:team', 'openai/gpt-6-sol'],
  ['preset:local', 'ollama/qwen3-coder'],
])('%s has nothing to mend', async (source, target) => {
  expect(await check({ extends: source, default: target })).toEqual([0, []]);
});

test.each([
  ['preset:local', 'The constraint "local:stay-here" of what this policy extends leaves'],
  [
    'preset:regulated',
    'The constraints "regulated:eu-only" and "regulated:no-direct" of what this policy extends leave',
  ],
])('what %s refuses of the policy that extends it is told there', async (source, rules) => {
  const [code, found] = await check({ extends: source });
  expect(found).toContain(
    `emptied-class | warning | "openai/gpt-6-sol" | ${rules} the class "default" without a target: "openai/gpt-6-sol" is refused there. Name a target here that is admitted there.`,
  );
  expect(code).toBe(1);
});

test.each([
  [{ local: true }, 'refuses'],
  [{ residency: ['eu'] }, '"residency" of its provider in the settings'],
  [{ retention: 'zero' }, '"retention" of its provider in the settings'],
  [{ hosts: ['nowhere.example'] }, 'refuses'],
  [{ block: true }, 'Without a "when" it blocks every request'],
])('a constraint that leaves nothing of what is well known is told: %j', async (effect, words) => {
  const [code, found] = await check({ constraints: [{ id: 'rule', reason: 'it has to be', ...effect }] });
  expect(found).toEqual([expect.stringContaining('emptied-class | warning | "rule"')]);
  expect(found[0]).toContain(words);
  expect(code).toBe(1);
});

test('what an extended preset warns of is only worth knowing here', async () => {
  const [code, found] = await check({ extends: 'preset:regulated', default: 'eu' });
  expect(found.filter((row) => row.startsWith('extended-finding'))).toEqual([
    expect.stringMatching(/^extended-finding \| information \| "preset:regulated" \| .*not-enforced at "attestations"/),
  ]);
  expect(code).toBe(0);
});

test('a source that is away is told once, as what it is', async () => {
  const integrity = `sha256-${Buffer.alloc(32).toString('base64')}`;
  const [, found] = await check({ extends: { source: 'npm:@bank/base', integrity } });
  expect(found.map((row) => row.split(' | ')[0])).toEqual(['bad-source']);
});
