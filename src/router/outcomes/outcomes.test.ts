import { type BigIntStats, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRepository, type Repository } from '../../../test/host/repository.ts';
import { scratch } from '../../workspace/scratch.fixture.ts';
import { openWorkspace, type Workspace } from '../../workspace/workspace.ts';
import type { SeenThen } from './agentEdits.ts';
import { Outcomes } from './outcomes.ts';

const BEFORE = 'one();\n';
const AFTER = `${BEFORE}export const total = sum(prices);\nreport(total, currency);\n`;

let repository: Repository;
let workspace: Workspace;
let outcomes: Outcomes;
let seen: string[];
/** What a person has not saved, by path. */
let unsaved: Map<string, string>;
beforeEach(async () => {
  repository = await createRepository({ files: { 'a.ts': BEFORE } });
  workspace = await openWorkspace(repository.folder);
  seen = [];
  unsaved = new Map();
  outcomes = new Outcomes({
    tempo: 5,
    now: () => Date.now(),
    buffers: async () => [...unsaved].map(([path, text]) => ({ path, text })),
    placeOf: () => Promise.resolve(undefined),
    committed: () => undefined,
    seen: ({ signal }) => seen.push(signal),
    taskOf: () => undefined,
    log: (_, message) => seen.push(message),
  });
});
afterEach(async () => {
  outcomes.dispose();
  workspace.dispose();
  await repository.remove();
});

const now = (head: SeenThen['head'] = { branch: 'main', commit: 'c0' }): SeenThen => {
  const file = join(workspace.root, 'a.ts');
  return { head, files: new Map<string, BigIntStats>([[file, lstatSync(file, { bigint: true })]]) };
};
const work = (bringsResults: boolean, then: SeenThen | undefined): Promise<void> =>
  outcomes.worked({
    at: Date.now(),
    taskId: 't',
    conversation: 'c',
    workspace,
    paths: ['a.ts'],
    bringsResults,
    seen: then,
  });

test.each<[string, () => SeenThen | undefined, readonly string[]]>([
  ['was seen by the request that comes after it', now, ['accepted']],
  ['is on another commit, as the request saw', () => now({ branch: 'main', commit: 'c1' }), []],
  ['came after the request that was to bring it', () => first, []],
])('what is written %s', async (_, then, signals) => {
  first = now();
  await work(false, first);
  await repository.write({ 'a.ts': AFTER });
  await work(true, then());
  expect(seen).toEqual(signals);
});
let first: SeenThen;

test('where a request saw its files and what HEAD stands on, neither is looked for again', async () => {
  await work(false, now());
  const head = vi.spyOn(workspace, 'head');
  await work(true, now());
  expect(head).not.toHaveBeenCalled();
  await work(true, undefined);
  // For commits as of when it came, and for its files as of when they are read.
  expect(head).toHaveBeenCalledTimes(2);
});

test('of a folder that was forgotten for a hundred others nothing is said, as what is unsaved in it cannot be seen', async () => {
  const open = async (): Promise<Workspace> => openWorkspace(scratch('folder').root);
  const [mine, ...others] = await Promise.all(Array.from({ length: 101 }, open));
  if (mine === undefined) throw new Error('There is none.');
  const turn = (name: string, one: Workspace, bringsResults: boolean): Promise<void> =>
    outcomes.worked({ at: 0, taskId: name, conversation: name, workspace: one, paths: ['a.ts'], bringsResults });
  unsaved.set('a.ts', BEFORE);
  await turn('mine', mine, false);
  unsaved.set('a.ts', AFTER);
  await turn('mine', mine, true);
  await Promise.all(others.map((one, n) => turn(`other ${n}`, one, false)));
  // It would be looked for on the disk, where it never was.
  await sleep(4_000);
  expect(seen).toEqual(['accepted']);
});
