import { createHmac } from 'node:crypto';

/**
 * The gateway's base URL for clients that are started in a folder: requests that state no working directory of their own,
 * as those of a script, go by that folder's policy.
 *
 * @param url of the gateway, without a slash at its end
 * @param folder an absolute path
 */
export function folderUrl(url: string, folder: string): string {
  return `${url}/in/${Buffer.from(folder, 'utf8').toString('base64url')}`;
}

/**
 * What stands in a base URL for the token, where a client knows no header of ours and its headers for keys are its own: it
 * lets in, and does not tell the token.
 */
export function addressKey(token: string): string {
  return createHmac('sha256', token).update('address').digest('hex').slice(0, 32);
}

/**
 * The gateway's base URL for such clients. For environments only: addresses stand in the arguments of programs, and in logs.
 *
 * @param url of the gateway, or of a folder there
 */
export function keyedUrl(url: string, token: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}/t/${addressKey(token)}${pathname.replace(/\/$/, '')}`;
}
