import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ownTimeOf } from '../../../test/host/ownClock.ts';
import { POLICY_FILE } from '../../workspace/policyFile.ts';
import { scratch } from '../../workspace/scratch.fixture.ts';
import { bounds } from './bounds.ts';
import type { PolicyInForce } from './inForce.ts';
import { integrityOf } from './pins.ts';
import type { Policies, PoliciesPorts } from './policies.ts';
import {
  folder,
  hasOpenssl,
  inForce,
  type PolicyServer,
  policies,
  policyServer,
  policyText,
  type SigningKey,
  shape,
  signingKey,
} from './sources.fixture.ts';

const text = policyText('eu');
const integrity = integrityOf(Buffer.from(text));
const minute = 60_000;

/** A server, a repository that extends what lies there, and a state folder, with a clock that tests turn. */
interface Stage {
  readonly server: PolicyServer;
  readonly root: string;
  readonly stateFolder: string;
  readonly key: SigningKey;
  now: number;
  trusted: boolean;
  /** A process: what one remembers, another reads from the state folder. */
  start(ports?: PoliciesPorts): Policies;
  extend(source: object): void;
  publish(policy: string, serial: number, by?: SigningKey): void;
  copy(): string;
}

async function stage(source: (url: string, key: SigningKey) => object): Promise<Stage> {
  const server = await policyServer();
  const { root, write } = scratch('folder');
  const [stateFolder, key] = [folder(), signingKey()];
  const url = `${server.origin}/org/policy.json`;
  const made: Stage = {
    server,
    root,
    stateFolder,
    key,
    now: 1_800_000_000_000,
    trusted: true,
    start: (ports) =>
      policies({ fetch: server.fetch, stateFolder, now: () => made.now, trusted: () => made.trusted, ...ports }),
    extend: (extended) => write(POLICY_FILE, policyText('own', { extends: { source: url, ...extended } })),
    publish: (policy, serial, by = key) => {
      server.files.set('/org/policy.json', policy);
      server.files.set('/org/policy.json.sig', by.sign(policy, serial));
    },
    copy: () => join(stateFolder, 'policies', readdirSync(join(stateFolder, 'policies'))[0] ?? ''),
  };
  made.extend(source(url, key));
  return made;
}

const byHash = (): Promise<Stage> => stage(() => ({ integrity }));
const byKey = (): Promise<Stage> => stage((_, key) => ({ key: key.written }));

const good = ['localhost:eu', 'own'];
const refused = ['localhost:not-loaded', 'own'];
const stateOf = (found: PolicyInForce): unknown => (found.kind === 'none' ? undefined : found.layers[0]?.state);
const problem = (said: RegExp): object => ({ kind: 'failed', problem: expect.stringMatching(said) });

