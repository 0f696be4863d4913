// The last good reading of a file that is broken: how long it holds, and which one it is.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { POLICY_FILE } from '../../workspace/policyFile.ts';
import { scratch } from '../../workspace/scratch.fixture.ts';
import { openWorkspace } from '../../workspace/workspace.ts';
import type { PolicyInForce } from './inForce.ts';
import { folder, inForce, policies, policyServer, policyText, shape, signingKey } from './sources.fixture.ts';

const minute = 60_000;
const SINCE = 1_800_000_000_000;
const BROKEN = '{ "version": 1, "default": ';
/** After that a reading is believed without reading again. */
const SETTLED_MS = 80;

interface Stage {
  readonly text: string;
  write(text: string): void;
  /** The source has nothing more to say. */
  leave(): void;
  asked(): number;
  pass(ms: number): void;
  found(): Promise<PolicyInForce>;
  /** As it is found again and again. */
  settled(): Promise<PolicyInForce>;
  /** The constraints while it holds. */
  readonly whole: readonly string[];
}

/** A policy that extends one from the network, as the repository's own file or as the machine's baseline. */
async function stage(of: 'repository' | 'baseline'): Promise<Stage> {
  const server = await policyServer();
  const key = signingKey();
  const net = policyText('net');
  server.files.set('/policy.json', net).set('/policy.json.sig', key.sign(net, 1));
  const { root, write } = scratch('folder');
  const managed = folder();
  let passed = 0;
  const asked = policies({
    managedFolders: [managed],
    fetch: server.fetch,
    stateFolder: folder(),
    now: () => SINCE + passed,
    elapsed: () => passed,
  });
  const text = policyText('own', { extends: { source: `${server.origin}/policy.json`, key: key.written } });
  const found = (): Promise<PolicyInForce> => inForce(root, asked);
  const made: Stage = {
    text,
    whole: ['localhost:net', of === 'repository' ? 'own' : 'managed:own'],
    write: (one) => (of === 'repository' ? write(POLICY_FILE, one) : writeFileSync(join(managed, 'policy.json'), one)),
    leave: () => server.files.clear(),
    asked: () => server.asked.length,
    pass: (ms) => {
      passed += ms;
    },
    found,
    settled: async () => {
      for (let look = 0; look < 2; look += 1) {
        await found();
        await sleep(SETTLED_MS);
      }
      return found();
    },
  };
  made.write(text);
  expect(shape(await made.settled()).constraints).toEqual(made.whole);
  return made;
}

describe.each(['repository', 'baseline'] as const)('the last good file of the %s', (of) => {
  it('holds until its source would have had to be confirmed, however often it was found by then', async () => {
    const made = await stage(of);
    made.leave();
    made.write(BROKEN);
    expect(shape(await made.settled()).constraints).toEqual(made.whole);
    made.pass(23 * 60 * minute);
    expect(shape(await made.settled()).constraints).toEqual(made.whole);
    made.pass(2 * 60 * minute);
    const { constraints } = shape(await made.found());
    for (const constraint of made.whole) expect(constraints).not.toContain(constraint);
  });

  it('holds for as long after its source was confirmed last', async () => {
    const made = await stage(of);
    for (let hour = 0; hour < 30; hour += 1) {
      const before = made.asked();
      made.pass(60 * minute);
      await made.found();
      for (let look = 0; look < 500 && made.asked() < before + 2; look += 1) await sleep(10);
      // What was asked is known a moment after the source has said it.
      await sleep(20);
    }
    expect(shape(await made.settled()).constraints).toEqual(made.whole);
    made.leave();
    made.write(BROKEN);
    expect(shape(await made.found()).constraints).toEqual(made.whole);
  });
});

it('is never one whose reading began before another that is over: what it waited for may be older than what was saved', async () => {
  const server = await policyServer();
  const key = signingKey();
  const net = policyText('net');
  let answer = (): void => undefined;
  const isAsked = new Promise<void>((resolve) => {
    server.files.set('/policy.json', (_request, response) => {
      answer = () => response.writeHead(200).end(net);
      resolve();
    });
  });
  server.files.set('/policy.json.sig', key.sign(net, 1));
  const { root, write } = scratch('folder');
  write(POLICY_FILE, policyText('old', { extends: { source: `${server.origin}/policy.json`, key: key.written } }));
  const all = policies({ fetch: server.fetch, stateFolder: folder() });
  const workspace = await openWorkspace(root);
  const slow = all.inForce(workspace);
  await isAsked;
  write(POLICY_FILE, policyText('strict'));
  expect(shape(await all.inForce(workspace)).constraints).toEqual(['strict']);
  answer();
  expect(shape(await slow).constraints).toEqual(['localhost:net', 'old']);
  write(POLICY_FILE, BROKEN);
  const found = await all.inForce(workspace);
  expect([found.kind, ...shape(found).constraints]).toEqual(['last-good', 'strict']);
});

it('stays known where the folder is in use, however much others name', async () => {
  const all = policies({ stateFolder: folder() });
  const own = scratch('folder');
  own.write(POLICY_FILE, policyText('strict'));
  await inForce(own.root, all);
  await sleep(SETTLED_MS);
  await inForce(own.root, all);
  const pad = `// ${'x'.repeat(900_000)}\n`;
  for (let other = 0; other < 7; other += 1) {
    const { root, write } = scratch('folder');
    const names = Array.from({ length: 18 }, (_, index) => `./p${index}.json`);
    for (const [index, name] of names.entries()) write(name.slice(2), pad + policyText(`c${index}`));
    write(POLICY_FILE, policyText('big', { extends: names }));
    expect(await inForce(root, all)).toMatchObject({ kind: 'in-force' });
    await inForce(own.root, all);
  }
  own.write(POLICY_FILE, BROKEN);
  expect(await inForce(own.root, all)).toMatchObject({ kind: 'last-good' });
});
