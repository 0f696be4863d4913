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
