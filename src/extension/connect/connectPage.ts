import type { Client, GatewayAccess } from '../../contract/clients/client.ts';
import { clientsOfTerminals } from '../../contract/clients/clients.ts';

/**
 * What a person does to connect one client, as Markdown. It shows the token, as the client's own file will.
 *
 * @param areTerminalsRouted whether new terminals of the editor point clients at the gateway
 */
export function connectPage(client: Client, access: GatewayAccess, areTerminalsRouted: boolean): string {
  const { configuration, name, commands, keeps } = client;
  const where = configuration.where.startsWith('~/') ? inCode(configuration.where) : configuration.where;
  const isOfTerminals = clientsOfTerminals.includes(client);
  const lines = [`# Connect ${name}`, ''];
  if (isOfTerminals) {
    lines.push(
      areTerminalsRouted
        ? 'New terminals of this editor route it already: nothing needs to be done there.'
        : 'In this editor’s terminals nothing needs to be set up: run *Routing Policy: Route Terminals* once.',
      '',
    );
  }
  const [command] = commands;
  const started = command ?? (isOfTerminals ? 'node your-script.js' : undefined);
  if (started !== undefined) lines.push(`In any other shell: \`routing-policy exec -- ${started}\`.`, '');
  lines.push(`To have it routed wherever it is started, put this into ${where}:`, '');
  lines.push(`\`\`\`${configuration.language}`, configuration.text(access), '```', '');
  lines.push(keeps, '');
  lines.push(
    `It then needs the gateway at \`${access.url}\`: a window with this extension, or \`routing-policy serve\`. The token lets in programs that run as you: keep it out of repositories.`,
  );
  return lines.join('\n');
}

/** The path at the start of a text as code. */
function inCode(text: string): string {
  return text.replace(/^~[^\s,;]+/, '`$&`');
}
