import { sql } from 'kysely';
import type { LayeredPolicy } from '../../policy/layers.ts';
import { budgetPeriods } from '../../usage/leases/wire.ts';
import { audit } from '../access/audit.ts';
import type { TeamServices } from '../services.ts';
import { judgePolicy, type PolicyProblem } from './judgePolicy.ts';
import type { SigningKeys } from './signingKeys.ts';

/** What policies may be called: part of an address. One that ends like a signature would be one. */
export function isPolicyName(name: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,63}$/.test(name) && !name.endsWith('.sig');
}

/** A text to be handed out. */
export interface PolicyUpload {
  readonly orgId: number;
  readonly name: string;
  readonly bytes: Buffer;
  readonly who: string;
  /** The id of the token that it came with. */
  readonly token?: string;
  /** Why, for people. */
  readonly note?: string;
  /** The serial that somebody knows of: the next one is higher, whatever this server remembers. */
  readonly after?: number;
}

export type Published =
  | { readonly kind: 'published'; readonly serial: number; readonly pin: string; readonly testsPassed: number }
  /** What is handed out is that already. */
  | { readonly kind: 'unchanged'; readonly serial: number; readonly pin: string }
  | { readonly kind: 'refused'; readonly problems: readonly PolicyProblem[] };

/** Routers read no higher one. */
const MOST_SERIAL = 999_999_999_999_999;
const LONGEST_NOTE = 300;
/** Another server may publish at the same moment. */
const MOST_TRIES = 5;
const UNIQUE_VIOLATION = '23505';

/**
 * Hands a policy out from now on, if it is sound and its own tests pass. Its serial is higher than any that this server knows of,
 * and not below the seconds since 1970: so it rises also where the database is one that was restored from an older copy.
 *
 * @param keys undefined: this server has none to sign with
 */
export async function publishPolicy(
  services: Pick<TeamServices, 'database' | 'now'>,
  keys: SigningKeys | undefined,
  upload: PolicyUpload,
): Promise<Published> {
  const { orgId, name, bytes } = upload;
  if (keys === undefined) return refused('This server has no key to sign policies with: start it with one.');
  if (!isPolicyName(name)) {
    return refused(
      'A policy’s name has small letters, digits, "-", "_" and ".", at most 64, and does not end with ".sig".',
    );
  }
  const judged = await judgePolicy(bytes, services.now());
  if (judged.kind === 'refused') return judged;
  const current = await newestVersion(services, orgId, name);
  const isSame = current?.text.equals(bytes) === true && Number(current.serial) > (upload.after ?? 0);
  if (isSame) return { kind: 'unchanged', serial: Number(current.serial), pin: keys.pin(orgId, name) };
  const serial = await keepVersion(services, keys, { ...upload, policy: judged.policy });
  return { kind: 'published', serial, pin: keys.pin(orgId, name), testsPassed: judged.passed };
}

/** Hands an older text out again, under a new serial: no router takes an old one back. @returns undefined: there is no such version */
export async function rollBackPolicy(
  services: Pick<TeamServices, 'database' | 'now'>,
  keys: SigningKeys | undefined,
  back: { readonly orgId: number; readonly name: string; readonly serial: number; readonly who: string },
): Promise<Published | undefined> {
  const { orgId, name, serial, who } = back;
  const old = await services.database
    .selectFrom('policy_versions')
    .select('text')
    .where('org_id', '=', orgId)
    .where('name', '=', name)
    .where('serial', '=', String(serial))
    .executeTakeFirst();
  if (old === undefined) return undefined;
  if (keys === undefined) return refused('This server has no key to sign policies with: start it with one.');
  // It was sound when it was published; what this version thinks of it now counts all the same.
  const judged = await judgePolicy(old.text, services.now());
  if (judged.kind === 'refused') return judged;
  const upload = { orgId, name, bytes: old.text, who, note: `back to serial ${serial}`, ofSerial: serial };
  const fresh = await keepVersion(services, keys, { ...upload, policy: judged.policy });
  return { kind: 'published', serial: fresh, pin: keys.pin(orgId, name), testsPassed: judged.passed };
}

/**
 * Signs what is handed out anew under higher serials: after the database was restored from an older copy, or where the key is
 * another one. @returns the names
 */
