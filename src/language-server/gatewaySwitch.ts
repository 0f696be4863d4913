import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GatewayAccess } from '../contract/clients/client.ts';
import type { GatewayConfiguration, GatewayStanding } from '../contract/messages.ts';
import { type Gateway, type GatewayOptions, type Standing, startGateway } from '../gateway/gateway.ts';
import { isWithin } from '../workspace/repository.ts';

/** Opens and closes the gateway as the configuration says, and keeps it told of the folders that are open. */
export interface GatewaySwitch {
  /** @param wanted undefined: closed, as in a workspace that is not trusted */
  set(wanted: GatewayConfiguration | undefined): void;
  setRoots(uris: readonly string[]): void;
  standing(): GatewayStanding;
  /** undefined where no client can come in. */
  access(): GatewayAccess | undefined;
  /** Paths of the folders that the gateway serves, of all this user's processes. */
  allRoots(): readonly string[];
  /** Whether a folder is one of this process's, or lies in one. */
  isOwn(folder: string): boolean;
  dispose(): Promise<void>;
}

/** What the gateway is given beside its port and the folders. */
export interface SwitchGround extends Omit<GatewayOptions, 'port' | 'roots' | 'stands'> {
  changed(standing: GatewayStanding): void;
}

export function gatewaySwitch(ground: SwitchGround, uris: readonly string[]): GatewaySwitch {
  let roots = foldersOf(uris);
  let port: number | undefined;
  let gateway: Gateway | undefined;
  let failure: string | undefined;
  let closing: Promise<void> = Promise.resolve();
  const close = (): void => {
    const old = gateway;
    gateway = undefined;
    port = undefined;
    failure = undefined;
    closing = Promise.all([closing, old?.dispose()]).then(() => undefined);
  };
  const standing = (): GatewayStanding => {
    if (failure !== undefined) return { kind: 'away', reason: failure };
    if (gateway === undefined) return { kind: 'closed' };
    const now = gateway.standing();
    return now === undefined ? { kind: 'opening' } : withoutToken(now);
  };
  return {
    set: (wanted) => {
      if (wanted?.enabled === true ? wanted.port === port : port === undefined) return;
      close();
      if (wanted?.enabled === true) {
        try {
          const stands = (now: Standing): void => ground.changed(withoutToken(now));
          gateway = startGateway({ ...ground, stands, port: wanted.port, roots });
          ({ port } = wanted);
        } catch (error) {
          failure = `The gateway was not opened: ${error instanceof Error ? error.message : String(error)}`;
          ground.log('warn', failure);
        }
      }
      ground.changed(standing());
    },
    setRoots: (changed) => {
      roots = foldersOf(changed);
      gateway?.setRoots(roots);
    },
    standing,
    access: () => {
      const now = gateway?.standing();
      const { stateFolder } = ground;
      if (now === undefined || !('token' in now) || stateFolder === undefined) return undefined;
      return { url: now.url, token: now.token, folder: join(stateFolder, 'clients') };
    },
    allRoots: () => gateway?.allRoots() ?? [],
    isOwn: (folder) => roots.some((root) => isWithin(realOf(root), folder)),
    dispose: () => {
      close();
      return closing;
    },
  };
}

/** What people are told has no token in it. */
function withoutToken(standing: Standing): GatewayStanding {
  return 'url' in standing ? { kind: standing.kind, url: standing.url } : standing;
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // deleted while it is open
  }
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
