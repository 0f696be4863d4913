import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { audit, auditRows } from '../../src/team/access/audit.ts';
import { createToken, listTokens, machineOf, publisherOf, revokeToken } from '../../src/team/access/machineTokens.ts';
import { admit, listPeople } from '../../src/team/access/people.ts';
import { hashOf } from '../../src/team/access/secret.ts';
import { personOf } from '../../src/team/access/sessions.ts';
import { addTeam, ensureOrganisation, listTeams, OWN_ORG } from '../../src/team/organisation.ts';
import { writeBackup } from '../../src/team/store/backup/backup.ts';
import { restoreBackup } from '../../src/team/store/backup/restore.ts';
import { type OpenDatabase, openDatabase } from '../../src/team/store/database.ts';
import { runningAddress, startCluster } from '../../src/team/store/embedded/cluster.ts';
import { migrate } from '../../src/team/store/migrate.ts';
import { migrations } from '../../src/team/store/migrations.ts';
import { reachable } from '../../src/team/store/reach.ts';
import { type Postgres, startPostgres } from '../host/postgres.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const HOSTILE = [
  "'; DROP TABLE teams; --",
  '"; DROP TABLE teams; --',
  "\\'; SELECT pg_sleep(10); --",
  '$1',
  '$$; DROP TABLE teams; $$',
  '%s%n\\0\\x00',
  '{"a": "b"}',
  '<script>alert(1)</script>',
  '\u2028\u2029\r\n\t',
  '💥\u202e',
];

const first = await startPostgres();
const second = await startPostgres();
const folder = mkdtempSync(join(realpathSync(tmpdir()), 'team-store-'));
const opened: OpenDatabase[] = [];

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
  for (const postgres of [first, second]) {
    await postgres?.pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  }
});

