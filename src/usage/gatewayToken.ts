import { join } from 'node:path';
import { secretIn } from './secretFile.ts';

/**
 * What a client must present to the gateway: 64 hexadecimal digits, made on first use and the same for all of this user's
 * processes.
 * @throws when it can neither be read nor made.
 */
export function gatewayToken(folder: string): string {
  return secretIn(join(folder, 'gateway-token')).toString('hex');
}

/**
 * An environment without the gateway's token. A terminal that is pointed at the gateway has it where a client looks for its
 * key; whatever is started there must not take it for a provider's.
 *
 * @param folder the state folder; undefined where there is none, and so no token that could be known
 */
export function withoutGatewayToken(env: NodeJS.ProcessEnv, folder: string | undefined): NodeJS.ProcessEnv {
  if (folder === undefined) return env;
  let token: string;
  try {
    token = gatewayToken(folder);
  } catch {
    return env; // it can be neither read nor made, so no terminal has it
  }
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== token));
}
