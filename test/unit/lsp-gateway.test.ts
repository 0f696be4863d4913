// The gateway as an editor's router opens it: by configuration, for folders that are trusted, with the policy of each window.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { toRouter } from '../../src/contract/messages.ts';
import { ask as askGateway } from '../../src/gateway/testing/stage.ts';
import { policyFile, setStage } from '../host/routerStage.ts';

const stage = setStage();
let port: number;
beforeEach(async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
  server.close();
});

const token = (): Promise<string> => readFile(join(stage.stateFolder, 'gateway-token'), 'utf8');
const body = (folder: string): object => ({
  model: 'auto',
  messages: [
    { role: 'system', content: `Working directory: ${folder}` },
    { role: 'user', content: 'hello' },
  ],
});
const chat = async (folder: string) =>
  askGateway(port, '/v1/chat/completions', { token: await token(), body: body(folder) });
const isOpen = (): Promise<boolean> =>
  askGateway(port, '/healthz').then(
    ({ status }) => status === 200,
    () => false,
  );

describe('an editor’s router', () => {
  it('serves other clients by the policy of its folder, and writes them down', async () => {
    await stage.start({ stateFolder: stage.stateFolder, configuration: { gateway: { enabled: true, port } } });
    await expect.poll(isOpen, { timeout: 10_000 }).toBe(true);
    const answer = await chat(stage.repository.folder);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers['x-routing-model']).toBe('anthropic/claude-sonnet-5-5');
    await expect.poll(() => stage.rows().at(-1)).toMatchObject({ surface: 'gateway', outcome: 'served' });
  });

  it('opens and closes it as its configuration changes, and never for a folder that is not trusted', async () => {
    const client = await stage.start({ stateFolder: stage.stateFolder });
    expect(await isOpen()).toBe(false);
    const gateway = { enabled: true, port };
    const configure = (changes: object): Promise<void> =>
      client.connection.sendNotification(toRouter.configure, stage.configuration(changes));
    await configure({ gateway, trusted: false });
    await client.connection.sendRequest(toRouter.status);
    expect(await isOpen()).toBe(false);
    await configure({ gateway });
    await expect.poll(isOpen, { timeout: 10_000 }).toBe(true);
    await configure({ gateway: { enabled: false, port } });
    await expect.poll(isOpen, { timeout: 10_000 }).toBe(false);
  });

  it('serves the folders of other windows, each by its own policy', async () => {
    const other = await stage.newRepository({ [policyFile]: '{ "version": 1, "default": "openai/gpt-6-luna" }' });
    const configuration = { gateway: { enabled: true, port } };
    await stage.start({ stateFolder: stage.stateFolder, configuration });
    await expect.poll(isOpen, { timeout: 10_000 }).toBe(true);
    expect((await chat(other.folder)).status).toBe(402);
    const second = await stage.start({ stateFolder: stage.stateFolder, configuration, root: other.folder });
    await expect.poll(async () => (await chat(other.folder)).status, { timeout: 10_000 }).toBe(200);
    expect((await chat(other.folder)).headers['x-routing-model']).toBe('openai/gpt-6-luna');
    await second.stop();
    await expect.poll(async () => (await chat(other.folder)).status, { timeout: 10_000 }).toBe(402);
  });
});