afterAll(async () => {
  await first?.stop();
  await second?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const open = (postgres: Postgres | undefined = first): OpenDatabase => {
  if (postgres === undefined) throw new Error('there is no database');
  const one = openDatabase(postgres.address);
  opened.push(one);
  return one;
};

describe.skipIf(first === undefined)('tables', () => {
  test('a database that has those of the first version alone is brought up to date, and keeps what it has', async () => {
    const { database, pool } = open();
    await migrate(database, { '0001_access': migrations['0001_access'] as NonNullable<(typeof migrations)[string]> });
    await ensureOrganisation(database);
    // As that version wrote them.
    const [token, publishes] = [`rpt_${'a'.repeat(43)}`, `rpt_${'b'.repeat(43)}`];
    for (const [one, scope] of [
      [token, 'ingest'],
      [publishes, 'policy'],
    ] as const) {
      await pool.query(
        `INSERT INTO machine_tokens (org_id, id, team_id, scope, hash, created_at) VALUES ($1, gen_random_uuid(), 1, $2, $3, now())`,
        [OWN_ORG, scope, hashOf(one)],
      );
    }
    expect((await pool.query(`SELECT to_regclass('usage_events') AS found`)).rows).toEqual([{ found: null }]);
    await migrate(database);
    await migrate(database);
    expect(await machineOf(database, token, 'ingest', NOW)).toMatchObject({ orgId: OWN_ORG, teamId: 1 });
    // What a team was given publishes for nobody any more.
    expect(await publisherOf(database, publishes, NOW)).toBeUndefined();
    expect(await listTokens(database, OWN_ORG)).toContainEqual(
      expect.objectContaining({ scope: 'policy', team: null, revokedAt: expect.any(Date) }),
    );
    const { rows } = await pool.query('SELECT name FROM kysely_migration ORDER BY name');
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(migrations));
    expect((await pool.query(`SELECT to_regclass('usage_events')::text AS found`)).rows).toEqual([
      { found: 'usage_events' },
    ]);
  });

  test('a token of a team publishes nothing, even where something has written one to the database that does', async () => {
    const { database, pool } = open();
    await migrate(database);
    await ensureOrganisation(database);
    const [ofTeam, ofAll] = [`rpt_${'a'.repeat(43)}`, `rpt_${'b'.repeat(43)}`];
    const write = (token: string, team: number | null) =>
      pool.query(
        `INSERT INTO machine_tokens (org_id, id, team_id, scope, hash, created_at) VALUES ($1, gen_random_uuid(), $2, 'policy', $3, now())`,
        [OWN_ORG, team, hashOf(token)],
      );
    await expect(write(ofTeam, 1)).rejects.toThrow(/machine_tokens_of_organisation/);
    await pool.query('ALTER TABLE machine_tokens DROP CONSTRAINT machine_tokens_of_organisation');
    await write(ofTeam, 1);
    await write(ofAll, null);
    expect(await publisherOf(database, ofTeam, NOW)).toBeUndefined();
    expect(await publisherOf(database, ofAll, NOW)).toMatchObject({ orgId: OWN_ORG });
  });

  test('two programs that bring it up to date at once do it once', async () => {
    await Promise.all([open(), open(), open()].map(({ database }) => migrate(database)));
    const { rows } = await open().pool.query('SELECT count(*)::int AS count FROM kysely_migration');
    expect(rows).toEqual([{ count: Object.keys(migrations).length }]);
  });

  test('one that a newer program made is left alone, and says so', async () => {
    const { database, pool } = open();
    await migrate(database);
    await pool.query(`INSERT INTO kysely_migration VALUES ('9999_later', now()::text)`);
    await expect(migrate(database)).rejects.toThrow(/made by a newer routing-policy/);
  });

  test('a change that fails changes nothing', async () => {
    const { database, pool } = open();
    await expect(
      migrate(database, {
        ...migrations,
        '9999_fails': { up: async (inner) => void (await sql`CREATE TABLE half (a int); SELECT 1/0`.execute(inner)) },
      }),
    ).rejects.toThrow(/could not be brought up to date \(9999_fails\): .*Nothing in it was changed/);
    expect((await pool.query(`SELECT to_regclass('orgs') AS orgs, to_regclass('half') AS half`)).rows).toEqual([
      { orgs: null, half: null },
    ]);
  });

  test('every one begins with its organisation, so that it can be spread by it', async () => {
    const { database, pool } = open();
    await migrate(database);
    const { rows } = await pool.query<{ name: string; key: string[] }>(
      `SELECT c.relname AS name, array_agg(a.attname::text ORDER BY array_position(i.indkey::int2[], a.attnum)) AS key
       FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
       WHERE i.indisprimary AND c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND c.relname NOT LIKE 'kysely%'
       GROUP BY c.relname`,
    );
    expect(rows.length).toBeGreaterThan(12);
    expect(rows.filter(({ name, key }) => name !== 'orgs' && key[0] !== 'org_id')).toEqual([]);
  });
});

describe.skipIf(first === undefined)('stored texts', () => {
  test('are kept as they are, wherever they stand', async () => {
    const { database } = open();
    await migrate(database);
    await ensureOrganisation(database);
    for (const text of HOSTILE) {
      const team = await addTeam(database, OWN_ORG, text);
      expect(await addTeam(database, OWN_ORG, text)).toBeUndefined();
      await admit(database, OWN_ORG, { issuer: text, subject: text, name: text }, 'viewer', NOW);
      await audit(database, { orgId: OWN_ORG, who: text, what: text, details: { [text]: text } }, NOW);
      await createToken(database, { orgId: OWN_ORG, teamId: team?.id ?? 0, scope: 'ingest' }, NOW);
      expect((await listTeams(database, OWN_ORG)).map(({ name }) => name)).toContain(text);
      const one = expect.objectContaining({ issuer: text, subject: text, name: text });
      expect(await listPeople(database, OWN_ORG)).toContainEqual(one);
      expect(await auditRows(database, OWN_ORG, 1)).toMatchObject([
        { who: text, what: text, details: { [text]: text } },
      ]);
      expect(await listTokens(database, OWN_ORG)).toContainEqual(expect.objectContaining({ team: text }));
      // As what is looked for.
      expect(await machineOf(database, text, 'ingest', NOW)).toBeUndefined();
      expect(await personOf(database, text, NOW)).toBeUndefined();
      expect(await revokeToken(database, OWN_ORG, text, NOW)).toBe(false);
    }
  });
});

describe.skipIf(first === undefined || second === undefined)('a backup', () => {
  const file = join(folder, 'backup.gz');

  /** Something in every kind of column. */
  const filled = async (): Promise<OpenDatabase> => {
    const store = open();
    const { database, pool } = store;
    await migrate(database);
    await ensureOrganisation(database);
    for (const text of HOSTILE) {
      const team = await addTeam(database, OWN_ORG, text);
      await createToken(
        database,
        { orgId: OWN_ORG, teamId: team?.id ?? 0, scope: 'lease', expiresAt: new Date(NOW) },
        NOW,
      );
      await audit(
        database,
        { orgId: OWN_ORG, who: text, what: text, details: { [text]: text, n: null, b: true } },
        NOW,
      );
    }
    await pool.query(
      `INSERT INTO tasks (org_id, team_id, task, person, seen, attempts, unpriced, cost_nano_usd, billed_nano_usd, input_tokens) VALUES (1, 1, 't', 'p', '2026-11-23', 1, 0, 9007199254740993, 0, 9223372036854775807)`,
    );
    return store;
  };
  const contents = async ({ pool }: OpenDatabase): Promise<Record<string, string>> => {
    const { rows: tables } = await pool.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1`,
    );
    const found: Record<string, string> = {};
    for (const { name } of tables) {
      const { rows } = await pool.query<{ text: string | null }>(
        `SELECT string_agg(one::text, E'\\n' ORDER BY one::text) AS text FROM "${name}" AS one`,
      );
      if (name !== 'kysely_migration') found[name] = rows[0]?.text ?? '';
    }
    return found;
  };

  test('restored is what was backed up, to the last digit, and goes on from there', async () => {
    const from = await filled();
    await from.pool.query(
      `CREATE TABLE IF NOT EXISTS usage_events_20261123 PARTITION OF usage_events FOR VALUES FROM ('2026-11-23') TO ('2026-11-24')`,
    );
    await from.pool.query(
      `INSERT INTO usage_events (org_id, team_id, day, id, event, at, person, surface, kind, class, simulated, outcome, estimated)
       SELECT 1, 1, '2026-11-23', gen_random_uuid(), 'attempt', '2026-11-23T10:00Z', 'p', 's', 'k', 'c', false, 'o', false FROM generate_series(1, 5000)`,
    );
    const rows = await writeBackup(from.pool, file, new Date(NOW));
    const to = open(second);
    expect(await restoreBackup(to, file)).toBe(rows);
    expect(await contents(to)).toEqual(await contents(from));
    expect(rows).toBeGreaterThan(5_000);
    const team = await addTeam(to.database, OWN_ORG, 'Another');
    expect(team?.id).toBeGreaterThan(HOSTILE.length);
    await audit(to.database, { orgId: OWN_ORG, who: 'x', what: 'y' }, NOW);
  });

  test('what lets somebody in for hours is not in it', async () => {
    const { database, pool } = await filled();
    await admit(database, OWN_ORG, { issuer: 'i', subject: 's', name: 'n' }, 'viewer', NOW);
    await pool.query(`INSERT INTO admin_links VALUES (1, '\\xdeadbeef', now(), now())`);
    await writeBackup(pool, file, new Date(NOW));
    expect(gunzipSync(readFileSync(file)).toString()).not.toMatch(/deadbeef|admin_links|sessions|sign_ins/);
  });

  test('is refused where there is anything already', async () => {
    const from = await filled();
    await writeBackup(from.pool, file, new Date(NOW));
    const before = await contents(from);
    await expect(restoreBackup(from, file)).rejects.toThrow(/tables in this database already/);
    expect(await contents(from)).toEqual(before);
  });

  test('of an older version is brought up to date', async () => {
    const { database, pool } = open();
    await migrate(database, { '0001_access': migrations['0001_access'] as NonNullable<(typeof migrations)[string]> });
    await ensureOrganisation(database);
    await writeBackup(pool, file, new Date(NOW));
    const to = open(second);
    await restoreBackup(to, file);
    expect(await listTeams(to.database, OWN_ORG)).toHaveLength(1);
    expect((await to.pool.query(`SELECT to_regclass('usage_events')::text AS found`)).rows).toEqual([
      { found: 'usage_events' },
    ]);
  });

  const written = (path: string, text: string): string => {
    writeFileSync(path, gzipSync(text));
    return path;
  };
  const lines = (text: string): string[] => text.trimEnd().split('\n');
  const spoilt: readonly (readonly [what: string, spoil: (text: string) => string | Buffer, said: RegExp])[] = [
    ['cut off', (text) => gzipSync(lines(text).slice(0, -3).join('\n')), /damaged/],
    ['cut off while it was packed', (text) => gzipSync(text).subarray(0, 400), /could not be read|damaged/],
    ['with a changed row', (text) => gzipSync(text.replace('9007199254740993', '9007199254740994')), /damaged/],
    [
      'with a changed byte, which unpacking meets later than reading',
      (text) => {
        const packed = gzipSync(text, { level: 0 });
        packed[packed.indexOf('9007199254740993')] = 0x38;
        return packed;
      },
      /damaged/,
    ],
    ['with a row less', (text) => gzipSync(lines(text).toSpliced(-2, 1).join('\n')), /damaged/],
    ['with something after its end', (text) => gzipSync(`${text}{"row":{}}\n`), /damaged/],
    ['that is something else', () => gzipSync('{"format":"else"}\n'), /no backup/],
    ['that is no file of ours at all', () => Buffer.from('hello'), /no backup|could not be read/],
    ['that is empty', () => gzipSync(''), /damaged/],
    ['of a later format', (text) => gzipSync(text.replace('"version":1', '"version":2')), /newer routing-policy/],
    [
      'of later tables',
      (text) => gzipSync(text.replace('"0001_access"', '"0001_access","9999_later"')),
      /newer|damaged/,
    ],
    [
      'with a statement for a table’s name',
      (text) => gzipSync(text.replace('"table":"orgs"', '"table":"orgs; DROP"')),
      /damaged/,
    ],
    [
      'with a statement for a partition’s bounds',
      (text) =>
        gzipSync(text.replace('"partitions":[]', `"partitions":[{"name":"x","bounds":"DEFAULT; DROP TABLE orgs"}]`)),
      /damaged/,
    ],
  ];
  test('that was spoilt changes nothing, however that was', async () => {
    const from = await filled();
    await writeBackup(from.pool, file, new Date(NOW));
    const whole = gunzipSync(readFileSync(file)).toString();
    const to = open(second);
    for (const [what, spoil, said] of spoilt) {
      writeFileSync(file, spoil(whole));
      await expect(restoreBackup(to, file), what).rejects.toThrow(said);
      expect(await contents(to), what).toEqual({});
    }
    await restoreBackup(to, written(file, whole));
  });

  test('is not left half written', async () => {
    const { pool } = await filled();
    await expect(writeBackup(pool, join(folder, 'no', 'such', 'folder'), new Date(NOW))).rejects.toThrow(
      /could not be written \(ENOENT\)/,
    );
  });
});

describe.skipIf(first === undefined || first.address.kind === 'url')('where there are no sockets', () => {
  test('it is on loopback, with a password that is in its folder alone', async () => {
    chmodSync(folder, 0o711);
    const own = join(folder, 'port');
    mkdirSync(own);
    const cluster = await startCluster({
      folder: own,
      transport: 'port',
      settings: { fsync: 'off' },
      log: () => undefined,
    });
    try {
      if (cluster.address.kind !== 'port') throw new Error('it is on a socket');
      const store = openDatabase(cluster.address);
      await reachable(store, cluster.address);
      await store.close();
      const stranger = openDatabase({ ...cluster.address, password: 'guessed' });
      await expect(reachable(stranger, cluster.address)).rejects.toThrow(/does not take the password/);
      await stranger.close();
      expect(runningAddress(own)).toEqual(cluster.address);
      expect(statSync(join(own, 'password')).mode & 0o077).toBe(0);
    } finally {
      await cluster.stop();
    }
  });
});

describe.skipIf(first === undefined)('a connection that the database ends', () => {
  test('between two statements of one who holds it ends nothing else', async () => {
    const { pool } = open();
    const uncaught: unknown[] = [];
    const hear = (error: unknown): void => void uncaught.push(error);
    process.on('uncaughtException', hear);
    try {
      const held = await pool.connect();
      const { rows } = await held.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const isOver = new Promise<void>((settle) => held.once('end', settle));
      await first?.pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
      await isOver;
      await expect(held.query('SELECT 1')).rejects.toThrow();
      held.release(true);
      expect((await pool.query<{ one: number }>('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    } finally {
      process.off('uncaughtException', hear);
    }
    expect(uncaught).toEqual([]);
  });
});

describe('a database that is not to be reached', () => {
  test.each([
    ['postgres://u:hunter2@127.0.0.1:9/x', /127\.0\.0\.1:9 was not reached: nothing listens there/],
    ['postgres://u:hunter2@no-such-machine.invalid/x', /no machine of that name|could not be looked up/],
  ])('%s', async (url, said) => {
    const store = openDatabase({ kind: 'url', url });
    const failure = await reachable(store, { kind: 'url', url }).catch((error: unknown) => error);
    expect(String(failure)).toMatch(said);
    expect(String(failure)).not.toContain('hunter2');
    await store.close();
  });
});
