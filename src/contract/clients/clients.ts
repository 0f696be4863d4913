import { claudeCode } from './claudeCode.ts';
import { type Client, type ClientMachine, type ClientStart, type GatewayAccess, isSignedIn } from './client.ts';
import { codex } from './codex.ts';
import { cline, continueClient, copilotEndpoint, qwenCode } from './configured.ts';
import { copilotCli } from './copilotCli.ts';
import { geminiCli } from './geminiCli.ts';
import { anthropicLibrary, geminiLibrary, openAiLibrary } from './libraries.ts';
import { opencode } from './opencode.ts';

/** Every client that is known, agents first. */
export const clients: readonly Client[] = [
  claudeCode,
  codex,
  copilotCli,
  opencode,
  geminiCli,
  qwenCode,
  cline,
  continueClient,
  openAiLibrary,
  anthropicLibrary,
  geminiLibrary,
  copilotEndpoint,
];

/**
 * Those whose variables may stand beside each other in one environment, as a terminal's, whatever is started in it. The
 * libraries' hold for all that reads the same variables, because theirs let in whoever reads no header.
 */
export const clientsOfTerminals: readonly Client[] = [
  claudeCode,
  codex,
  copilotCli,
  opencode,
  geminiCli,
  openAiLibrary,
  anthropicLibrary,
  geminiLibrary,
];

/** What a process is started with so that its client goes to the gateway. */
export interface PointedAt {
  readonly environment: Readonly<Record<string, string>>;
  /** To go before the command's own arguments. */
  readonly arguments: readonly string[];
  /** Files to be written before the start, by their path below the access's folder. */
  readonly files: Readonly<Record<string, string>>;
  /** Clients that are not routed though they were meant to be: why, and what to do, in a sentence each. */
  readonly unrouted: readonly string[];
}

/**
 * The client that a command starts, by its name.
 * @param command a name or a path, with or without an ending of Windows'
 */
export function clientOfCommand(command: string): Client | undefined {
  const name = (/[^\\/]*$/.exec(command)?.[0] ?? '').replace(/\.(?:exe|cmd|bat|ps1)$/i, '').toLowerCase();
  return clients.find(({ commands }) => commands.includes(name));
}

/** Everything that points one client at the gateway, or, without one, all that read their environment. */
export function pointAt(client: Client | undefined, access: GatewayAccess, machine: ClientMachine): PointedAt {
  const meant = client === undefined ? clientsOfTerminals : [client];
  const routed = meant.filter((one) => elsewhere(one, access, machine) === undefined);
  const of = routed.map((one) => one.environment(startOf(one, access, machine)));
  const reasons = meant.map((one) => elsewhere(one, access, machine) ?? past(one, machine));
  return {
    environment: Object.assign({}, ...of, routed.length > 0 ? pastProxies(machine) : {}) as Record<string, string>,
    arguments:
      client !== undefined && routed.includes(client)
        ? (client.arguments?.(startOf(client, access, machine)) ?? [])
        : [],
    files: Object.assign({}, ...routed.map(({ files }) => files ?? {})) as Record<string, string>,
    unrouted: reasons.filter((reason) => reason !== undefined),
  };
}

/**
 * Why a client is left alone: it is set up to go to another host already, and what it signs in with is for that host. The
 * gateway would show it to another.
 */
function elsewhere(
  { name, baseUrl }: Client,
  access: GatewayAccess,
  { env, passedTo }: ClientMachine,
): string | undefined {
  const text = baseUrl === undefined ? undefined : env[baseUrl];
  if (baseUrl === undefined || text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (isOurs(url, access) || passedTo?.has(url.host)) return undefined;
  return `${name} is not routed: ${baseUrl} sends it to ${url.host}, and its key is for there. To have it routed, unset that variable, or set up a provider of that host with "key": "passthrough".`;
}

/** This gateway, or one that a terminal around this one was pointed at. */
function isOurs({ host, hostname, pathname }: URL, { url }: GatewayAccess): boolean {
  const isHere = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  return host === new URL(url).host || (isHere && /^\/(?:t|in)\/[\w-]+/.test(pathname));
}

function past({ name, past: variables = {} }: Client, { env }: ClientMachine): string | undefined {
  const set = Object.keys(variables).find((variable) => !['', '0', 'false', undefined].includes(env[variable]));
  return (
    set &&
    `${name} is not routed: ${set} sends it to ${variables[set]}, past the gateway. Unset that variable to have it routed.`
  );
}

function startOf(client: Client, access: GatewayAccess, machine: ClientMachine): ClientStart {
  return { ...access, env: machine.env, signedIn: isSignedIn(client, machine) };
}

/** A proxy of the network cannot reach this machine's loopback: requests to it go past the proxy. */
function pastProxies({ env }: ClientMachine): Readonly<Record<string, string>> {
  const isBehind = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].some((name) => env[name] || env[name.toLowerCase()]);
  if (!isBehind) return {};
  const present = env['NO_PROXY'] || env['no_proxy'] || '';
  const hosts = present.split(',').filter((host) => host.trim() !== '');
  const all = [...new Set([...hosts, '127.0.0.1', 'localhost'])].join(',');
  return { NO_PROXY: all, no_proxy: all };
}
