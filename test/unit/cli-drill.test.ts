import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLedger } from '../../src/usage/ledgerFile.ts';
import { buildCommandLine, type CommandLine } from '../host/commandLine.ts';
import { createRepository, type Repository } from '../host/repository.ts';

const policy = {
  version: 1,
  default: ['anthropic/claude-sonnet-5-5', 'openai/gpt-6-sol'],
  classes: [{ id: 'tests', when: { files: ['**/*.test.ts'] }, use: 'anthropic/claude-haiku-5-5' }],
  constraints: [{ id: 'ours', when: { touches: ['core/**'] }, deny: ['openai/*'], reason: 'core stays' }],
};

let cli: CommandLine;
let repository: Repository;

beforeAll(async () => {
  cli = await buildCommandLine();
  repository = await createRepository({
    files: {
      '.routing-policy.json': JSON.stringify(policy),
      'core/a.ts': 'a\n',
      'web/a.ts': 'a\n',
      'web/a.test.ts': 'a\n',
      'safe.json': JSON.stringify({ version: 1, default: policy.default }),
      'providers.json': '{ "anthropic": {} }\n',
    },
  });
});

afterAll(async () => {
  await repository?.remove();
  await cli?.remove();
});

const drill = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  cli.run(['drill', ...args], { cwd: repository.folder, env });

describe('a drill on the command line', () => {
  test('puts single points of failure first, and ends with 1 where some class would stop', async () => {
    const { code, stdout, stderr } = await drill([]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const rows = stdout.split('\n').filter((line) => line.startsWith('  '));
    expect(rows.map((line) => line.trim().split(/\s{2,}/))).toEqual([
      ['without', 'stops', 'moves', 'price'],
      ['anthropic', 'tests and default in part', '-', expect.stringMatching(/^1 /)],
      ['maker:anthropic', 'tests and default in part', '-', expect.stringMatching(/^1 /)],
      ['maker:openai', '-', '-', '-'],
      ['openai', '-', '-', '-'],
    ]);
  });

  test('of one supplier names who takes over, and the constraint that leaves nobody', async () => {
    const { code, stdout } = await drill(['--down', 'anthropic']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/default +.*core\/a\.ts +anthropic\/claude-sonnet-5-5 +stops/);
    expect(stdout).toMatch(/default +.* +anthropic\/claude-sonnet-5-5 +openai\/gpt-6-sol +the same, \$0\.\d+/);
    expect(stdout).toContain('"default" stops in part (core/a.ts): others are listed, and "ours" leaves none of them');
    expect(stdout).toContain('A completion is taken for 2,000 tokens in');
  });

  test.each([
    ['the other supplier, which nothing needs', ['--down', 'openai'], 0],
    ['a maker', ['--down', 'maker:anthropic'], 1],
    ['one that only others have', ['--down', 'google'], 0],
    ['a policy that has another for everything', ['--policy', 'safe.json'], 0],
    ['a fallback whose key is not there', ['--policy', 'safe.json', '--providers', 'providers.json'], 1],
    ['a name that nobody has', ['--down', 'antropic'], 2],
    ['an argument too many', ['anthropic'], 2],
  ] as const)('without %s ends with its code', async (_, args, expected) => {
    const { code, stderr } = await drill(args);
    expect({ code, isSilent: stderr === '' }).toEqual({ code: expected, isSilent: expected !== 2 });
  });

  test('asked for a name that nobody has, says who was meant and who there is', async () => {
    const { stderr } = await drill(['--down', 'antropic']);
    expect(stderr).toBe(
      'routing-policy: No supplier called "antropic" is known here. Did you mean anthropic? The policy names anthropic, openai, maker:anthropic, maker:openai.\n',
    );
  });

  test('tells what suppliers were used for where there is a ledger, and makes none where there is none', async () => {
    const state = join(repository.folder, '.git', 'state');
    const env = { ROUTING_POLICY_STATE_DIR: state };
    await mkdir(state);
    const before = JSON.parse((await drill(['--json'], env)).stdout);
    expect(before).not.toHaveProperty('suppliers');
    expect(await readdir(state)).not.toContain('ledger.sqlite');
    const opened = await openLedger(state, Date.now());
    if (opened.kind !== 'open') throw new Error(opened.reason);
    const of = { surface: 'chat', kind: 'chat', class: 'tests', rule: 'tests', policyHash: 'x', place: 0 } as const;
    for (const id of ['a', 'b', 'c', 'd']) {
      const target =
        id === 'd' ? { provider: 'openai', model: 'gpt-6-sol' } : { provider: 'anthropic', model: 'claude-haiku-5-5' };
      opened.ledger.record({
        ...of,
        ...target,
        id,
        requestId: id,
        at: Date.now(),
        outcome: 'served',
        costNanoUsd: 1e9,
      });
    }
    opened.ledger.close();
    const { code, stdout } = await drill(['--json'], env);
    const after = JSON.parse(stdout);
    expect(code).toBe(1);
    expect(after.suppliers).toMatchObject({ days: 30, requests: 4, costUsd: 4 });
    expect(after.suppliers.providers).toMatchObject([
      { supplier: 'anthropic', requestShare: 0.75, costShare: 0.75, stops: ['tests'], stopsInPart: ['default'] },
      { supplier: 'openai', requestShare: 0.25, stops: [], moves: [] },
    ]);
    expect(after.suppliers.makers[0]).toMatchObject({ supplier: 'maker:anthropic', stops: ['tests'] });
    const text = (await drill([], env)).stdout;
    expect(text).toContain('Suppliers, as used on this machine in the last 30 days');
    expect(text).toMatch(/anthropic +3 +75 % +\$3\.00 +75 % +stops without it: tests and default in part/);
  });

  test('needs no repository where a policy is named', async () => {
    const { code, stdout } = await cli.run(['drill', '--json', '--policy', join(repository.folder, 'safe.json')]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ down: null, stops: false, unreached: [] });
  });
});
