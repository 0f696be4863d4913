import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createNetwork, type Network, type NetworkSettings, RedirectRefused } from './network.ts';
import { createProviders } from './registry.ts';

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

function network(settings: NetworkSettings, env: NodeJS.ProcessEnv = {}): Network {
  const made = createNetwork({ systemCertificates: false, ...settings }, env);
  cleanups.push(() => made.dispose());
  return made;
}

async function listen(server: Server | ReturnType<typeof createTlsServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** A proxy that tunnels to whatever it is told, and resolves every name to loopback. */
async function startProxy(authorization?: string): Promise<{ url: string; asked: string[]; seen: IncomingMessage[] }> {
  const asked: string[] = [];
  const seen: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on('connect', (request: IncomingMessage, client: Socket) => {
    asked.push(request.url ?? '');
    seen.push(request);
    sockets.add(client);
    client.on('error', () => client.destroy());
    if (authorization !== undefined && request.headers['proxy-authorization'] !== authorization) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nConnection: close\r\n\r\n');
      return;
    }
    const upstream = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    sockets.add(upstream);
    upstream.on('error', () => client.destroy());
  });
  const port = await listen(server);
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
  });
  return { url: `http://127.0.0.1:${port}`, asked, seen };
}

async function startPlain(): Promise<number> {
  return listen(createServer((request, response) => response.end(`plain ${request.headers.host}`)));
}

/** The text of the answer to a body that is passed on. */
async function sent(through: Network, url: string): Promise<string> {
  const { signal } = new AbortController();
  const answer = await through.send({ url: new URL(url), headers: {}, body: Buffer.from('{}'), signal });
  let text = '';
  for (let piece = await answer.read(); piece !== undefined; piece = await answer.read()) text += Buffer.from(piece);
  return text;
}

describe('plain http', () => {
  test('a body that is passed on goes the same way, and follows no redirect', async () => {
    const proxy = await startProxy('Basic dTpw');
    const port = await startPlain();
    const made = network({ proxy: proxy.url, proxyAuthorization: 'Basic dTpw' });
    expect(await sent(made, `http://models.example.test:${port}/`)).toBe(`plain models.example.test:${port}`);
    expect(proxy.asked).toEqual([`models.example.test:${port}`]);
    const away = await listen(
      createServer((_request, response) => response.writeHead(307, { location: `http://localhost:${port}/` }).end()),
    );
    await expect(sent(made, `http://127.0.0.1:${away}/`)).rejects.toMatchObject({ host: `localhost:${port}` });
    await expect(sent(made, 'file:///etc/hostname')).rejects.toThrow('file:');
    await made.dispose();
    await expect(sent(made, `http://127.0.0.1:${port}/`)).rejects.toThrow('shut down');
  });

  test('goes through the proxy, with its authorization', async () => {
    const proxy = await startProxy('Basic dTpw');
    const port = await startPlain();
    const { fetch } = network({ proxy: proxy.url, proxyAuthorization: 'Basic dTpw' });
    const response = await fetch(`http://models.example.test:${port}/`);
    expect(await response.text()).toBe(`plain models.example.test:${port}`);
    expect(proxy.asked).toEqual([`models.example.test:${port}`]);
  });

  test('a proxy that wants another credential is an error', async () => {
    const proxy = await startProxy('Basic right');
    const made = network({ proxy: proxy.url, proxyAuthorization: 'Basic wrong' });
    await expect(made.fetch('http://models.example.test:9/')).rejects.toThrow();
    const setting = { far: { wire: 'openai-chat', baseUrl: 'https://models.example.test', auth: 'none' } };
    const far = createProviders(setting, { env: {}, network: made }).get('far');
    const asked = far?.models?.({ deadlineMs: 50_000, signal: new AbortController().signal });
    await expect(asked).rejects.toMatchObject({
      kind: 'network',
      message:
        '"far" (models.example.test) could not be reached: the proxy wants a credential: see "http.proxyAuthorization".',
    });
  });

  test('the proxy of the environment is used when the editor names none', async () => {
    const proxy = await startProxy();
    const port = await startPlain();
    const { fetch } = network({}, { HTTP_PROXY: proxy.url });
    expect((await fetch(`http://models.example.test:${port}/`)).status).toBe(200);
    expect(proxy.asked).toHaveLength(1);
  });

  test('loopback is never proxied', async () => {
    const proxy = await startProxy();
    const port = await startPlain();
    const { fetch } = network({ proxy: proxy.url }, { HTTP_PROXY: proxy.url });
    for (const host of ['127.0.0.1', 'localhost']) expect((await fetch(`http://${host}:${port}/`)).status).toBe(200);
    expect(proxy.asked).toEqual([]);
  });

  test('a change of settings holds from the next request on', async () => {
    const [first, second] = [await startProxy(), await startProxy()];
    const port = await startPlain();
    const { fetch, reconfigure } = network({ proxy: first.url });
    await (await fetch(`http://models.example.test:${port}/`)).text();
    reconfigure({ proxy: second.url });
    await (await fetch(`http://models.example.test:${port}/`)).text();
    expect([first.asked.length, second.asked.length]).toEqual([1, 1]);
  });

  test('a redirect is not followed, and the other host hears nothing', async () => {
    const heard: string[] = [];
    const other = await listen(
      createServer((request, response) => {
        heard.push(String(request.headers['x-api-key']));
        response.end();
      }),
    );
    const port = await listen(
      createServer((_request, response) =>
        response.writeHead(307, { location: `http://localhost:${other}/take` }).end(),
      ),
    );
    const { fetch } = network({});
    const request = fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}', headers: { 'x-api-key': 'k' } });
    await expect(request).rejects.toBeInstanceOf(RedirectRefused);
    await expect(request).rejects.toMatchObject({ host: `localhost:${other}` });
    expect(heard).toEqual([]);
  });

  test('an abort closes the connection', async () => {
    let closed = false;
    const port = await listen(
      createServer((request, response) => {
        response.write('begun');
        request.once('close', () => {
          closed = true;
        });
      }),
    );
    const { fetch } = network({});
    const controller = new AbortController();
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal: controller.signal });
    controller.abort();
    await expect(response.text()).rejects.toThrow();
    await expect.poll(() => closed).toBe(true);
  });

  test('nothing is fetched after the end, nor over another protocol', async () => {
    const made = network({});
    await expect(made.fetch('file:///etc/hostname')).rejects.toThrow('file:');
    await made.dispose();
    await expect(made.fetch('http://127.0.0.1/')).rejects.toThrow('shut down');
  });
});

