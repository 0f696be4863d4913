import type { Client, GatewayAccess } from '../../contract/clients/client.ts';

/** What a person does to connect one client, as Markdown. It shows the token, as the client's own file will. */
export function connectPage(client: Client, access: GatewayAccess): string {
  const { configuration, name, commands, keeps } = client;
  const [command] = commands;
  const isRead = Object.keys(client.environment({ ...access, env: {}, signedIn: true })).length > 0;
  const lines = [`# Connect ${name}`, ''];
  if (isRead) {
    lines.push(
      command === undefined
        ? 'In this editor’s terminals nothing needs to be done: switch on *Routing Policy: Route Terminals*. In any other shell, start your program with `routing-policy exec -- `.'
        : `In this editor’s terminals nothing needs to be done: switch on *Routing Policy: Route Terminals*. In any other shell: \`routing-policy exec -- ${command}\`.`,
      '',
      'To have it routed wherever it is started:',
      '',
    );
  }
  lines.push(`Put this into ${configuration.where}:`, '');
  lines.push(`\`\`\`${configuration.language}`, configuration.text(access), '```', '');
  lines.push(keeps, '');
  lines.push(
    `The gateway is at \`${access.url}\`. The token lets programs in that run as you: keep it out of repositories.`,
  );
  return lines.join('\n');
}
