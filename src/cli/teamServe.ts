import { readFile } from 'node:fs/promises';
import { ADMIN_LINK_MINUTES, createAdminLink } from '../team/access/adminLinks.ts';
import { firstTokens } from '../team/access/firstTokens.ts';
import { isLoopback } from '../team/http/site.ts';
import { type ServerSettings, startTeamServer, type TeamServer } from '../team/main.ts';
import { OWN_ORG } from '../team/organisation.ts';
import { linkOf } from '../usage/sync/membership.ts';
import { errorCode } from '../usage/writeResult.ts';
import { type Call, CommandError, type ExitCode, textOption } from './command.ts';
import { newSalt } from './teamAccess.ts';
import { oidcAsked } from './teamOidc.ts';
import { fileAt, logLine, placeAsked } from './teamPlace.ts';

/** Beside the gateway's. */
const PORT = 4124;

/** What a start makes known. */
interface Started {
  readonly address: string;
  /** Of a database that never had a token: shown this once. */
  readonly token?: string;
  readonly enrol?: string;
  /** Where the server is on this machine alone. */
  readonly adminLink?: string;
}

/** `routing-policy team`: the server, until it is told to end. */
export async function runTeamServer(call: Call): Promise<ExitCode> {
  const settings = await settingsAsked(call);
  const end = endOf(call);
  const server = await started(settings);
  try {
    const made = await firstThings(call, settings, server);
    await call.write(call.values['json'] === true ? `${JSON.stringify(made)}\n` : wordsOf(made, settings));
    const lost = await Promise.race([end.reached, server.failed]);
    if (lost !== undefined) throw lost;
  } finally {
    await server.stop();
    end.forget();
  }
  return 0;
}

async function settingsAsked(call: Call): Promise<ServerSettings> {
  const host = textOption(call, 'listen') ?? '127.0.0.1';
  const tls = await tlsAsked(call);
  const isBehindProxy = call.values['plaintext-behind-a-proxy'] === true;
  const origin = originAsked(call);
  if (!isLoopback(host)) {
    if (tls === undefined && !isBehindProxy) {
      throw new CommandError(
        `What is sent to ${host} could be read on the way. Give --cert FILE and --key FILE; or, where something in front of it speaks TLS, --plaintext-behind-a-proxy.`,
      );
    }
    if (origin === undefined) {
      throw new CommandError('--origin says how its users address it: --origin https://usage.example.com.');
    }
  }
  if (isBehindProxy && !origin?.startsWith('https:')) {
    throw new CommandError('Behind a proxy its users come by https: --origin https://usage.example.com.');
  }
  const oidc = await oidcAsked(call);
  const policyKey = textOption(call, 'policy-key');
  return {
    ...(policyKey === undefined ? {} : { policyKey: fileAt(call, policyKey) }),
    place: placeAsked(call),
    host,
    port: portAsked(call),
    tls,
    origin,
    isBehindProxy,
    oidc,
    log: logLine,
  };
}

async function started(settings: ServerSettings): Promise<TeamServer> {
  try {
    return await startTeamServer(settings);
  } catch (error) {
    switch (errorCode(error)) {
      case 'EADDRINUSE':
        throw new CommandError(
          `Port ${settings.port} on ${settings.host} is taken: name another with --port, or end what has it.`,
        );
      case 'EACCES':
        throw new CommandError(
          `Port ${settings.port} on ${settings.host} is not for this user: name one above 1023 with --port.`,
        );
      case 'EADDRNOTAVAIL':
        throw new CommandError(`${settings.host} is no address of this machine: look at --listen.`);
      case 'ENOSPC':
        throw new CommandError('The disk is full: make room, then start again.');
      case 'EROFS':
        throw new CommandError('The folder can only be read: name another with --data.');
      default:
        throw error;
    }
  }
}

/** What a database that nobody joined gets, and the way in where there is no other. */
async function firstThings(call: Call, settings: ServerSettings, server: TeamServer): Promise<Started> {
  const { origin: address, database } = server;
  const now = call.now;
  const made: Started = { address };
  const isLocal = isLoopback(settings.host) && settings.isBehindProxy !== true;
  const secret = isLocal && settings.oidc === undefined ? await createAdminLink(database, OWN_ORG, now) : undefined;
  const way = secret === undefined ? {} : { adminLink: `${address}/enter/${secret}` };
  const first = await firstTokens(database, OWN_ORG, now);
  if (first === undefined) return { ...made, ...way };
  const { team, ingest, lease } = first;
  const enrol = linkOf({ endpoint: address, token: ingest, salt: newSalt(), lease, name: team.name });
  return { ...made, token: ingest, enrol, ...way };
}

function wordsOf({ address, token, enrol, adminLink }: Started, { place }: ServerSettings): string {
  const lines = [`The team’s server is at ${address}`];
  lines.push(
    place.kind === 'folder'
      ? `Its data is in ${place.folder}`
      : 'Its data is in the PostgreSQL of --database or DATABASE_URL',
  );
  if (token !== undefined) lines.push('', 'A token for usage, shown this once:', `  ${token}`);
  if (enrol !== undefined) {
    lines.push(
      '',
      'A link to join the team, shown this once. The salt in it is not kept here: keep the link.',
      `  ${enrol}`,
    );
  }
  if (adminLink !== undefined) {
    lines.push(
      '',
      `A link that signs you in as an admin, once, within ${ADMIN_LINK_MINUTES} minutes:`,
      `  ${adminLink}`,
    );
  }
  lines.push('', 'Ctrl-C ends it.', '');
  return lines.join('\n');
}

function portAsked(call: Call): number {
  const text = textOption(call, 'port');
  if (text === undefined) return PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new CommandError(`--port takes a number from 0 to 65535, not "${text}".`);
}

function originAsked(call: Call): string | undefined {
  const text = textOption(call, 'origin');
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && text.replace(/\/$/, '') === url.origin) return url.origin;
  throw new CommandError(`--origin is an address without a path, https://usage.example.com, not "${text}".`);
}

async function tlsAsked(call: Call): Promise<ServerSettings['tls']> {
  const [cert, key] = [textOption(call, 'cert'), textOption(call, 'key')];
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) throw new CommandError('--cert and --key go together.');
  const read = (option: string, file: string): Promise<string> =>
    readFile(fileAt(call, file), 'utf8').catch(() => {
      throw new CommandError(`--${option} ${file} cannot be read.`);
    });
  return { cert: await read('cert', cert), key: await read('key', key) };
}

/** When a person, or whatever started this, wants it to end. Asked again meanwhile, it is still the same end. */
function endOf({ signal }: Call): { readonly reached: Promise<undefined>; forget(): void } {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let done = (): void => undefined;
  const reached = new Promise<undefined>((settle) => {
    done = () => settle(undefined);
  });
  signal.addEventListener('abort', done, { once: true });
  for (const each of signals) process.on(each, done);
  if (signal.aborted) done();
  const forget = (): void => {
    for (const each of signals) process.off(each, done);
  };
  return { reached, forget };
}
