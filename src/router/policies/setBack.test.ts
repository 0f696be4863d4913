// A signed policy from the network, on a machine whose clock is set back.
import { describe, expect, it } from 'vitest';
import { POLICY_FILE } from '../../workspace/policyFile.ts';
import { scratch } from '../../workspace/scratch.fixture.ts';
import { bounds } from './bounds.ts';
import type { PolicyInForce } from './inForce.ts';
import type { Policies } from './policies.ts';
import {
  folder,
  hasOpenssl,
  inForce,
  policies,
  policyServer,
  policyText,
  shape,
  signingKey,
} from './sources.fixture.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const SINCE = 1_800_000_000_000;

interface Stage {
  /** The wall's clock, and the one that nobody sets. */
  now: number;
  elapsed: number;
  publish(id: string, serial: number): void;
  /** The server has nothing more to say. */
  leave(): void;
  /** How often it was asked. */
  asked(): number;
  found(): Promise<PolicyInForce>;
  /** The repository's own file cannot be read as a policy any more. */
  mistake(): void;
  constraints(): Promise<readonly string[]>;
}

async function stage(): Promise<Stage> {
  const server = await policyServer();
  const { root, write } = scratch('folder');
  const key = signingKey();
  const source = { source: `${server.origin}/policy.json`, key: key.written };
  write(POLICY_FILE, policyText('own', { extends: source }));
  const asked: Policies = policies({
    fetch: server.fetch,
    stateFolder: folder(),
    now: () => made.now,
    elapsed: () => made.elapsed,
  });
  const found = (): Promise<PolicyInForce> => inForce(root, asked);
  const made: Stage = {
    now: SINCE,
    elapsed: 0,
    publish: (id, serial) => {
      const text = policyText(id);
      server.files.set('/policy.json', text).set('/policy.json.sig', key.sign(text, serial));
    },
    leave: () => server.files.clear(),
    mistake: () => write(POLICY_FILE, '{ "version": 1, "default": '),
    asked: () => server.asked.filter((path) => path.endsWith('.json')).length,
    found,
    constraints: async () => shape(await found()).constraints,
  };
  made.publish('first', 1);
  expect(await made.constraints()).toEqual(['localhost:first', 'own']);
  return made;
}

// Without openssl there is no private authority to test with; on Linux and macOS it is there.
describe.skipIf(!hasOpenssl)('where the clock was set back', () => {
  it('what was confirmed in what is now the future is confirmed anew', async () => {
    const made = await stage();
    made.publish('second', 2);
    made.now -= day;
    await made.found();
    await expect.poll(() => made.constraints()).toEqual(['localhost:second', 'own']);
  });

  it('a failure of what is now the future keeps nobody from asking', async () => {
    const made = await stage();
    made.leave();
    made.now += 20 * minute;
    made.elapsed += 20 * minute;
    await made.found();
    await expect.poll(made.found).toMatchObject({ layers: [{ state: { kind: 'stale' } }, {}] });
    const before = made.asked();
    await made.found();
    expect(made.asked()).toBe(before);
    made.publish('second', 2);
    made.now -= bounds.retryMs;
    await made.found();
    await expect.poll(() => made.constraints()).toEqual(['localhost:second', 'own']);
  });

  it('it is asked for as often as it says', async () => {
    const made = await stage();
    // By a little: nothing of it is to come.
    made.now += 10 * minute;
    made.elapsed += 10 * minute;
    await made.found();
    made.publish('second', 2);
    made.now -= 9 * minute;
    made.elapsed += 6 * minute;
    await made.found();
    await expect.poll(() => made.constraints()).toEqual(['localhost:second', 'own']);
  });

  it('a copy that nobody confirms is believed for no longer than "maxStale"', async () => {
    const made = await stage();
    made.leave();
    made.now -= 300 * day;
    made.elapsed += day;
    expect(await made.constraints()).toEqual(['localhost:first', 'own']);
    made.elapsed += 1;
    expect(await made.constraints()).toEqual(['localhost:not-loaded', 'own']);
  });

  it('nor for the sake of an own file that has a mistake meanwhile', async () => {
    const made = await stage();
    made.leave();
    made.mistake();
    made.now -= 300 * day;
    made.elapsed += day;
    expect(await made.found()).toMatchObject({ kind: 'last-good' });
    made.elapsed += 1;
    expect((await made.found()).kind).not.toBe('last-good');
  });
});