export async function signAllAnew(
  services: Pick<TeamServices, 'database' | 'now'>,
  keys: SigningKeys,
  orgId: number,
  who: string,
): Promise<readonly string[]> {
  const names = await services.database
    .selectFrom('policy_versions')
    .select('name')
    .distinct()
    .where('org_id', '=', orgId)
    .orderBy('name')
    .execute();
  for (const { name } of names) {
    const current = await newestVersion(services, orgId, name);
    if (current === undefined) continue;
    const note = 'signed anew';
    await keepVersion(services, keys, {
      orgId,
      name,
      bytes: current.text,
      who,
      note,
      ofSerial: Number(current.serial),
    });
  }
  return names.map(({ name }) => name);
}

/** The version that is handed out. */
export async function newestVersion({ database }: Pick<TeamServices, 'database'>, orgId: number, name: string) {
  return database
    .selectFrom('policy_versions')
    .select(['serial', 'text', 'signature', 'published_at'])
    .where('org_id', '=', orgId)
    .where('name', '=', name)
    .orderBy('serial', 'desc')
    .limit(1)
    .executeTakeFirst();
}

interface Kept extends PolicyUpload {
  readonly ofSerial?: number;
  /** Left out: its budgets stay as they are. */
  readonly policy?: LayeredPolicy;
}

/** Writes a version down under the next serial. Of two at once, the later one has the higher. */
async function keepVersion(
  services: Pick<TeamServices, 'database' | 'now'>,
  keys: SigningKeys,
  kept: Kept,
  tries = MOST_TRIES,
): Promise<number> {
  const { orgId, name, after = 0 } = kept;
  const newest = await newestVersion(services, orgId, name);
  const seconds = Math.floor(services.now() / 1_000);
  const serial = Math.max(Number(newest?.serial ?? 0) + 1, after + 1, seconds);
  if (serial > MOST_SERIAL) throw new Error(`The policy ${name} has had its last serial.`);
  try {
    await insertVersion(services, keys.sign(orgId, name, serial, kept.bytes), serial, kept);
    return serial;
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION;
    if (!isTaken || tries <= 1) throw error;
    return keepVersion(services, keys, kept, tries - 1);
  }
}

async function insertVersion(
  { database, now }: Pick<TeamServices, 'database' | 'now'>,
  signature: Buffer,
  serial: number,
  { orgId, name, bytes, who, token, note = '', ofSerial, policy }: Kept,
): Promise<void> {
  const at = now();
  await database.transaction().execute(async (inOne) => {
    await inOne
      .insertInto('policy_versions')
      .values({
        org_id: orgId,
        name,
        serial: String(serial),
        text: bytes,
        signature,
        published_at: new Date(at),
        published_by: who,
        note: note.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').slice(0, LONGEST_NOTE),
        of_serial: ofSerial === undefined ? null : String(ofSerial),
      })
      .execute();
    if (policy !== undefined) {
      await sql`DELETE FROM policy_budgets WHERE org_id = ${orgId} AND policy = ${name}`.execute(inOne);
      for (const budget of sharedBudgets(policy)) {
        await sql`INSERT INTO policy_budgets (org_id, policy, name, per, period, amount_nano)
          VALUES (${orgId}, ${name}, ${budget.name}, ${budget.per}, ${budget.period}, ${budget.amount})
          ON CONFLICT (org_id, policy, name, per, period) DO UPDATE
          SET amount_nano = LEAST(policy_budgets.amount_nano, excluded.amount_nano)`.execute(inOne);
      }
    }
    const details = {
      policy: name,
      serial,
      ...(ofSerial === undefined ? {} : { of: ofSerial }),
      ...(token === undefined ? {} : { token }),
    };
    await audit(inOne, { orgId, who, what: 'published a policy', details }, at);
  });
}

function sharedBudgets({ layers }: LayeredPolicy) {
  return layers
    .flatMap(({ policy: { budgets } }) => budgets)
    .flatMap(({ source: { id, per, period }, limitNanoUsd }) =>
      per === 'team' || per === 'org'
        ? [{ name: id, per, period: budgetPeriods.find((one) => one === period) ?? 'ever', amount: limitNanoUsd }]
        : [],
    );
}

function refused(message: string): Published {
  return { kind: 'refused', problems: [{ message }] };
}
