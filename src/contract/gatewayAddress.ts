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
