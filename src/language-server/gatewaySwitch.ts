import { fileURLToPath } from 'node:url';
import type { GatewayConfiguration } from '../contract/messages.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../gateway/gateway.ts';

/** Opens and closes the gateway as the configuration says, and keeps it told of the folders that are open. */
export interface GatewaySwitch {
  /** @param wanted undefined: closed, as in a workspace that is not trusted */
  set(wanted: GatewayConfiguration | undefined): void;
  setRoots(uris: readonly string[]): void;
  dispose(): Promise<void>;
}

/** @param ground what the gateway is given beside its port and the folders */
export function gatewaySwitch(ground: Omit<GatewayOptions, 'port' | 'roots'>, uris: readonly string[]): GatewaySwitch {
  let roots = foldersOf(uris);
  let port: number | undefined;
  let gateway: Gateway | undefined;
  let closing: Promise<void> = Promise.resolve();
  const close = (): void => {
    const old = gateway;
    gateway = undefined;
    port = undefined;
    closing = Promise.all([closing, old?.dispose()]).then(() => undefined);
  };
  return {
    set: (wanted) => {
      if (wanted?.enabled === true && wanted.port === port) return;
      close();
      if (wanted?.enabled !== true) return;
      try {
        gateway = startGateway({ ...ground, port: wanted.port, roots });
        ({ port } = wanted);
      } catch (error) {
        ground.log('warn', `The gateway was not opened: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
    setRoots: (changed) => {
      roots = foldersOf(changed);
      gateway?.setRoots(roots);
    },
    dispose: () => {
      close();
      return closing;
    },
  };
}

/** Paths of the folders that lie on this machine. */
export function foldersOf(uris: readonly string[]): readonly string[] {
  return uris.flatMap((uri) => {
    if (!uri.startsWith('file:')) return [];
    try {
      return [fileURLToPath(uri)];
    } catch {
      return []; // a URI of another machine
    }
  });
}
