// A company's network on loopback: names that only its proxy knows, a proxy that wants a credential, and an authority that
// nobody else trusts.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';

/** A host that can be reached by the proxy alone. */
const NAME = 'models.example.test';
const USER = 'ada:secret';

export interface CorporateNetwork {
  /** Of the provider, by TLS under the company's own authority. */
  readonly baseUrl: string;
  /** With its credential, as HTTPS_PROXY has it. */
  readonly proxyWithCredential: string;
  readonly proxy: string;
  /** As `http.proxyAuthorization` has it. */
  readonly authorization: string;
  /** The authority's file, as NODE_EXTRA_CA_CERTS has it. */
  readonly authorityFile: string;
  /** What the proxy was asked to reach. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

/** Whether a private authority can be made here: on Linux and macOS it can. */
export function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'pipe' });
    return true;
  } catch {
    return false; // no such program
  }
}

/** @param upstream the port on loopback of the provider that stands behind the name */
export async function startCorporateNetwork(upstream: number): Promise<CorporateNetwork> {
  const folder = mkdtempSync(join(tmpdir(), 'routing-policy-network-'));
  const identity = makeIdentity(folder);
  const sockets = new Set<Socket>();
  const pair = (one: Socket, other: Socket): void => {
    for (const socket of [one, other]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
    one.pipe(other).pipe(one);
  };
  const front = createTlsServer(identity, (socket) => pair(socket, connect(upstream, '127.0.0.1')));
  const asked: string[] = [];
  const proxy = createServer((_request, response) => response.writeHead(502).end());
  proxy.on('connect', (request: IncomingMessage, client: Socket) => {
    asked.push(request.url ?? '');
    client.on('error', () => client.destroy());
    if (request.headers['proxy-authorization'] !== basic(USER)) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nConnection: close\r\n\r\n');
      return;
    }
    const port = Number(request.url?.split(':')[1]);
    const onward = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      pair(client, onward);
    });
    onward.on('error', () => client.destroy());
  });
  const [frontPort, proxyPort] = [await listen(front), await listen(proxy)];
  return {
    baseUrl: `https://${NAME}:${frontPort}`,
    proxy: `http://127.0.0.1:${proxyPort}`,
    proxyWithCredential: `http://${USER}@127.0.0.1:${proxyPort}`,
    authorization: basic(USER),
    authorityFile: join(folder, 'ca.pem'),
    asked,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      proxy.closeAllConnections();
      await Promise.all([front, proxy].map((server) => new Promise((settle) => server.close(settle))));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function basic(user: string): string {
  return `Basic ${Buffer.from(user).toString('base64')}`;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  return (server.address() as AddressInfo).port;
}

/** An authority of its own, and a certificate of it for the name. */
function makeIdentity(folder: string): { readonly key: string; readonly cert: string } {
  const run = (command: string): void => {
    execFileSync('openssl', command.split(' '), { cwd: folder, stdio: 'pipe' });
  };
  writeFileSync(join(folder, 'names'), `subjectAltName=DNS:${NAME}\n`);
  run('req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=Company');
  run(`req -newkey rsa:2048 -nodes -keyout host.key -out host.csr -subj /CN=${NAME}`);
  run('x509 -req -in host.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out host.pem -days 2 -extfile names');
  return { key: readFileSync(join(folder, 'host.key'), 'utf8'), cert: readFileSync(join(folder, 'host.pem'), 'utf8') };
}
