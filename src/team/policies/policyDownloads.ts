import { Hono } from 'hono';
import { refuse } from '../http/refusal.ts';
import { OWN_ORG } from '../organisation.ts';
import type { TeamEnv, TeamServices } from '../services.ts';
import { isPolicyName, newestVersion } from './publishPolicy.ts';

const SIGNATURE = '.sig';

/**
 * Policies and their signatures as routers fetch them: whoever reaches the server may, because what they say is no secret from those
 * who have to obey it, and because routers send no credential to an address that a repository names. No list of them is given.
 */
export function policyDownloads(services: TeamServices): Hono<TeamEnv> {
  const app = new Hono<TeamEnv>();
  app.get('/v1/policies/:file{[a-z0-9][a-z0-9._-]{0,67}}', async (context) => {
    const file = context.req.param('file');
    const isSignature = file.endsWith(SIGNATURE);
    const name = isSignature ? file.slice(0, -SIGNATURE.length) : file;
    const version = isPolicyName(name) ? await newestVersion(services, OWN_ORG, name) : undefined;
    if (version === undefined) return refuse(404, 'There is nothing here.');
    const { serial, text, signature, published_at: at } = version;
    const etag = `"${serial}"`;
    const headers = {
      etag,
      'last-modified': at.toUTCString(),
      'cache-control': 'no-cache',
      'content-type': 'text/plain; charset=utf-8',
    };
    if (isKnown(context.req.header('if-none-match'), etag)) return new Response(null, { status: 304, headers });
    const body = isSignature ? `serial ${serial}\n${signature.toString('base64')}\n` : new Uint8Array(text);
    return new Response(body, { headers });
  });
  return app;
}

/** RFC 9110, 13.1.2: compared weakly. */
function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((one) => ['*', etag].includes(one.trim().replace(/^W\//, '')));
}
