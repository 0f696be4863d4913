// The gateway as an editor's router opens it: by configuration, for folders that are trusted, with the policy of each window.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { folderUrl } from '../../src/contract/gatewayAddress.ts';
import { type GatewayStanding, type MarkdownResult, toRouter } from '../../src/contract/messages.ts';
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
    await expect.poll(isOpen).toBe(true);
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
    await expect.poll(isOpen).toBe(true);
    await configure({ gateway: { enabled: false, port } });
    await expect.poll(isOpen).toBe(false);
  });

  it('serves the folders of other windows, each by its own policy', async () => {
    const other = await stage.newRepository({ [policyFile]: '{ "version": 1, "default": "openai/gpt-6-luna" }' });
    const configuration = { gateway: { enabled: true, port } };
    await stage.start({ stateFolder: stage.stateFolder, configuration });
    await expect.poll(isOpen).toBe(true);
    expect((await chat(other.folder)).status).toBe(402);
    const second = await stage.start({ stateFolder: stage.stateFolder, configuration, root: other.folder });
    await expect.poll(async () => (await chat(other.folder)).status).toBe(200);
    expect((await chat(other.folder)).headers['x-routing-model']).toBe('openai/gpt-6-luna');
    await second.stop();
    await expect.poll(async () => (await chat(other.folder)).status).toBe(402);
  });

  it('shows a request in the window whose folder it is about, whichever window serves it', async () => {
    const other = await stage.newRepository({ [policyFile]: '{ "version": 1, "default": "openai/gpt-6-luna" }' });
    const configuration = { gateway: { enabled: true, port } };
    const holder = await stage.start({ stateFolder: stage.stateFolder, configuration });
    const standing = (client: typeof holder): Promise<GatewayStanding> =>
      client.connection.sendRequest(toRouter.gatewayStanding);
    await expect.poll(() => standing(holder)).toMatchObject({ kind: 'serving' });
    const joined = await stage.start({ stateFolder: stage.stateFolder, configuration, root: other.folder });
    await expect.poll(() => standing(joined)).toMatchObject({ kind: 'joined' });
    await expect
      .poll(async () => {
        await chat(other.folder);
        return joined.statuses.at(-1)?.target;
      })
      .toBe('openai/gpt-6-luna');
    expect(holder.statuses.map(({ target }) => target)).not.toContain('openai/gpt-6-luna');
    const { markdown } = await joined.connection.sendRequest<MarkdownResult>(toRouter.gateway);
    expect(markdown).toContain('Another window of yours');
    expect(markdown).toMatch(/\| gateway \| [\d:]+ \| .* \| gpt.*luna/);
    const explained = await joined.connection.sendRequest<MarkdownResult>(toRouter.explain);
    expect(explained.markdown).toContain('luna');
    await chat(stage.repository.folder);
    await expect.poll(() => holder.statuses.at(-1)?.target).toBe('anthropic/claude-sonnet-5-5');
    expect(joined.statuses.at(-1)?.target).toBe('openai/gpt-6-luna');
  });

  it('takes the folder of a client’s base URL, whatever its text states, and never one that is not open', async () => {
    const other = await stage.newRepository({ [policyFile]: '{ "version": 1, "default": "openai/gpt-6-luna" }' });
    const configuration = { gateway: { enabled: true, port } };
    await stage.start({ stateFolder: stage.stateFolder, configuration });
    await stage.start({ stateFolder: stage.stateFolder, configuration, root: other.folder });
    const script = { model: 'auto', messages: [{ role: 'user', content: 'hello' }] };
    const askIn = async (folder: string, body: object) =>
      askGateway(port, `${folderUrl('', folder)}/v1/chat/completions`, { token: await token(), body });
    const modelIn = async (folder: string, body: object = script) =>
      (await askIn(folder, body)).headers['x-routing-model'];
    await expect.poll(() => modelIn(other.folder).catch(() => '')).toBe('openai/gpt-6-luna');
    expect(await modelIn(stage.repository.folder)).toBe('anthropic/claude-sonnet-5-5');
    const closed = await stage.newRepository({});
    expect((await askIn(closed.folder, script)).status).toBe(402);
    expect((await askIn('/no/such/folder', script)).status).toBe(400);
    // Nobody but a person sets the address; what a client states may come out of a file that it quotes.
    expect(await modelIn(stage.repository.folder, body(other.folder))).toBe('anthropic/claude-sonnet-5-5');
  });
});
