import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client, ClientMachine, GatewayAccess } from '../contract/clients/client.ts';
import { clients, pointAt } from '../contract/clients/clients.ts';

/** Where the commands lie that stand before clients' own in a routed terminal's PATH. */
export function commandFolder(folder: string): string {
  return join(folder, 'bin');
}

/**
 * Clients that no variable points at the gateway are given arguments by a command of the same name, which starts the one
 * that comes after it in PATH. The arguments stand in a variable, so that the command is the same for all windows.
 *
 * @param folder an absolute path of this user's own
 */
export async function writeCommands(folder: string): Promise<void> {
  const target = commandFolder(folder);
  await mkdir(target, { recursive: true, mode: 0o700 });
  for (const [command, variable] of wrapped()) {
    const file = join(target, command);
    // A terminal of another window may start it at this moment: it is the old one or the new one.
    const draft = `${file}.${process.pid}.new`;
    await writeFile(draft, script(command, variable));
    await chmod(draft, 0o700);
    await rename(draft, file);
  }
}

/** The arguments of each wrapped client by variable: one a line. They do not hold the token. */
export function argumentVariables(access: GatewayAccess, machine: ClientMachine): Readonly<Record<string, string>> {
  return Object.fromEntries(
    clients
      .filter(takesArguments)
      .map((client) => [variableOf(client), pointAt(client, access, machine).arguments.join('\n')]),
  );
}

function wrapped(): readonly (readonly [command: string, variable: string])[] {
  return clients
    .filter(takesArguments)
    .flatMap((client) => client.commands.map((name) => [name, variableOf(client)] as const));
}

function takesArguments(client: Client): boolean {
  return client.arguments !== undefined;
}

function variableOf({ id }: Client): string {
  return `ROUTING_POLICY_ARGUMENTS_${id.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
}

function script(command: string, variable: string): string {
  return `#!/bin/sh
# Starts the ${command} that comes after this one in PATH, routed by the policy of the terminal's folder.
# Written by the extension Routing Policy (setting routingPolicy.terminal.route); it is written anew.
own=$(cd -- "$(dirname -- "$0")" && pwd -P)
found=
IFS=:
set -f
for folder in $PATH; do
  if [ -x "$folder/${command}" ] && [ ! -d "$folder/${command}" ] && [ "$(cd -- "$folder" && pwd -P)" != "$own" ]; then
    found=$folder/${command}
    break
  fi
done
if [ -z "$found" ]; then
  echo "${command}: command not found" >&2
  exit 127
fi
IFS='
'
exec "$found" $${variable} "$@"
`;
}