const openssl = hasOpenssl();
// Without openssl there is no private authority to test with; on Linux and macOS it is there.
describe.skipIf(!openssl)('a private certificate authority', () => {
  let ca = '';
  let caFile = '';
  let identity: { key: string; cert: string };

  beforeAll(() => {
    const folder = mkdtempSync(join(tmpdir(), 'private-ca-'));
    const run = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
    const names = 'subjectAltName=DNS:localhost,DNS:models.example.test,IP:127.0.0.1';
    writeFileSync(join(folder, 'names'), `${names}\n`);
    run(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-days',
      '2',
      '-subj',
      '/CN=Test CA',
    );
    run('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'host.key', '-out', 'host.csr', '-subj', '/CN=localhost');
    run(
      'x509',
      '-req',
      '-in',
      'host.csr',
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      'host.pem',
      '-days',
      '2',
      '-extfile',
      'names',
    );
    caFile = join(folder, 'ca.pem');
    ca = readFileSync(caFile, 'utf8');
    identity = {
      key: readFileSync(join(folder, 'host.key'), 'utf8'),
      cert: readFileSync(join(folder, 'host.pem'), 'utf8'),
    };
    return () => rmSync(folder, { recursive: true });
  });

  const startTls = () => listen(createTlsServer(identity, (_request, response) => response.end('private')));

  test('is not trusted by itself', async () => {
    const port = await startTls();
    await expect(network({}).fetch(`https://localhost:${port}/`)).rejects.toThrow();
  });

  test.each<[string, () => [NetworkSettings, NodeJS.ProcessEnv]]>([
    ['as text from the editor', () => [{ certificates: [ca] }, {}]],
    ['as a file', () => [{ certificateFiles: [caFile] }, {}]],
    ['by NODE_EXTRA_CA_CERTS', () => [{}, { NODE_EXTRA_CA_CERTS: caFile }]],
  ])('is trusted when given %s', async (_how, given) => {
    const port = await startTls();
    const [settings, env] = given();
    const response = await network(settings, env).fetch(`https://localhost:${port}/`);
    expect(await response.text()).toBe('private');
  });

  test('holds through a proxy too', async () => {
    const proxy = await startProxy();
    const port = await startTls();
    const url = `https://models.example.test:${port}/`;
    expect(await (await network({ proxy: proxy.url, certificates: [ca] }).fetch(url)).text()).toBe('private');
    await expect(network({ proxy: proxy.url }).fetch(url)).rejects.toThrow();
    expect(await sent(network({ proxy: proxy.url, certificates: [ca] }), url)).toBe('private');
    await expect(sent(network({ proxy: proxy.url }), url)).rejects.toThrow();
    expect(proxy.asked).toHaveLength(4);
  });

  test('lax checking of certificates is for what goes through a proxy, and for nothing else', async () => {
    const proxy = await startProxy();
    const port = await startTls();
    const { fetch } = network({ proxy: proxy.url, strictSsl: false });
    expect((await fetch(`https://models.example.test:${port}/`)).status).toBe(200);
    await expect(fetch(`https://localhost:${port}/`)).rejects.toThrow();
  });

  test("is added to the machine's and Node's own, and a file that is missing is told", async () => {
    const port = await startTls();
    const { fetch, problems } = network({
      systemCertificates: true,
      certificates: [ca],
      certificateFiles: ['/does/not/exist.pem'],
    });
    expect((await fetch(`https://localhost:${port}/`)).status).toBe(200);
    expect(problems()).toEqual([expect.stringContaining('"/does/not/exist.pem" could not be read (ENOENT)')]);
  });
});

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}
