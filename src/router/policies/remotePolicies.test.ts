import { expect, test } from 'vitest';
import { bounds } from './bounds.ts';
import { KeptCopies } from './copies.ts';
import type { RemoteReference } from './reference.ts';
import { RemotePolicies } from './remotePolicies.ts';

const reference = (n: number): RemoteReference => {
  const written = `https://example.org/${n}.json`;
  return { kind: 'remote', url: new URL(written), written, integrity: 'sha256-none' };
};

test('however many sources are named, the last ones are remembered, and one that was forgotten is read anew by all who rest on it', async () => {
  let reads = 0;
  class Copies extends KeptCopies {
    override read(...asked: Parameters<KeptCopies['read']>): ReturnType<KeptCopies['read']> {
      reads += 1;
      return super.read(...asked);
    }
  }
  const policies = new RemotePolicies({ fetch: undefined, copies: new Copies(undefined), now: () => 0 });
  const key = (n: number) => policies.key(reference(n), 'not-yet');
  const before = await key(0);
  expect(await key(0)).toBe(before);
  for (let n = 1; n < bounds.remotes; n += 1) await key(n);
  expect(await key(0)).toBe(before);
  expect(reads).toBe(bounds.remotes);
  const first = await key(1);
  await key(bounds.remotes);
  await key(bounds.remotes + 1);
  expect(await key(0)).toBe(before);
  const keys = await Promise.all(Array.from({ length: bounds.remotes + 2 }, (_, n) => key(n)));
  expect(reads).toBeGreaterThan(bounds.remotes + 2);
  expect(keys[2]).not.toBe(first);
  expect(new Set(keys).size).toBe(keys.length);
});
