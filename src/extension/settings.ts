import * as vscode from 'vscode';
import type { RouterConfiguration } from '../contract/messages.ts';
import { type SettingId, settings } from '../contract/settings.ts';

type Value<Id extends SettingId> = (typeof settings)[Id]['default'] extends boolean
  ? boolean
  : (typeof settings)[Id]['default'] extends number
    ? number
    : (typeof settings)[Id]['default'] extends string
      ? string
      : unknown;

/** The one place where the extension reads its settings. Falls back to the declared default on a value of another type. */
export function readSetting<Id extends SettingId>(id: Id, scope?: vscode.Uri): Value<Id> {
  const definition = settings[id];
  const value = vscode.workspace.getConfiguration(undefined, scope ?? null).get<unknown>(id);
  const fits = typeof value === definition.type && value !== null;
  return (fits ? value : definition.default) as Value<Id>;
}

/** Everything that the router's process needs to know, read anew at each change. */
export function readConfiguration(): RouterConfiguration {
  const http = vscode.workspace.getConfiguration('http');
  const proxy = http.get<string>('proxy');
  const proxyAuthorization = http.get<string | null>('proxyAuthorization');
  const noProxy = http.get<string[]>('noProxy');
  const defaultTarget = readSetting('routingPolicy.defaultTarget');
  const team = readSetting('routingPolicy.team');
  return {
    providers: readSetting('routingPolicy.providers'),
    network: {
      ...(proxy ? { proxy } : {}),
      ...(noProxy?.length ? { noProxy } : {}),
      ...(proxyAuthorization ? { proxyAuthorization } : {}),
      strictSsl: http.get<boolean>('proxyStrictSSL', true),
      systemCertificates: http.get<boolean>('systemCertificates', true),
    },
    trusted: vscode.workspace.isTrusted,
    ...(defaultTarget ? { defaultTarget } : {}),
    ...(team ? { team } : {}),
    completions: {
      enabled: readSetting('routingPolicy.completions.enabled'),
      maximumDelayMs: readSetting('routingPolicy.completions.maximumDelayMs'),
      timeoutMs: readSetting('routingPolicy.completions.timeoutMs'),
    },
    chat: { timeoutMs: readSetting('routingPolicy.chat.timeoutSeconds') * 1000 },
    gateway: {
      enabled: readSetting('routingPolicy.gateway.enabled'),
      port: readSetting('routingPolicy.gateway.port'),
    },
    sync: {
      enabled: readSetting('routingPolicy.sync.enabled'),
      telemetry: isTelemetryOn(),
      otlp: readSetting('routingPolicy.sync.otlp'),
    },
  };
}

/** The editor's word, and its setting itself: what people have switched off there is off, whatever the editor has told extensions so far. */
function isTelemetryOn(): boolean {
  const level = vscode.workspace.getConfiguration('telemetry').get<string>('telemetryLevel', 'all');
  return vscode.env.isTelemetryEnabled && level === 'all';
}
