import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createNetwork } from '../../providers/network.ts';
import { openWorkspace } from '../../workspace/workspace.ts';
import type { PolicyInForce } from './inForce.ts';
import { signedBytes } from './pins.ts';
import { Policies, type PoliciesPorts } from './policies.ts';

/** A folder that is gone with its test. */
export function folder(): string {
  const made = realpathSync(mkdtempSync(join(tmpdir(), 'policies-')));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Policies without this machine's own baseline. */
export function policies(ports: PoliciesPorts = {}): Policies {
  const made = new Policies({ managedFolders: [], ...ports });
  onTestFinished(() => made.dispose());
  return made;
}

/** What is in force in a folder, asked once. */
export async function inForce(root: string, ports: PoliciesPorts | Policies = {}): Promise<PolicyInForce> {
  return (ports instanceof Policies ? ports : policies(ports)).inForce(await openWorkspace(root));
}

/** The layers as `name origin reading`, and the ids of all constraints. */
export function shape(found: PolicyInForce): { layers: readonly string[]; constraints: readonly string[] } {
  const layers = found.kind === 'none' ? [] : found.policy.layers;
  return {
    layers: layers.map(({ name, origin, of }) => `${name || '-'} ${origin} ${of}`),
    constraints: layers.flatMap(({ policy }) => policy.constraints.map(({ id }) => id)),
  };
}

/** The text of a policy with one constraint. */
export function policyText(id: string, more: object = {}): string {
  const constraints = [{ id, deny: ['x/*'], reason: 'because' }];
  return JSON.stringify({ version: 1, default: 'a/b', constraints, ...more });
}

export interface SigningKey {
  /** As a policy writes it. */
  readonly written: string;
  /** The content of a signature file. */
  sign(text: string, serial: number): string;
}

export function signingKey(): SigningKey {
  const { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  return {
    written: `ed25519:${raw.toString('base64')}`,
    sign: (text, serial) =>
      `serial ${serial}\n${sign(null, signedBytes(serial, Buffer.from(text)), privateKey).toString('base64')}\n`,
  };
}

export interface PolicyServer {
  readonly origin: string;
  readonly fetch: typeof globalThis.fetch;
  /** What lies at each path. */
  readonly files: Map<string, string | ((request: IncomingMessage, response: ServerResponse) => void)>;
  /** The paths that were asked for. */
  readonly asked: string[];
}

/** Whether a private authority can be made here: with openssl, which Linux and macOS have. */
export const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
})();

let identity: { readonly key: string; readonly cert: string; readonly ca: string } | undefined;

/** An authority of our own and a certificate for localhost, made once for a file of tests. */
function certificate(): { readonly key: string; readonly cert: string; readonly ca: string } {
  if (identity) return identity;
  const place = mkdtempSync(join(tmpdir(), 'private-ca-'));
  const run = (command: string): Buffer => execFileSync('openssl', command.split(' '), { cwd: place, stdio: 'pipe' });
  const read = (file: string): string => readFileSync(join(place, file), 'utf8');
  writeFileSync(join(place, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  run('req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=Test');
  run('req -newkey rsa:2048 -nodes -keyout host.key -out host.csr -subj /CN=localhost');
  run('x509 -req -in host.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out host.pem -days 2 -extfile names');
  identity = { key: read('host.key'), cert: read('host.pem'), ca: read('ca.pem') };
  rmSync(place, { recursive: true });
  return identity;
}

/** A real server on loopback behind a private authority, with a way out that trusts it. */
export async function policyServer(): Promise<PolicyServer> {
  const { key, cert, ca } = certificate();
  const files: PolicyServer['files'] = new Map();
  const asked: string[] = [];
  const server = createServer({ key, cert }, (request, response) => {
    asked.push(request.url ?? '');
    const found = files.get(request.url ?? '');
    if (typeof found === 'function') found(request, response);
    else response.writeHead(found === undefined ? 404 : 200).end(found);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const network = createNetwork({ systemCertificates: false, certificates: [ca] }, {});
  onTestFinished(async () => {
    await network.dispose();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `https://localhost:${port}`, fetch: network.fetch, files, asked };
}
