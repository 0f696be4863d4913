import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OidcProvider, type OidcSettings } from './access/oidc.ts';
import { sweepAccess } from './access/signIns.ts';
import { forgetOldLeases } from './budgets/teamBudgets.ts';
import { drawAhead } from './dashboard/drawAhead.ts';
import { keepFigures } from './figures/keepFigures.ts';
import { teamApp } from './http/app.ts';
import { type Listening, listen } from './http/listen.ts';
import { siteOf } from './http/site.ts';
import { ensureOrganisation } from './organisation.ts';
import { partsOf } from './parts.ts';
import { readSigningKeys, SIGNING_KEY_FILE, type SigningKeys } from './policies/signingKeys.ts';
import { rememberOrigin } from './serverSettings.ts';
import type { TeamServices } from './services.ts';
import type { OpenDatabase } from './store/database.ts';
import { migrate } from './store/migrate.ts';
import { type DatabasePlace, openPlace } from './store/place.ts';
import type { StoreError } from './store/storeError.ts';
import { keepUsage } from './usage/upkeep.ts';

export interface ServerSettings {
  readonly place: DatabasePlace;
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** As its users address it, where that is not what it listens on. */
  readonly origin?: string | undefined;
  readonly isBehindProxy?: boolean | undefined;
  readonly oidc?: OidcSettings | undefined;
  /** A file with the key that policies are signed with, in PEM; left out: the one in the server's own folder. */
  readonly policyKey?: string | undefined;
  readonly log: TeamServices['log'];
}

/** A server that is up. */
export interface TeamServer {
  readonly origin: string;
  readonly database: OpenDatabase['database'];
  /** Settles where its database is lost for good. */
  readonly failed: Promise<StoreError>;
  stop(): Promise<void>;
}

const SWEEP_MS = 600_000;

/**
 * Starts the server: database, tables, organisation, doors.
 * @throws {StoreError}, or the system's error where it cannot listen
 */
export async function startTeamServer(settings: ServerSettings): Promise<TeamServer> {
  const { place, log } = settings;
  const opened = await openPlace(place, log);
  const { database, pool } = opened.store;
  const ended = new AbortController();
  let listening: Listening | undefined;
  const stop = async (): Promise<void> => {
    ended.abort();
    await listening?.close();
    await opened.close();
  };
  try {
    await migrate(database);
    await ensureOrganisation(database);
    const services: TeamServices = { database, pool, now: () => Date.now(), log, signal: ended.signal };
    const signingKeys = signingKeysOf(settings);
    let origin = '';
    listening = await listen(settings, (port) => {
      const site = siteOf(settings, port);
      [origin] = site.origins;
      const oidc = settings.oidc === undefined ? undefined : new OidcProvider(settings.oidc);
      return teamApp(
        services,
        site,
        partsOf(services, { oidc, isBehindProxy: settings.isBehindProxy ?? false, signingKeys }),
      );
    });
    await rememberOrigin(database, origin);
    void sweep(services);
    void keepUsage(services);
    void keepFigures(services, () => drawAhead(services));
    return { origin, database, failed: opened.failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The keys that policies are signed with. undefined: there is none. @throws {SigningKeyError} */
export function signingKeysOf({
  place,
  policyKey,
}: Pick<ServerSettings, 'place' | 'policyKey'>): SigningKeys | undefined {
  if (policyKey !== undefined) return readSigningKeys(policyKey, false);
  return place.kind === 'folder' ? readSigningKeys(join(place.folder, SIGNING_KEY_FILE), true) : undefined;
}

/** Until the server ends. */
async function sweep(services: TeamServices): Promise<void> {
  const { database, now, log, signal } = services;
  while (!signal.aborted) {
    await Promise.all([sweepAccess(database, now()), forgetOldLeases(services)]).catch(() =>
      log('warn', 'What has run out could not be taken away; it is tried again.'),
    );
    await sleep(SWEEP_MS, undefined, { signal }).catch(() => undefined); // the server ends
  }
}
