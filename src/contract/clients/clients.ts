import { claudeCode } from './claudeCode.ts';
import { type Client, type ClientMachine, type ClientStart, type GatewayAccess, isSignedIn } from './client.ts';
import { codex } from './codex.ts';
import { cline, continueClient, copilotEndpoint, qwenCode } from './configured.ts';
import { copilotCli } from './copilotCli.ts';
import { geminiCli } from './geminiCli.ts';
import { anthropicLibrary, openAiLibrary } from './libraries.ts';
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
  copilotEndpoint,
];

/** Those whose variables may stand beside each other in one environment, as a terminal's, whatever is started in it. */
export const clientsOfTerminals: readonly Client[] = [
  openAiLibrary,
  anthropicLibrary,
  claudeCode,
  codex,
  copilotCli,
  opencode,
  geminiCli,
];

/** What a process is started with so that its client goes to the gateway. */
export interface PointedAt {
  readonly environment: Readonly<Record<string, string>>;
  /** To go before the command's own arguments. */
  readonly arguments: readonly string[];
  /** Files to be written before the start, by their path below the access's folder. */
  readonly files: Readonly<Record<string, string>>;
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
  if (client === undefined) return together(access, machine);
  const start = startOf(client, access, machine);
  return {
    environment: { ...client.environment(start), ...pastProxies(machine) },
    arguments: client.arguments?.(start) ?? [],
    files: client.files ?? {},
  };
}

function together(access: GatewayAccess, machine: ClientMachine): PointedAt {
  const of = clientsOfTerminals.map((client) => client.environment(startOf(client, access, machine)));
  return {
    environment: Object.assign({}, ...of, pastProxies(machine)) as Record<string, string>,
    arguments: [],
    files: Object.assign({}, ...clientsOfTerminals.map(({ files }) => files ?? {})) as Record<string, string>,
  };
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
