import type { NetworkConfiguration, RouterConfiguration, SyncConfiguration } from '../contract/messages.ts';
import { settings } from '../contract/settings.ts';
import type { NetworkSettings } from '../providers/network.ts';
import type { RouterSettings } from '../router/context.ts';
import { closedGates, type SyncGates } from '../usage/sync/standing.ts';

/** What holds for an editor that sends no configuration: the settings' own defaults, and a workspace that is trusted. */
export const defaultConfiguration: RouterConfiguration = {
  providers: {},
  network: {},
  trusted: true,
  completions: {
    enabled: settings['routingPolicy.completions.enabled'].default,
    maximumDelayMs: settings['routingPolicy.completions.maximumDelayMs'].default,
    timeoutMs: settings['routingPolicy.completions.timeoutMs'].default,
  },
  chat: { timeoutMs: settings['routingPolicy.chat.timeoutSeconds'].default * 1000 },
};

function clamped(value: unknown, least: number, most: number, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.min(Math.max(value, least), most) : fallback;
}

/** A client's configuration, whatever it sent: numbers within their bounds, and a missing word on trust is distrust. */
export function readRouterConfiguration(sent: unknown): RouterConfiguration {
  if (typeof sent !== 'object' || sent === null) return defaultConfiguration;
  const given = sent as Partial<RouterConfiguration>;
  const completions = given.completions ?? defaultConfiguration.completions;
  return {
    providers: given.providers ?? {},
    network: typeof given.network === 'object' && given.network !== null ? given.network : {},
    trusted: given.trusted === true,
    ...(typeof given.defaultTarget === 'string' ? { defaultTarget: given.defaultTarget } : {}),
    ...(typeof given.team === 'string' ? { team: given.team } : {}),
    completions: {
      enabled: completions.enabled !== false,
      maximumDelayMs: clamped(completions.maximumDelayMs, 100, 5_000, defaultConfiguration.completions.maximumDelayMs),
      timeoutMs: clamped(completions.timeoutMs, 500, 30_000, defaultConfiguration.completions.timeoutMs),
    },
    chat: { timeoutMs: clamped(given.chat?.timeoutMs, 1_000, 600_000, defaultConfiguration.chat.timeoutMs) },
    ...(given.gateway?.enabled === true ? { gateway: { enabled: true, port: gatewayPort(given.gateway.port) } } : {}),
    ...(typeof given.sync === 'object' && given.sync !== null ? { sync: syncConfiguration(given.sync) } : {}),
  };
}

function gatewayPort(sent: unknown): number {
  return Math.round(clamped(sent, 1_024, 65_535, settings['routingPolicy.gateway.port'].default));
}

/** A missing word is a no. */
function syncConfiguration({ enabled, telemetry, otlp }: Partial<SyncConfiguration>): SyncConfiguration {
  return { enabled: enabled === true, telemetry: telemetry === true, otlp: typeof otlp === 'string' ? otlp : '' };
}

/** What this process may send; nothing for an editor that says nothing of it. */
export function syncGates({ trusted, sync }: RouterConfiguration): SyncGates {
  return sync === undefined ? closedGates : { trusted, ...sync };
}

export function routerSettings(configuration: RouterConfiguration): RouterSettings {
  const { trusted, defaultTarget, team, completions, chat } = configuration;
  return { trusted, defaultTarget, team, completions, chat };
}

/** What is said of the network, each setting that was left out as undefined. */
export function networkSettings({
  proxy,
  noProxy,
  strictSsl,
  proxyAuthorization,
  systemCertificates,
}: NetworkConfiguration): NetworkSettings {
  return { proxy, noProxy, strictSsl, proxyAuthorization, systemCertificates };
}
