import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadCalibration, saveCalibration } from './calibrationStore.ts';
import { DecisionLog, type DecisionRecord } from './decisionLog.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const DAY = 86_400_000;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'decisions-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const record = (requestId: string, more: Partial<DecisionRecord> = {}): DecisionRecord => ({
  at: now,
  requestId,
  facts: { kind: 'edit', files: [{ path: 'src/a.ts', added: 3 }] },
  decision: {
    outcome: { kind: 'unserved' },
    class: 'default',
    mode: 'enforce',
    globs: [],
    skipped: [],
    skippedCount: 0,
    kept: [],
    removed: [],
    gates: [],
    budgets: [],
    ask: false,
    cost: { kind: 'unpriced' },
    why: [{ kind: 'nothing-left' }],
    policyHash: 'h',
    layers: [],
    counted: {},
    modules: [],
  },
  ...more,
});
const ids = (records: readonly DecisionRecord[]): string[] => records.map(({ requestId }) => requestId);
const files = (): string[] => readdirSync(join(folder, 'decisions')).sort();

describe('the decision log', () => {
  it('gives back what was decided and on which facts, newest first', async () => {
    const log = new DecisionLog(folder);
    await log.append(record('1', { at: now - DAY, root: '/home/ada/app' }));
    await log.append(record('2'));
    await log.append(record('3'));
    expect(await log.recent(2)).toEqual([record('3'), record('2')]);
    expect(await log.recent(9)).toEqual([
      record('3'),
      record('2'),
      record('1', { at: now - DAY, root: '/home/ada/app' }),
    ]);
    expect(await new DecisionLog(join(folder, 'none')).recent(9)).toEqual([]);
  });

  it('keeps the order of appends that nobody waited for', async () => {
    const log = new DecisionLog(folder);
    const results = await Promise.all(Array.from({ length: 200 }, (_, i) => log.append(record(String(i)))));
    expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(['written']));
    expect(ids(await log.recent(200))).toEqual(Array.from({ length: 200 }, (_, i) => String(199 - i)));
  });

  it('writes each line as JSON has it, whatever letters are in it', async () => {
    const log = new DecisionLog(folder);
    const texts = ['plain', 'no team’s', 'né', '雪 ❄ 🎿', 'half \ud83c', 'a\nb\u2028', ''];
    const records = texts.map((text, n) => record(String(n), { facts: { kind: 'chat', text } }));
    await Promise.all(records.map((one) => log.append(one)));
    const lines = records.map((one) => `${JSON.stringify(one)}\n`).join('');
    expect(readFileSync(join(folder, 'decisions', '2026-11-22.jsonl'))).toEqual(Buffer.from(lines));
  });

  it('counts a day’s bytes as they are written, not its letters', async () => {
    const snow = record('1', { facts: { kind: 'chat', text: '雪'.repeat(500) } });
    const bytes = Buffer.byteLength(`${JSON.stringify(snow)}\n`);
    const log = new DecisionLog(folder, { bytesPerDay: 2 * bytes, bytesPerRecord: bytes });
    const kinds = await Promise.all([1, 2, 3].map(async () => (await log.append(snow)).kind));
    expect(kinds).toEqual(['written', 'written', 'failed']);
    expect(statSync(join(folder, 'decisions', '2026-11-22.jsonl')).size).toBe(2 * bytes);
    const less = new DecisionLog(folder, { bytesPerRecord: bytes - 1 });
    expect(await less.append(snow)).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining(`${bytes} bytes`),
    });
  });

  it('has a file a day that only its owner reads', async () => {
    const log = new DecisionLog(folder);
    await log.append(record('1', { at: Date.parse('2026-11-21T23:59:59Z') }));
    await log.append(record('2', { at: Date.parse('2026-11-22T00:00:00Z') }));
    expect(files()).toEqual(['2026-11-21.jsonl', '2026-11-22.jsonl']);
    if (process.platform !== 'win32') {
      expect(statSync(join(folder, 'decisions', '2026-11-22.jsonl')).mode & 0o777).toBe(0o600);
      expect(statSync(join(folder, 'decisions')).mode & 0o777).toBe(0o700);
    }
  });

  it('forgets what is older than its days, and nothing else', async () => {
    mkdirSync(join(folder, 'decisions'));
    for (const name of ['2026-10-23.jsonl', '2026-10-24.jsonl', '2020-01-01.jsonl', 'notes.txt']) {
      writeFileSync(join(folder, 'decisions', name), '');
    }
    await new DecisionLog(folder).append(record('1'));
    expect(files()).toEqual(['2026-10-24.jsonl', '2026-11-22.jsonl', 'notes.txt']);
  });

  it('sweeps again when a new day begins', async () => {
    const log = new DecisionLog(folder, { days: 2 });
    for (const day of [0, 1, 2]) await log.append(record(String(day), { at: now + day * DAY }));
    expect(files()).toEqual(['2026-11-23.jsonl', '2026-11-24.jsonl']);
  });

  it('stops at its size for the day, says so, and goes on the next day', async () => {
    const bytes = Buffer.byteLength(`${JSON.stringify(record('1'))}\n`);
    const log = new DecisionLog(folder, { bytesPerDay: 2 * bytes });
    expect((await log.append(record('1'))).kind).toBe('written');
    expect((await log.append(record('2'))).kind).toBe('written');
    expect(await log.append(record('3'))).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/full/) });
    expect((await log.append(record('4', { at: now + DAY }))).kind).toBe('written');
    expect(ids(await log.recent(9))).toEqual(['4', '2', '1']);
  });

  it('refuses one record that is too large, and shortens a long prompt', async () => {
    const log = new DecisionLog(folder, { bytesPerRecord: 3_000, textCharacters: 100 });
    expect((await log.append(record('1', { facts: { kind: 'chat', text: 'x'.repeat(5_000) } }))).kind).toBe('written');
    expect((await log.append(record('2', { facts: { kind: 'chat', branch: 'x'.repeat(5_000) } }))).kind).toBe('failed');
    expect((await log.recent(9)).map(({ facts }) => facts.text?.length)).toEqual([100]);
  });

  it('refuses a record of many parts before it makes a line of it', async () => {
    const log = new DecisionLog(folder, { bytesPerRecord: 100_000 });
    const reads = Array.from({ length: 20_000 }, (_, n) => `src/file${n}.ts`);
    const facts = { kind: 'chat', reads, toJSON: () => expect.unreachable('a line was made') } as const;
    expect(await log.append(record('1', { facts }))).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('more than 100000 bytes'),
    });
  });

  it('leaves out a line that was half written', async () => {
    const log = new DecisionLog(folder);
    await log.append(record('1'));
    appendFileSync(join(folder, 'decisions', '2026-11-22.jsonl'), '{"at":1,"req\n[]\nnull\n');
    await log.append(record('2'));
    expect(ids(await log.recent(9))).toEqual(['2', '1']);
  });

  it('says that it cannot write, and works again once it can', async () => {
    writeFileSync(join(folder, 'decisions'), 'in the way');
    const log = new DecisionLog(folder);
    expect(await log.append(record('1'))).toMatchObject({
      kind: 'failed',
      reason: expect.stringMatching(/not logged/),
    });
    rmSync(join(folder, 'decisions'));
    expect((await log.append(record('2'))).kind).toBe('written');
  });
});

