import type { IncomingMessage } from 'node:http';
import { GatewayRefusal } from './refusal.ts';

const LOOPBACK_ADDRESS = /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/;
const LOOPBACK_HOST = /^(?:127(?:\.\d{1,3}){3}|\[::1\]|localhost)(?::\d{1,5})?$/i;

/**
 * Lets through what comes from a program on this machine. A web page is told by its Origin; one whose name was pointed at
 * this machine (DNS rebinding), by the Host that it still sends.
 *
 * @throws {GatewayRefusal}
 */
export function assertLocal(request: IncomingMessage): void {
  const { headers, rawHeaders, socket } = request;
  if (!LOOPBACK_ADDRESS.test(socket.remoteAddress ?? '')) {
    throw new GatewayRefusal(403, 'permission', 'The gateway serves programs on its own machine only.');
  }
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length;
  if (hosts !== 1 || !LOOPBACK_HOST.test(headers.host ?? '')) {
    throw new GatewayRefusal(403, 'permission', 'The gateway is addressed as 127.0.0.1, [::1] or localhost only.');
  }
  if (headers.origin !== undefined) {
    throw new GatewayRefusal(403, 'permission', 'The gateway does not serve web pages: this request has an Origin.');
  }
}
