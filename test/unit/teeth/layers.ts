// What a policy extends, and what an organisation's layer has the last word on.
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { signedBytes } from '../../../src/router/policies/pins.ts';
import { policyFile } from '../../host/routerStage.ts';
import { type Bench, CORE, HAIKU, is, OPUS, type Request, type Seen, SONNET, type Teeth } from './bench.ts';

const base = (id: string): string =>
  JSON.stringify({
    version: 1,
    default: SONNET,
    constraints: [{ id, block: true, reason: 'the organisation said so' }],
  });

export function layerTeeth(bench: Bench): Teeth {
  const { send, stage } = bench;
  /** A repository of its own: what was good last elsewhere is of no use to it. */
  async function extending(
    extending: unknown,
    files: Readonly<Record<string, string>> = {},
    policy: object = {},
  ): Promise<(request?: Request) => Promise<Seen>> {
    const repository = await stage.newRepository({ ...files, [CORE]: '1\n' });
    await repository.write({
      [policyFile]: JSON.stringify({ version: 1, default: SONNET, extends: extending, ...policy }),
    });
    return (request = {}) => send({ ...request, ...bench.inRepository(repository) });
  }
  const npm = (text: string) => ({
    'node_modules/@acme/baseline/package.json': '{ "name": "@acme/baseline" }',
    'node_modules/@acme/baseline/routing-policy.json': text,
  });
  const hashOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;

  return {
    extends: async () => {
      const ask = await extending('./base.json', { 'base.json': base('closed') });
      await is(ask(), 'blocked', /Refused by `base:closed`: the organisation said so/);
    },
    'extends.source': async () => {
      const text = base('closed');
      const ask = await extending({ source: 'npm:@acme/baseline', integrity: hashOf(text) }, npm(text));
      await is(ask(), 'blocked', /Refused by `@acme\/baseline:closed`/);
    },
    'extends.integrity': async () => {
      const harmless = JSON.stringify({ version: 1, default: SONNET });
      const other = { source: 'npm:@acme/baseline', integrity: hashOf('another text') };
      await is((await extending(other, npm(harmless)))(), 'blocked', /hash/);
    },
    'extends.key': async () => {
      const signer = await signed();
      signer.put(JSON.stringify({ version: 1, default: SONNET }), 1);
      const stranger = keyPair();
      await is((await extending({ source: signer.url, key: stranger.written }))(), 'blocked', /sign/);
      await is((await extending({ source: signer.url, key: signer.key }))(), SONNET);
    },
    'extends.refresh': async () => {
      const signer = await signed();
      signer.put(JSON.stringify({ version: 1, default: SONNET }), 1);
      const ask = await extending({ source: signer.url, key: signer.key, refresh: '1s' });
      await is(ask(), SONNET);
      signer.put(base('closed'), 2);
      await expect.poll(async () => (await ask()).target, { interval: 200 }).toBe('blocked');
      const seldom = await extending({ source: signer.url, key: signer.key, refresh: '1h' });
      const asked = signer.asked();
      await is(seldom(), 'blocked');
      expect(signer.asked()).toBe(asked);
    },
    'extends.maxStale': async () => {
      const signer = await signed();
      signer.put(JSON.stringify({ version: 1, default: SONNET }), 1);
      const ask = await extending({ source: signer.url, key: signer.key, refresh: '1h', maxStale: '1s' });
      await is(ask(), SONNET);
      await signer.stop();
      await expect.poll(async () => (await ask()).target, { interval: 200 }).toBe('blocked');
      expect((await ask()).said).toContain('too long ago ("maxStale")');
    },
    'classes.final': async () => {
      const own = { classes: [{ id: 'mine', when: { touches: [CORE] }, use: HAIKU }] };
      const outer = (final: boolean): string =>
        JSON.stringify({
          version: 1,
          default: SONNET,
          classes: [{ id: 'ledger', final, when: { touches: [CORE] }, use: OPUS }],
        });
      const seen = [];
      for (const final of [true, false]) {
        const ask = await extending('./base.json', { 'base.json': outer(final) }, own);
        seen.push((await ask({ text: `mend ${CORE}` })).target);
      }
      expect(seen).toEqual([OPUS, HAIKU]);
    },
  };

  /** A server on this machine with one signed policy. */
  async function signed() {
    const { written, sign: signText } = keyPair();
    let text = '';
    let signature = '';
    let count = 0;
    const server = createServer((request, response) => {
      count += 1;
      response.end(request.url?.endsWith('.sig') === true ? signature : text);
    });
    await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
    const stop = (): Promise<void> =>
      new Promise((settle) => {
        server.close(() => settle());
        server.closeAllConnections();
      });
    bench.later(stop);
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/policy.json`,
      key: written,
      put: (policy: string, serial: number): void => {
        text = policy;
        signature = `serial ${serial}\n${signText(policy, serial)}\n`;
      },
      asked: () => count,
      stop,
    };
  }
}

function keyPair(): { readonly written: string; sign(text: string, serial: number): string } {
  const { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  return {
    written: `ed25519:${raw.toString('base64')}`,
    sign: (text, serial) => sign(null, signedBytes(serial, Buffer.from(text)), privateKey).toString('base64'),
  };
}