describe('what was learned about token counts', () => {
  const learned = [{ model: 'm', count: 3, mean: 0.1, variance: 0.01 }];

  it('is kept, without drafts left behind', async () => {
    expect(await saveCalibration(folder, learned)).toEqual({ kind: 'written' });
    expect(await loadCalibration(folder)).toEqual(learned);
    expect(readdirSync(folder)).toEqual(['calibration.json']);
  });

  it('is begun anew where there is nothing, or nothing that makes sense', async () => {
    expect(await loadCalibration(folder)).toEqual([]);
    writeFileSync(join(folder, 'calibration.json'), '{"half');
    expect(await loadCalibration(folder)).toEqual([]);
  });

  it('is whole whenever it is read, while two write it', async () => {
    const other = Array.from({ length: 150 }, (_, i) => ({ model: `m${i}`, count: 1, mean: 0, variance: 0 }));
    await saveCalibration(folder, learned);
    const writes = Array.from({ length: 40 }, (_, i) => saveCalibration(folder, i % 2 ? learned : other));
    for (let i = 0; i < 40; i++) {
      const text = readFileSync(join(folder, 'calibration.json'), 'utf8');
      expect([1, 150]).toContain((JSON.parse(text) as unknown[]).length);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(new Set((await Promise.all(writes)).map(({ kind }) => kind))).toEqual(new Set(['written']));
  });

  it('says when it cannot be kept', async () => {
    expect(await saveCalibration(join(folder, 'none'), learned)).toMatchObject({ kind: 'failed' });
  });
});

it('finds the decision on a request, however many days ago, and not one that only names it', async () => {
  const log = new DecisionLog(folder);
  await log.append(record('wanted', { at: now - 2 * DAY }));
  for (const id of ['a', 'b']) await log.append(record(id, { root: '/about/wanted' }));
  expect((await log.find('wanted'))?.at).toBe(now - 2 * DAY);
  expect(await log.find('wanted', 2)).toBeUndefined();
  expect(await log.find('unheard of')).toBeUndefined();
});

it.skipIf(process.platform === 'win32')(
  'says so, and waits for nobody, where a pipe that nobody reads is in its place',
  async () => {
    mkdirSync(join(folder, 'decisions'));
    execFileSync('mkfifo', [join(folder, 'decisions', '2026-11-22.jsonl')]);
    const log = new DecisionLog(folder);
    expect(await log.append(record('a'))).toMatchObject({ kind: 'failed' });
  },
  5_000,
);
