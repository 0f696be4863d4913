import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { errorCode } from '../writeResult.ts';

/** The name of a team's file, in the state folder and in the machine's managed folder. */
export const TEAM_FILE = 'team.json';

const LONGEST_LINK = 4_096;
const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Where a team's usage goes. The token and the salt are secrets: they go into no log and to no page. */
export interface Membership {
  /** Without a slash at its end. */
  readonly endpoint: string;
  /** May bring in usage, and nothing else. */
  readonly token: string;
  /** What names of people and tasks are keyed with. */
  readonly salt: string;
  /** May take leases of the team's budgets, and nothing else; left out: those budgets cannot be counted here. */
  readonly lease?: string | undefined;
  /** The team's name for people. */
  readonly name?: string | undefined;
}

export type ReadMembership =
  | { readonly kind: 'joined'; readonly membership: Membership; readonly managed: boolean }
  | { readonly kind: 'none' }
  /** There is a file, and it cannot be used: what it is, and why not. */
  | { readonly kind: 'unusable'; readonly reason: string; readonly managed: boolean };

const fields = z.object({
  endpoint: z.string().max(2_048),
  token: z.string().regex(/^[\w.~-]{16,512}$/, 'the token has 16 to 512 letters, digits, "-", "_", "." and "~"'),
  salt: z.string().regex(/^[\w.~-]{16,256}$/, 'the salt has 16 to 256 letters, digits, "-", "_", "." and "~"'),
  lease: z
    .string()
    .regex(/^[\w.~-]{16,512}$/, 'the lease token has 16 to 512 letters, digits, "-", "_", "." and "~"')
    .optional(),
  name: z
    .string()
    .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u, 'the name has letters, digits, spaces, dots and dashes')
    .optional(),
});

/**
 * Reads the link by which a team is joined: `vscode://routing-policy.routing-policy/enrol?endpoint=…&token=…&salt=…&lease=…&name=…`,
 * under whatever scheme the editor has. What is wrong with it is told without its secrets.
 *
 * @throws {MembershipError}
 */
export function membershipFromLink(link: string): Membership {
  const text = link.trim();
  if (text.length > LONGEST_LINK || !URL.canParse(text)) throw new MembershipError('This is no link.');
  const url = new URL(text);
  if (!url.pathname.endsWith('/enrol')) {
    throw new MembershipError(
      'This link is not one by which a team is joined: those end with /enrol and what follows "?".',
    );
  }
  return membershipOf(Object.fromEntries(url.searchParams));
}

/** The link of a team, for people to hand on. */
export function linkOf({ endpoint, token, salt, lease, name }: Membership, scheme = 'vscode'): string {
  const query = new URLSearchParams({
    endpoint,
    token,
    salt,
    ...(lease === undefined ? {} : { lease }),
    ...(name === undefined ? {} : { name }),
  });
  return `${scheme}://routing-policy.routing-policy/enrol?${query}`;
}

/** What a link or a file says is not a team's. The message has no secret in it. */
export class MembershipError extends Error {
  override readonly name = 'MembershipError';
}

function membershipOf(value: unknown): Membership {
  const read = fields.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    const field = issue?.path.join('.') || 'content';
    throw new MembershipError(
      issue?.code === 'invalid_format'
        ? `Its ${field} is not one: ${issue.message}.`
        : `Its ${field} is missing or odd.`,
    );
  }
  return { ...read.data, endpoint: endpointOf(read.data.endpoint) };
}

/**
 * An address that usage may be sent to, without a slash at its end.
 * @throws {MembershipError} where it could be read on the way, or is no address
 */
export function endpointOf(text: string): string {
  if (!URL.canParse(text)) throw new MembershipError('Its endpoint is no address.');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new MembershipError('Its endpoint may have no user, no "?" and no "#".');
  }
  const isPrivate = url.protocol === 'https:' || (url.protocol === 'http:' && loopback.test(url.hostname));
  if (!isPrivate) throw new MembershipError('Its endpoint must begin with https://, unless it is on this machine.');
  return url.href.replace(/\/+$/, '');
}

/**
 * The team of this machine or this user. What an administrator has written counts before what was joined by a link.
 * @param managedFolders where only an administrator writes; the first that has a file counts
 */
export function readMembership(stateFolder: string, managedFolders: readonly string[]): ReadMembership {
  for (const [folder, managed] of [
    ...managedFolders.map((folder) => [folder, true] as const),
    [stateFolder, false] as const,
  ]) {
    const file = join(folder, TEAM_FILE);
    try {
      return { kind: 'joined', managed, membership: membershipOf(JSON.parse(readFileSync(file, 'utf8'))) };
    } catch (error) {
      const code = errorCode(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') continue;
      const why = error instanceof MembershipError ? error.message : (code ?? 'it is no JSON');
      return { kind: 'unusable', managed, reason: `${file} cannot be used: ${why}` };
    }
  }
  return { kind: 'none' };
}

/**
 * Keeps a team that was joined by a link, for this user alone to read.
 * @throws when it cannot be written
 */
export function writeMembership(stateFolder: string, { endpoint, token, salt, lease, name }: Membership): void {
  const file = join(stateFolder, TEAM_FILE);
  const draft = `${file}.${process.pid}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(draft, `${JSON.stringify({ endpoint, token, salt, lease, name }, undefined, 2)}\n`, {
      mode: 0o600,
      flag: 'wx',
    });
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Forgets the team that was joined by a link. */
export function removeMembership(stateFolder: string): void {
  rmSync(join(stateFolder, TEAM_FILE), { force: true });
}
