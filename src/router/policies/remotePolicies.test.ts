import { describe, expect, onTestFinished, test } from 'vitest';
import { bounds } from './bounds.ts';
import { KeptCopies } from './copies.ts';
import { integrityOf } from './pins.ts';
import type { RemoteReference, SigningPin } from './reference.ts';
import { RemotePolicies } from './remotePolicies.ts';
import { hasOpenssl, policyServer, policyText, signingKey } from './sources.fixture.ts';

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

/** A process that keeps no copies, beside a server of which a test says what lies there. */
async function withoutCopies() {
  const server = await policyServer();
  const { signal } = new AbortController();
  const policies = new RemotePolicies({ fetch: server.fetch, copies: new KeptCopies(undefined), now: () => 0 });
  onTestFinished(() => policies.dispose());
  const at = (path: string, pin: { integrity: string } | { signing: SigningPin }): RemoteReference => {
    const written = `${server.origin}/${path}`;
    return { kind: 'remote', url: new URL(written), written, ...pin };
  };
  return { server, policies, at, read: (one: RemoteReference) => policies.read(one, { contact: 'allowed', signal }) };
}
const text = policyText('own');
const integrity = integrityOf(Buffer.from(text));

describe.skipIf(!hasOpenssl)('a source that was fetched', () => {
  test('is not forgotten for any number of others that nobody can have', async () => {
    const { server, policies, at, read } = await withoutCopies();
    server.files.set('/policy.json', text);
    const good = at('policy.json', { integrity });
    expect(await read(good)).toMatchObject({ kind: 'read', text });
    for (let n = 0; n < 3 * bounds.remotes; n += 1) await policies.key(reference(n), 'untrusted');
    server.files.clear();
    expect(await read(good)).toMatchObject({ kind: 'read', text });
  });

  test('gives way to no older one, though its text is forgotten', async () => {
    const { server, at, read } = await withoutCopies();
    const key = signingKey();
    const publish = (serial: number): void => {
      const published = policyText(`serial-${serial}`);
      server.files.set('/policy.json', published).set('/policy.json.sig', key.sign(published, serial));
    };
    const signed = at('policy.json', { signing: { key: key.written, refreshMs: 60_000, maxStaleMs: 3_600_000 } });
    publish(2);
    expect(await read(signed)).toMatchObject({ kind: 'read', text: policyText('serial-2') });
    for (let n = 0; n < bounds.remotes; n += 1) {
      server.files.set(`/${n}`, text);
      expect(await read(at(`${n}`, { integrity }))).toMatchObject({ kind: 'read' });
    }
    publish(1);
    expect(await read(signed)).toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/serial 1, and 2 was seen/),
    });
    const longer = at('policy.json', { signing: { key: key.written, refreshMs: 90_000, maxStaleMs: 7_200_000 } });
    expect(await read(longer)).toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/serial 1, and 2 was seen/),
    });
  });

  test('gives way to no older one while it is in use, however many others were seen', async () => {
    const key = signingKey();
    const signedAs = (id: string, serial: number) => ({
      text: policyText(id),
      signature: key.sign(policyText(id), serial),
    });
    const other = signedAs('other', 1);
    let own = signedAs('serial-5', 5);
    let [now, asked] = [0, 0];
    const policies = new RemotePolicies({
      // Ten thousand sources by HTTP would take minutes.
      fetch: (url) => {
        const { pathname } = new URL(String(url));
        const { text: said, signature } = pathname.startsWith('/policy.json') ? own : other;
        asked += pathname === '/policy.json' ? 1 : 0;
        return Promise.resolve(new Response(pathname.endsWith('.sig') ? signature : said));
      },
      copies: new KeptCopies(undefined),
      now: () => now,
      elapsed: () => now,
    });
    onTestFinished(() => policies.dispose());
    const { signal } = new AbortController();
    const read = (path: string) => {
      const written = `https://example.org/${path}`;
      const signing = { key: key.written, refreshMs: 60_000, maxStaleMs: 3_600_000 };
      return policies.read({ kind: 'remote', url: new URL(written), written, signing }, { contact: 'allowed', signal });
    };
    expect(await read('policy.json')).toMatchObject({ text: policyText('serial-5') });
    for (let n = 0; n <= bounds.floors; n += 1) {
      await read(`${n}`);
      if (n % 100 === 0) await read('policy.json');
    }
    own = signedAs('serial-4', 4);
    now = 120_000;
    await read('policy.json');
    await expect.poll(async () => (await read('policy.json')).kind === 'read' && asked, { timeout: 20_000 }).toBe(2);
    await expect
      .poll(() => read('policy.json'), { timeout: 20_000 })
      .toMatchObject({
        text: policyText('serial-5'),
        state: { kind: 'stale', problem: expect.stringMatching(/serial 4/) },
      });
  });
});
