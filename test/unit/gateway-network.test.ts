// The gateway's own requests in a company's network: through its proxy, with its authority, from both doors.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type GatewayStanding, toRouter } from '../../src/contract/messages.ts';
import { ask as askGateway } from '../../src/gateway/testing/stage.ts';
import { gatewayToken } from '../../src/usage/gatewayToken.ts';
import { type CorporateNetwork, hasOpenssl, startCorporateNetwork } from '../host/corporateNetwork.ts';
import { freePort } from '../host/freePort.ts';
import { setStage } from '../host/routerStage.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');
const stage = setStage();
let company: CorporateNetwork;
const children: ChildProcess[] = [];

describe.skipIf(!hasOpenssl())('behind a proxy that wants a credential, with a private authority', () => {
  beforeAll(async () => {
    const { baseUrl } = stage.simulated.providers['anthropic'] as { readonly baseUrl: string };
    company = await startCorporateNetwork(Number(new URL(baseUrl).port));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
    }
  });
  afterAll(() => company?.stop());

  const providers = (): Record<string, unknown> => ({
    ...stage.simulated.providers,
    anthropic: { ...stage.simulated.providers['anthropic'], baseUrl: company.baseUrl },
  });
  const body = { model: 'auto', max_tokens: 50, messages: [{ role: 'user', content: 'hello' }] };
  /** Passed through to the provider, and translated for it: two ways out. */
  const askBoth = async (port: number, token: string) => [
    await askGateway(port, '/v1/messages', { token, body }),
    await askGateway(port, '/v1/chat/completions', { token, body }),
  ];

  it('an editor’s router goes by http.proxy, http.proxyAuthorization and NODE_EXTRA_CA_CERTS', async () => {
    const port = await freePort();
    const client = await stage.start({
      stateFolder: stage.stateFolder,
      env: { NODE_EXTRA_CA_CERTS: company.authorityFile },
      configuration: {
        providers: providers(),
        network: { proxy: company.proxy, proxyAuthorization: company.authorization, systemCertificates: false },
        gateway: { enabled: true, port },
      },
    });
    const standing = (): Promise<GatewayStanding> => client.connection.sendRequest(toRouter.gatewayStanding);
    await expect.poll(standing).toMatchObject({ kind: 'serving' });
    const before = company.asked.length;
    for (const { status, headers, text } of await askBoth(port, gatewayToken(stage.stateFolder))) {
      expect(status, text).toBe(200);
      expect(headers['x-routing-model']).toBe('anthropic/claude-sonnet-5-5');
    }
    expect(company.asked.length).toBeGreaterThan(before);
  });

  it.each([
    ['serve goes by HTTPS_PROXY and NODE_EXTRA_CA_CERTS', true, 'anthropic/claude-sonnet-5-5'],
    ['without the authority the provider is not believed, and the next one answers', false, 'openai/gpt-6-sol'],
  ])('%s', async (_what, isTrusted, model) => {
    const file = join(await stage.folder(), 'providers.json');
    await writeFile(file, JSON.stringify(providers()));
    const { folder } = stage.repository;
    const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0', '--root', folder, '--providers', file], {
      env: {
        PATH: process.env['PATH'],
        NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
        HOME: stage.stateFolder,
        ROUTING_POLICY_STATE_DIR: await stage.folder(),
        HTTPS_PROXY: company.proxyWithCredential,
        ...(isTrusted ? { NODE_EXTRA_CA_CERTS: company.authorityFile } : {}),
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    children.push(child);
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { gateway, token } = JSON.parse(line) as { readonly gateway: string; readonly token: string };
    const before = company.asked.length;
    for (const { status, headers, text } of await askBoth(Number(new URL(gateway).port), token)) {
      expect(status, text).toBe(200);
      expect(headers['x-routing-model']).toBe(model);
    }
    expect(company.asked.length).toBeGreaterThan(before);
  });
});
