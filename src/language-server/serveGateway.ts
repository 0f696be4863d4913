import { join } from 'node:path';
import type { Connection } from 'vscode-languageserver/node';
import type { GatewayAccess } from '../contract/clients/client.ts';
import { type GatewayStanding, type MarkdownResult, toRouter } from '../contract/messages.ts';
import { gatewayPage } from '../gateway/page.ts';
import type { RouterProcess } from './compose.ts';

/** What the editor asks about the gateway: where it stands, what a client needs, and the page for people. */
export function serveGateway(connection: Connection, router: () => Promise<RouterProcess>): void {
  connection.onRequest<GatewayStanding, never>(toRouter.gatewayStanding, async () =>
    (await router()).gateway.standing(),
  );
  connection.onRequest(
    toRouter.gatewayAccess,
    async (): Promise<GatewayAccess | null> => (await router()).gateway.access() ?? null,
  );
  connection.onRequest(toRouter.gateway, async (): Promise<MarkdownResult> => {
    const { gateway, sightings, isTrusted, stateFolder } = await router();
    const markdown = gatewayPage({
      standing: gateway.standing(),
      trusted: isTrusted(),
      roots: gateway.allRoots(),
      isOwn: gateway.isOwn,
      seen: sightings.all,
      tokenFile: stateFolder === undefined ? undefined : join(stateFolder, 'gateway-token'),
    });
    return { markdown };
  });
}
