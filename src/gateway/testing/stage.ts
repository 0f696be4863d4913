// A gateway on a free port with a real router, a real repository and simulated providers, for tests over HTTP.
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRepository, type Repository } from '../../../test/host/repository.ts';
import { ledgerRows, sampleFiles } from '../../../test/host/routerStage.ts';
import {
  type SimulatedOptions,
  type SimulatedProviders,
  startSimulatedProviders,
} from '../../../test/simulated/main.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../gateway.ts';
import { composeStandalone, type StandaloneRouter } from '../standalone.ts';

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The connection ended as it should. */
  readonly complete: boolean;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array | object;
  /** Left out: the gateway's token; `null`: none. */
  readonly token?: string | null;
  readonly host?: string;
}

export interface GatewayStage {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  readonly repository: Repository;
  readonly simulated: SimulatedProviders;
  readonly composed: StandaloneRouter;
  readonly gateway: Gateway;
  readonly log: readonly string[];
  ask(path: string, asking?: Asking): Promise<Answered>;
  rows(): ReturnType<typeof ledgerRows>;
  stop(): Promise<void>;
}

export async function startStage(
  options: Partial<GatewayOptions> & {
    readonly simulated?: SimulatedOptions;
    /** Beside the simulated ones, as a setting. */
    readonly providers?: Readonly<Record<string, unknown>>;
    readonly files?: Readonly<Record<string, string>>;
    /** Folders beside the repository. */
    readonly alsoOpen?: readonly string[];
  } = {},
): Promise<GatewayStage> {
  const stateFolder = await realpath(await mkdtemp(join(tmpdir(), 'routing-policy-gateway-')));
  process.env['ROUTING_POLICY_STATE_DIR'] = stateFolder;
  const [simulated, repository] = await Promise.all([
    startSimulatedProviders(options.simulated),
    createRepository({ files: options.files ?? sampleFiles }),
  ]);
  const log: string[] = [];
  const note = (level: string, message: string): number => log.push(`${level} ${message}`);
  const roots = options.roots ?? [repository.folder, ...(options.alsoOpen ?? [])];
  const composed = await composeStandalone({
    providers: { ...simulated.providers, ...options.providers },
    roots,
    env: {},
    log: note,
  });
  const gateway = startGateway({
    router: composed.router,
    port: 0,
    roots,
    stateFolder,
    version: '1.2.3',
    knowsProvider: (id) => composed.providers.get(id) !== undefined,
    log: note,
    rootsKnown: composed.setRoots,
    ...options,
  });
  const standing = await gateway.ready;
  if (standing.kind !== 'serving') throw new Error(`The gateway is ${standing.kind}.`);
  const port = Number(new URL(standing.url).port);
  return {
    url: standing.url,
    port,
    token: standing.token,
    repository,
    simulated,
    composed,
    gateway,
    log,
    ask: (path, { token = standing.token, ...asking } = {}) => ask(port, path, { ...asking, token }),
    rows: () => ledgerRows(stateFolder),
    stop: async () => {
      await gateway.dispose();
      await composed.dispose();
      await simulated.stop();
      await repository.remove();
      await rm(stateFolder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** One request with exactly these headers, and its whole answer. */
export function ask(port: number, path: string, asking: Asking = {}): Promise<Answered> {
  const { headers = {}, body, token, host = '127.0.0.1' } = asking;
  const method = asking.method ?? (body === undefined ? 'GET' : 'POST');
  const payload =
    typeof body === 'string' || body instanceof Uint8Array || body === undefined ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        host,
        port,
        method,
        path,
        agent: false,
        headers: {
          ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
          ...(typeof token === 'string' ? { 'x-routing-token': token } : {}),
          ...headers,
        },
      },
      (response) => {
        const pieces: Buffer[] = [];
        const done = (): void =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(pieces).toString('utf8'),
            complete: response.complete,
          });
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('end', done).on('error', done);
      },
    );
    request.on('error', reject);
    request.end(payload);
  });
}
