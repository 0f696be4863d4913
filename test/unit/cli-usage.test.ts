import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { painterFor } from '../../src/cli/paint.ts';
import { runUsage, sinceAsked } from '../../src/cli/usage.ts';
import { seedLedger } from '../../src/usage/report/seededLedger.fixture.ts';
import { buildCommandLine, type CommandLine } from '../host/commandLine.ts';
import { createRepository, type Repository } from '../host/repository.ts';

const policy = {
  version: 1,
  default: 'anthropic/claude-sonnet-5-5',
  classes: [{ id: 'tests', when: {}, use: 'anthropic/claude-haiku-5-5', passFloor: 0.95 }],
  budgets: [{ id: 'mine', per: 'developer', period: 'month', usd: 5 }],
};

let cli: CommandLine;
let repository: Repository;
let folder: string;

beforeAll(async () => {
  cli = await buildCommandLine();
  repository = await createRepository({
    files: { '.routing-policy.json': JSON.stringify(policy), 'wrong.json': '{ "version": 1 }' },
  });
  folder = mkdtempSync(join(tmpdir(), 'cli-usage-'));
  mkdirSync(join(folder, 'used'));
  seedLedger(join(folder, 'used', 'ledger.sqlite'), { attempts: 3_000, days: 6, until: Date.now() });
});

afterAll(async () => {
  await repository?.remove();
  await cli?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const usage = (args: readonly string[], state = 'used') =>
  cli.run(['usage', ...args], { cwd: repository.folder, env: { ROUTING_POLICY_STATE_DIR: join(folder, state) } });

describe('the usage on the command line', () => {
  test('is told with the policy of the repository over it', async () => {
    const { code, stdout, stderr } = await usage([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage of this machine, \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d\n/);
    expect(stdout).toMatch(/^By day: [·▁▂▃▄▅▆▇█]{30} /m);
    expect(stdout).toMatch(/^ +tests +completion .*✗/m);
    expect(stdout).toMatch(/^ +mine +developer, month .* \$5\.00 /m);
  });

  test('is the whole report as JSON, and made without touching the ledger', async () => {
    const file = join(folder, 'used', 'ledger.sqlite');
    const before = readFileSync(file);
    const report = JSON.parse((await usage(['--since', '3d', '--json'])).stdout);
    expect(report).toMatchObject({ policy: { name: expect.any(String) }, days: [{}, {}, {}] });
    expect(report.heat.rows.length).toBeGreaterThan(3);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test('is a table or FOCUS as CSV, in a file where one is named', async () => {
    const { stdout } = await usage(['--csv']);
    expect(stdout).toMatch(/^class,work,model,.*\r\n/);
    const { code, stdout: nothing, stderr } = await usage(['--focus', '--out', 'costs.csv']);
    expect({ code, nothing, stderr }).toEqual({
      code: 0,
      nothing: '',
      stderr: 'routing-policy: costs.csv was written.\n',
    });
    const lines = readFileSync(join(repository.folder, 'costs.csv'), 'utf8').split('\r\n');
    expect(lines[0]).toMatch(/^BilledCost,.*,x_SuccessfulTasks,/);
    expect(lines.length).toBeGreaterThan(100);
  });

  test('has colours on a terminal, and none in a file', async () => {
    const written: string[] = [];
    const call = {
      cwd: repository.folder,
      env: { ROUTING_POLICY_STATE_DIR: join(folder, 'used') },
      stdin: Readable.from([]),
      write: async (text: string) => void written.push(text),
      note: async () => undefined,
      paint: painterFor({ isTTY: true }, {}),
      progress: () => undefined,
      now: Date.now(),
      signal: new AbortController().signal,
      positionals: [],
    };
    await runUsage({ ...call, values: {} });
    await runUsage({ ...call, values: { out: 'usage.txt' } });
    const shown = written.join('');
    const plain = stripVTControlCharacters(shown);
    expect(plain).not.toBe(shown);
    expect(readFileSync(join(repository.folder, 'usage.txt'), 'utf8')).toBe(plain);
  });

  test('of a machine where nothing was ever asked says what to do, and makes nothing there', async () => {
    const { code, stdout } = await usage([], 'empty');
    expect(code).toBe(0);
    expect(stdout).toContain('Nothing was routed in these days.');
    expect(stdout).not.toContain('Budgets');
    for (const made of ['ledger.sqlite', 'machine-key']) expect(existsSync(join(folder, 'empty', made))).toBe(false);
  });

  test.each([
    [['--since', 'yesterday'], /--since takes days \(30d\)/],
    [['--json', '--csv'], /--json and --csv are two formats/],
    [['--policy', 'wrong.json'], /wrong\.json/],
    [['--csv', '--out', 'no/such/folder.csv'], /could not be written/],
  ])('%j cannot be, and why', async (args, why) => {
    const { code, stderr } = await usage(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(why);
  });

  test('of a ledger that cannot be read ends with 2', async () => {
    mkdirSync(join(folder, 'damaged'));
    writeFileSync(join(folder, 'damaged', 'ledger.sqlite'), 'no database');
    const { code, stderr } = await usage(['--focus'], 'damaged');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('The ledger cannot be read') });
  });
});

describe('when a report begins', () => {
  const now = Date.parse('2026-11-22T12:00:00Z');
  test.each([
    ['1d', '2026-11-22'],
    ['30d', '2026-10-24'],
    ['2w', '2026-11-09'],
    ['2026-10-01', '2026-10-01'],
  ])('%s is %s', (text, day) => {
    expect(sinceAsked(text, now)).toBe(Date.parse(day));
  });

  test.each(['0d', '9999d', '2026-02-30', '2026-12-24', '', '30', 'd', '-3d'])('%s is refused', (text) => {
    expect(() => sinceAsked(text, now)).toThrow('--since');
  });
});
