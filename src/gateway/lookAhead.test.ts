import { access, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createRepository, type Repository } from '../../test/host/repository.ts';
import { composeStandalone, type StandaloneRouter } from './standalone.ts';

const POLICY = '.routing-policy.json';

let state: string;
let repository: Repository;
let composed: StandaloneRouter;

beforeEach(async () => {
  state = await realpath(await mkdtemp(join(tmpdir(), 'routing-policy-ahead-')));
  process.env['ROUTING_POLICY_STATE_DIR'] = state;
  repository = await createRepository({ files: { 'src/a.ts': 'export const a = 1;\n' } });
  composed = await composeStandalone({ providers: {}, roots: [repository.folder], env: {}, log: () => undefined });
});
afterEach(async () => {
  await composed.dispose();
  await repository.remove();
  await rm(state, { recursive: true, force: true, maxRetries: 5 });
});

const uri = (): string => pathToFileURL(repository.folder).href;
const isGoverned = async (): Promise<boolean> => (await composed.router.governance(uri())).isGoverned;

it('a policy that comes after its folder was looked at holds for the first request, and one that goes does not', async () => {
  await composed.router.lookAhead([uri()]);
  await repository.write({ [POLICY]: JSON.stringify({ version: 1 }) });
  expect(await isGoverned()).toBe(true);
  await composed.router.lookAhead([uri()]);
  await rm(join(repository.folder, POLICY));
  expect(await isGoverned()).toBe(false);
});

it('a folder that is not there, and an end meanwhile, are nobody’s failure', async () => {
  const looking = composed.router.lookAhead([pathToFileURL(join(repository.folder, 'no', 'such')).href, uri()]);
  await composed.dispose();
  await expect(looking).resolves.toBeUndefined();
});

it('an end waits for no git that is slow to list a folder', async () => {
  const slow = join(state, 'bin');
  const listing = join(state, 'listing');
  await mkdir(slow);
  const path = process.env['PATH'] ?? '';
  // Ended after all, whatever becomes of this test.
  const script = [
    '#!/bin/sh',
    `PATH='${path}'`,
    `case "$*" in *--others*) touch '${listing}'; exec sleep 60;; esac`,
    'exec git "$@"',
  ];
  await writeFile(join(slow, 'git'), script.join('\n'), { mode: 0o755 });
  process.env['PATH'] = `${slow}:${path}`;
  try {
    await composed.dispose();
    // Which git it is was found out once.
    composed = await composeStandalone({ providers: {}, roots: [repository.folder], env: {}, log: () => undefined });
    const looking = composed.router.lookAhead([uri()]);
    await vi.waitFor(() => access(listing), 20_000);
    expect(await isGoverned(), 'what is told of the policy is known').toBe(false);
    const told = performance.now();
    await composed.dispose();
    await looking;
    expect(performance.now() - told).toBeLessThan(20_000);
  } finally {
    process.env['PATH'] = path;
  }
});