// Without openssl there is no private authority to test with; on Linux and macOS it is there.
describe.skipIf(!hasOpenssl)('a policy from the network that is pinned to its hash', () => {
  it('is fetched once, kept for this user alone, and needs its server no more', async () => {
    const { server, root, start, copy } = await byHash();
    server.files.set('/org/policy.json', text);
    expect(shape(await inForce(root, start())).constraints).toEqual(good);
    expect(statSync(copy()).mode & 0o777).toBe(0o600);
    server.files.clear();
    const later = await inForce(root, start());
    expect([shape(later).constraints, stateOf(later)]).toEqual([good, { kind: 'fresh' }]);
    expect(server.asked).toEqual(['/org/policy.json']);
  });

  it('whose copy was changed on the disk is fetched again, and refused while it cannot be', async () => {
    const { server, root, start, copy } = await byHash();
    server.files.set('/org/policy.json', text);
    await inForce(root, start());
    const kept: object = JSON.parse(readFileSync(copy(), 'utf8'));
    const lax = Buffer.from('{ "version": 1, "default": "a/b" }').toString('base64');
    writeFileSync(copy(), JSON.stringify({ ...kept, policy: lax }));
    server.files.clear();
    const found = await inForce(root, start());
    expect(shape(found).constraints).toEqual(refused);
    server.files.set('/org/policy.json', text);
    expect(shape(await inForce(root, start())).constraints).toEqual(good);
  });

  it.each<[what: string, files: (server: PolicyServer) => void, said: RegExp]>([
    ['is not there', () => undefined, /server answered with the status 404/],
    [
      'has another hash',
      ({ files }) => files.set('/org/policy.json', policyText('lax')),
      /does not have the hash that is pinned, but sha256-.*Read what changed/,
    ],
    [
      'is elsewhere',
      ({ files }) =>
        files.set('/org/policy.json', (_, response) =>
          response.writeHead(302, { location: 'https://other.example.test/p.json' }).end(),
        ),
      /redirected to other\.example\.test, which is not followed/,
    ],
    [
      'is elsewhere in the clear',
      ({ files, origin }) =>
        files.set('/org/policy.json', (_, response) =>
          response.writeHead(301, { location: origin.replace('https', 'http') }).end(),
        ),
      /redirected to localhost/,
    ],
    [
      'is too large',
      ({ files }) => files.set('/org/policy.json', (_, response) => response.end(Buffer.alloc(6 * 1024 * 1024, 32))),
      /more than 5242880 bytes/,
    ],
    [
      'breaks off',
      ({ files }) =>
        files.set('/org/policy.json', (_, response) => {
          response.writeHead(200, { 'content-length': '100' });
          response.write('{');
          setTimeout(() => response.destroy(), 20);
        }),
      /could not be reached/,
    ],
  ])('that %s is refused, with the reason', async (_, serve, said) => {
    const { server, root, start } = await byHash();
    serve(server);
    const found = await inForce(root, start());
    expect(shape(found).constraints).toEqual(refused);
    expect(stateOf(found)).toMatchObject(problem(said));
  });

  it('that comes drop by drop is given up, and not asked for by the next requests', async () => {
    const { server, root, start } = await byHash();
    server.files.set('/org/policy.json', (_, response) => {
      const drip = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(drip));
    });
    const asked = start();
    const first = await ownTimeOf(async () => {
      const found = await inForce(root, asked);
      expect(stateOf(found)).toMatchObject(problem(/not there after 5 seconds/));
    });
    expect(first).toBeLessThan(bounds.fetchMs + 4_000);
    expect(await ownTimeOf(() => inForce(root, asked))).toBeLessThan(bounds.fetchMs / 2);
    expect(server.asked).toHaveLength(1);
  });

  it('that was away is asked for again after a while', async () => {
    const made = await byHash();
    const asked = made.start();
    expect(shape(await inForce(made.root, asked)).constraints).toEqual(refused);
    made.server.files.set('/org/policy.json', text);
    expect(shape(await inForce(made.root, asked)).constraints).toEqual(refused);
    made.now += bounds.retryMs;
    expect(shape(await inForce(made.root, asked)).constraints).toEqual(good);
  });

  it('is not waited for by a request that was cancelled', async () => {
    const { server, root, start } = await byHash();
    server.files.set('/org/policy.json', () => undefined);
    const { openWorkspace } = await import('../../workspace/workspace.ts');
    const asking = start().inForce(await openWorkspace(root), AbortSignal.timeout(100));
    await expect(asking).rejects.toMatchObject({ code: 'aborted' });
  });

  it('is not asked for in a folder that is not trusted; a copy serves there', async () => {
    const made = await byHash();
    made.server.files.set('/org/policy.json', text);
    made.trusted = false;
    const asked = made.start();
    const found = await inForce(made.root, asked);
    expect([shape(found).constraints, made.server.asked]).toEqual([refused, []]);
    expect(stateOf(found)).toMatchObject(problem(/not trusted, so nothing is contacted/));
    made.trusted = true;
    expect(shape(await inForce(made.root, asked)).constraints).toEqual(good);
    made.trusted = false;
    expect(shape(await inForce(made.root, made.start())).constraints).toEqual(good);
  });

  it('of a server whose authority nobody trusts is refused', async () => {
    const { root, start, server } = await byHash();
    server.files.set('/org/policy.json', text);
    const found = await inForce(root, start({ fetch: globalThis.fetch }));
    expect(stateOf(found)).toMatchObject(problem(/could not be reached/));
  });
});

