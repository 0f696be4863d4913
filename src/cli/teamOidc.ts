import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import type { OidcSettings } from '../team/access/oidc.ts';
import { type Call, CommandError, textOption } from './command.ts';
import { fileAt } from './teamPlace.ts';

const values = z.array(z.string().min(1).max(256)).max(100);
const fileShape = z.strictObject({
  issuer: z.string(),
  clientId: z.string().min(1).max(512),
  /** Better in the environment: ROUTING_POLICY_OIDC_CLIENT_SECRET. */
  clientSecret: z.string().min(1).max(4_096).optional(),
  scopes: values.optional(),
  roles: z
    .strictObject({
      claim: z.string().min(1).max(256),
      admin: values.optional(),
      reviewer: values.optional(),
      viewer: values.optional(),
    })
    .optional(),
});

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * The sign-in provider: `--oidc FILE`, and the environment, which counts before it. undefined: there is none.
 * @throws {CommandError} where something is missing or odd
 */
export async function oidcAsked(call: Call): Promise<OidcSettings | undefined> {
  const file = textOption(call, 'oidc');
  const given = {
    issuer: call.env['ROUTING_POLICY_OIDC_ISSUER'],
    clientId: call.env['ROUTING_POLICY_OIDC_CLIENT_ID'],
    clientSecret: call.env['ROUTING_POLICY_OIDC_CLIENT_SECRET'],
  };
  const fromEnv = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== ''));
  if (file === undefined && Object.keys(fromEnv).length === 0) return undefined;
  const where = file === undefined ? 'The environment (ROUTING_POLICY_OIDC_…)' : `--oidc ${file}`;
  const read = fileShape.safeParse({ ...(file === undefined ? {} : await jsonIn(call, file)), ...fromEnv });
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new CommandError(
      `${where} does not name a sign-in provider: ${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'odd'}.`,
    );
  }
  const { issuer } = read.data;
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  if (url === undefined || !(url.protocol === 'https:' || (url.protocol === 'http:' && loopback.test(url.hostname)))) {
    throw new CommandError(
      `${where}: the issuer is an address that begins with https://, unless it is on this machine.`,
    );
  }
  return read.data;
}

async function jsonIn(call: Call, file: string): Promise<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(fileAt(call, file), 'utf8'));
  } catch {
    throw new CommandError(`--oidc ${file} cannot be read, or is no JSON.`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new CommandError(`--oidc ${file} has no object in it: { "issuer": …, "clientId": … }.`);
}