describe.skipIf(!hasOpenssl)('a policy from the network that is pinned to a signing key', () => {
  it('is confirmed in the background, and a newer one holds for the request after', async () => {
    const made = await byKey();
    made.publish(text, 7);
    const asked = made.start();
    expect(shape(await inForce(made.root, asked)).constraints).toEqual(good);
    made.publish(policyText('eu-2'), 8);
    expect(shape(await inForce(made.root, asked)).constraints).toEqual(good);
    // The answer is held back, so that the request that sets the confirmation off cannot but go before it.
    const held: (() => void)[] = [];
    made.server.files.set('/org/policy.json', (_, response) => {
      held.push(() => response.end(policyText('eu-2')));
    });
    made.now += 15 * minute;
    expect(shape(await inForce(made.root, asked)).constraints).toEqual(good);
    await expect.poll(() => held.length).toBe(1);
    made.server.files.set('/org/policy.json', policyText('eu-2'));
    held[0]?.();
    await expect
      .poll(async () => shape(await inForce(made.root, asked)).constraints)
      .toEqual(['localhost:eu-2', 'own']);
  });

  it.each<[what: string, change: (made: Stage) => void, said: RegExp]>([
    ['away', ({ server }) => server.files.clear(), /status 404/],
    ['an old version', (made) => made.publish(policyText('old'), 6), /has the serial 6, and 7 was seen before/],
    [
      'changed under the same serial',
      (made) => made.publish(policyText('lax'), 7),
      /changed without a new serial: it must be higher than 7/,
    ],
    [
      'signed by somebody else',
      (made) => made.publish(policyText('lax'), 8, signingKey()),
      /not signed with the key that is pinned/,
    ],
    [
      'signed for another text',
      ({ server }) => server.files.set('/org/policy.json', policyText('lax')),
      /not signed with the key/,
    ],
    [
      'signed in no known form',
      ({ server }) => server.files.set('/org/policy.json.sig', 'AAAA'),
      /signature file is not a line "serial N"/,
    ],
    ['published with a mistake', (made) => made.publish('{ "version": 1 }', 8), /has a mistake in line 1/],
  ])('that is %s leaves the last good copy in force, visibly, and then refuses', async (_, change, said) => {
    const made = await byKey();
    made.publish(text, 7);
    const asked = made.start();
    await inForce(made.root, asked);
    const since = made.now;
    change(made);
    made.now += 20 * minute;
    await inForce(made.root, asked);
    await expect
      .poll(async () => stateOf(await inForce(made.root, asked)))
      .toEqual({
        kind: 'stale',
        since,
        problem: expect.stringMatching(said),
      });
    expect(shape(await inForce(made.root, asked)).constraints).toEqual(good);
    // Another process finds the same copy.
    expect(shape(await inForce(made.root, made.start())).constraints).toEqual(good);
    made.now = since + 24 * 60 * minute + 1;
    for (const process of [asked, made.start()]) {
      const found = await inForce(made.root, process);
      expect(shape(found).constraints).toEqual(refused);
      expect(stateOf(found)).toMatchObject(problem(/too long ago \("maxStale"\)/));
    }
  });

  /** Serves it with tags, as servers do, and keeps what was answered. */
  function tagged({ server, key }: Stage, policy: string, serial: number, answered: string[]): void {
    for (const [path, content] of [
      ['/org/policy.json', policy],
      ['/org/policy.json.sig', key.sign(policy, serial)],
    ] as const) {
      server.files.set(path, (request, response) => {
        const tag = `"${serial}"`;
        const isSame = request.headers['if-none-match'] === tag;
        answered.push(`${path.endsWith('.sig') ? 'signature' : 'text'} ${isSame ? 304 : 200}`);
        if (isSame) response.writeHead(304, { etag: tag }).end();
        else response.writeHead(200, { etag: tag }).end(content);
      });
    }
  }

  it('is not sent again while it is the same', async () => {
    const made = await byKey();
    const answered: string[] = [];
    tagged(made, text, 7, answered);
    const asked = made.start();
    await inForce(made.root, asked);
    expect(answered.splice(0).sort()).toEqual(['signature 200', 'text 200']);
    const confirm = async (): Promise<void> => {
      made.now += 16 * minute;
      await inForce(made.root, asked);
      await expect.poll(() => answered.length).toBe(2);
    };
    await confirm();
    expect(answered.splice(0).sort()).toEqual(['signature 304', 'text 304']);
    // It is confirmed by that: the copy is as fresh as if it had been sent.
    await expect.poll(() => JSON.parse(readFileSync(made.copy(), 'utf8'))).toMatchObject({ confirmedAt: made.now });
    expect(stateOf(await inForce(made.root, asked))).toEqual({ kind: 'fresh' });
    tagged(made, policyText('eu-2'), 8, answered);
    await confirm();
    expect(answered.splice(0).sort()).toEqual(['signature 200', 'text 200']);
    await expect
      .poll(async () => shape(await inForce(made.root, asked)).constraints)
      .toEqual(['localhost:eu-2', 'own']);
    await confirm();
    expect(answered.sort()).toEqual(['signature 304', 'text 304']);
  });

  it('that is published between its text and its signature is asked for again', async () => {
    const made = await byKey();
    made.publish(text, 7);
    // The text is of the version before, once.
    made.server.files.set('/org/policy.json', (_, response) => {
      made.server.files.set('/org/policy.json', policyText('eu-2'));
      response.end(text);
    });
    made.server.files.set('/org/policy.json.sig', made.key.sign(policyText('eu-2'), 8));
    const found = await inForce(made.root, made.start());
    expect([shape(found).constraints, stateOf(found)]).toEqual([['localhost:eu-2', 'own'], { kind: 'fresh' }]);
    expect(made.server.asked.filter((path) => path === '/org/policy.json')).toHaveLength(2);
  });

  it('is kept for as long as the file says', async () => {
    const made = await stage((_, key) => ({ key: key.written, refresh: '1s', maxStale: '10s' }));
    made.publish(text, 1);
    const asked = made.start();
    await inForce(made.root, asked);
    made.server.files.clear();
    made.now += 10_000;
    expect(shape(await inForce(made.root, asked)).constraints).toEqual(good);
    made.now += 1;
    expect(shape(await inForce(made.root, asked)).constraints).toEqual(refused);
  });

  it('does not outlast "maxStale" because the repository’s file has a mistake', async () => {
    const made = await byKey();
    made.publish(text, 1);
    const asked = made.start();
    await inForce(made.root, asked);
    writeFileSync(join(made.root, POLICY_FILE), '{');
    expect(await inForce(made.root, asked)).toMatchObject({ kind: 'last-good' });
    made.now += 24 * 60 * minute + 1;
    expect(await inForce(made.root, asked)).toMatchObject({ kind: 'local-only' });
  });

  it.each<[what: string, change: (kept: Record<string, unknown>, made: Stage) => object]>([
    ['with another text', (kept) => ({ ...kept, policy: Buffer.from(policyText('lax')).toString('base64') })],
    ['with another serial', (kept) => ({ ...kept, serial: 9 })],
    ['with a date to come', (kept, { now }) => ({ ...kept, confirmedAt: now + 60 * minute })],
    ['without its signature', ({ signature: _, ...kept }) => kept],
    ['that is no record', () => []],
  ])('whose copy is found %s is refused', async (_, change) => {
    const made = await byKey();
    made.publish(text, 7);
    await inForce(made.root, made.start());
    writeFileSync(made.copy(), JSON.stringify(change(JSON.parse(readFileSync(made.copy(), 'utf8')), made)));
    made.server.files.clear();
    const found = await inForce(made.root, made.start());
    expect(shape(found).constraints).toEqual(refused);
    made.trusted = false;
    expect(stateOf(await inForce(made.root, made.start()))).toMatchObject(problem(/was changed or is damaged/));
  });

  it('may itself extend what is pinned', async () => {
    const made = await byKey();
    const inner = policyText('inner');
    made.server.files.set('/inner.json', inner);
    const pin = { source: `${made.server.origin}/inner.json`, integrity: integrityOf(Buffer.from(inner)) };
    made.publish(policyText('eu', { extends: ['preset:local', pin] }), 1);
    expect(shape(await inForce(made.root, made.start())).layers).toEqual([
      'local extended both',
      'localhost extended both',
      'localhost-2 extended both',
      '- repository both',
    ]);
  });
});
