// Nothing but the closed record leaves this machine: ten thousand events with canaries in everything they are made of.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Attempt } from '../../src/usage/attempt.ts';
import type { Ledger } from '../../src/usage/ledger.ts';
import { openLedger } from '../../src/usage/ledgerFile.ts';
import { attemptEvent, outcomeEvent } from '../../src/usage/sync/event.ts';
import { linkOf } from '../../src/usage/sync/membership.ts';
import { Sync } from '../../src/usage/sync/sync.ts';
import { decide } from '../host/syncSamples.ts';
import { type EventStore, sqliteEvents } from '../simulated/eventStore.ts';
import { startTeamServer, type TeamServer, TOKEN } from '../simulated/teamServer.ts';

const MARK = 'KANARIENVOGEL';
const SALT = 'salt-of-a-team-in-a-test';
const EVENTS = 10_000;

/** Texts that a field might hold: paths, addresses, sentences, and names that look harmless. */
const shapes: readonly ((n: number) => string)[] = [
  (n) => `/home/${MARK}/src/${n}.ts`,
  (n) => `C:\\Users\\${MARK}\\${n}`,
  (n) => `${MARK}${n}@example.com`,
  (n) => `https://${MARK}.example.com/${n}?q=1`,
  (n) => `fix the bug in ${MARK} number ${n}`,
  (n) => `${MARK}-${n}`,
  (n) => `${MARK.toLowerCase()}.${n}`,
  (n) => `org:${MARK}${n}`,
  (n) => `${MARK}/model-${n}`,
  (n) => `claude-${MARK}-${n}`,
  (n) => `"${MARK}":${n}}]\n`,
  (n) => `\u202e${MARK}${n}\u0000`,
];
const canaries = Array.from({ length: 480 }, (_, n) => shapes[n % shapes.length]?.(n) ?? '');
/** Of a shape that no declared name may have. */
const hostile = canaries.filter((_, n) => [0, 1, 2, 3, 4, 8, 10, 11].includes(n % shapes.length));

let seed = 20_261_123;
/** A small generator, so that a failure can be had again. */
function below(count: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((seed / 2 ** 32) * count);
}
const canary = (): string => canaries[below(canaries.length)] ?? '';
const declared = (): string => hostile[below(hostile.length)] ?? '';
const either = (): string => (below(2) === 0 ? canary() : declared());

const folder = mkdtempSync(join(tmpdir(), 'sync-fuzz-'));
let events: EventStore;
let team: TeamServer;
let ledger: Ledger;
let sync: Sync;

beforeAll(async () => {
  events = sqliteEvents(folder);
  team = await startTeamServer(events);
  const opened = await openLedger(folder, Date.now());
  if (opened.kind !== 'open') throw new Error(opened.reason);
  ({ ledger } = opened);
  sync = new Sync({
    store: ledger.sync,
    folder,
    managedFolders: [],
    common: { providers: new Set(['anthropic']) },
    fetch,
    now: () => Date.now(),
    log: () => undefined,
    times: { everyMs: 60_000, soonMs: 60_000, leaseMs: 90_000, deadlineMs: 30_000, firstMs: 1, longestMs: 5 },
  });
  sync.join(linkOf({ endpoint: team.url, token: TOKEN, salt: SALT, name: 'A team' }));
  decide(sync, 'team', true);
});

afterAll(async () => {
  await sync.dispose();
  ledger.close();
  await team.stop();
  await events.close();
  rmSync(folder, { recursive: true, force: true });
});

function fuzzed(serial: number): Attempt {
  const text = {
    requestId: canary(),
    taskId: `${canary()}-${serial % 400}`,
    surface: canary(),
    kind: canary(),
    class: either(),
    rule: either(),
    policyHash: below(4) === 0 ? 'feedfacefeedface' : canary(),
    requestedModel: either(),
    provider: below(3) === 0 ? 'anthropic' : either(),
    model: below(3) === 0 ? 'claude-haiku-5-5' : either(),
    servedModel: canary(),
    fallbackFrom: `${either()}/${either()}`,
    priceSource: canary(),
    priceAsOf: canary(),
    outcome: canary(),
    failure: canary(),
    repoKey: canary(),
    team: canary(),
    conversation: canary(),
    client: canary(),
    billing: canary(),
    trial: either(),
    arm: canary(),
    overridden: canary(),
  };
  const odd = [-1, 0, 3.7, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60, 12_345];
  const number = (): number => odd[below(odd.length)] ?? 0;
  return {
    ...text,
    id: `${canary()}-${serial}`,
    at: Date.now() - below(20 * 86_400_000),
    place: below(300),
    inputTokens: number(),
    cacheReadTokens: number(),
    outputTokens: number(),
    costNanoUsd: number(),
    billedNanoUsd: number(),
    latencyMs: number(),
    firstTokenMs: number(),
    usageEstimated: below(2) === 0,
  } as unknown as Attempt;
}

/** Every way in which a text may hide in what was sent. */
function encodings(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  // At each of three alignments; the characters at the ends depend on what stands beside them.
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  );
  const reversed = [...text].reverse().join('');
  return [text, encodeURIComponent(text), reversed, bytes.toString('hex'), ...base64].map((one) => one.toLowerCase());
}

function propertiesOf(schema: z.ZodObject): Readonly<Record<string, unknown>> {
  const { properties, $defs, $ref } = z.toJSONSchema(schema);
  const named = $ref === undefined ? undefined : $defs?.[$ref.slice($ref.lastIndexOf('/') + 1)];
  return properties ?? named?.properties ?? {};
}

function digests(text: string): readonly string[] {
  return ['md5', 'sha1', 'sha256', 'sha512'].flatMap((name) => {
    const digest = createHash(name).update(text).digest();
    return [
      digest.toString('hex').slice(0, 16),
      digest.toString('base64').slice(0, 16),
      digest.toString('base64url').slice(0, 16),
    ];
  });
}

describe('what leaves this machine', () => {
  test('has none of ten thousand events’ canaries in it, in any encoding', { timeout: 120_000 }, async () => {
    const database = new DatabaseSync(join(folder, 'ledger.sqlite'), { timeout: 5_000 });
    const policy = database.prepare(
      'INSERT INTO policies (hash, at, names, labels) VALUES (?, 0, ?, ?) ON CONFLICT DO NOTHING',
    );
    const labels = Object.fromEntries(
      hostile.slice(0, 40).map((text, n) => (n % 2 === 0 ? [text, 'x'] : [`l${n}`, text])),
    );
    for (const hash of [...canaries, 'feedfacefeedface']) {
      policy.run(
        hash.replace(/\p{Cc}/gu, ' '),
        JSON.stringify({ classes: hostile, targets: hostile }),
        JSON.stringify(labels),
      );
    }
    const task = database.prepare(
      `INSERT OR REPLACE INTO tasks (id, opened_at, last_at, closed_at, surface, kind, class, policy_hash, provider, model, trial, arm, outcome, outcome_at, survival)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const tasks = new Set<string>();
    ledger.together(() => {
      for (let serial = 0; serial < EVENTS; serial += 1) {
        const attempt = fuzzed(serial);
        if (ledger.record(attempt).kind !== 'written') throw new Error(`Attempt ${serial} was not written.`);
        if (serial % 5 === 0) tasks.add((attempt.taskId ?? '').replace(/\p{Cc}/gu, ' ').slice(0, 128));
      }
    });
    database.exec('BEGIN IMMEDIATE');
    for (const id of tasks) {
      const now = Date.now();
      task.run(
        id,
        now,
        now,
        now,
        canary(),
        canary(),
        either(),
        canary(),
        either(),
        either(),
        either(),
        canary(),
        canary(),
        now,
        0.5,
      );
    }
    database.exec('COMMIT');
    database.close();

    sync.configure({ trusted: true, telemetry: true, enabled: true });
    await sync.flush();
    const arrived = await events.all();
    expect(arrived.filter(({ event }) => event === 'attempt')).toHaveLength(EVENTS);
    expect(arrived.filter(({ event }) => event === 'outcome').length).toBeGreaterThan(tasks.size / 2);

    const { team: standing } = sync.standing();
    expect(standing.counts).toMatchObject({ waiting: 0, dropped: 0, refused: {} });
    const wire = team.requests
      .map(({ path, headers, body, bytes }) =>
        [path, JSON.stringify(headers), body, bytes.toString('latin1')].join('\n'),
      )
      .join('\n');
    const lower = wire.toLowerCase();
    for (const encoded of encodings(MARK)) expect(lower.includes(encoded), encoded).toBe(false);
    const sent = new Set(wire.match(/[A-Za-z0-9+/_-]{16,}/g)?.flatMap((one) => [one, one.slice(0, 16)]));
    const stored = canaries.flatMap((text) => [text, text.replace(/\p{Cc}/gu, ' ')]);
    for (const digest of stored.flatMap(digests)) expect(sent.has(digest), digest).toBe(false);
    for (const secret of [SALT, createHash('sha256').update(SALT).digest('hex').slice(0, 16)]) {
      expect(wire.includes(secret), 'the salt').toBe(false);
    }
    // The check can fail: what the policy may declare does arrive.
    expect(wire.includes('"model":"claude-haiku-5-5"')).toBe(true);
  });

  test('is this record, and a change of it is seen here', () => {
    const kinds = (schema: z.ZodObject): Record<string, string> =>
      Object.fromEntries(
        Object.entries(propertiesOf(schema)).map(([name, property]) => {
          const { enum: words, const: constant, pattern, type, maximum, format } = property as Record<string, unknown>;
          if (constant !== undefined) return [name, `always ${String(constant)}`];
          if (Array.isArray(words)) return [name, `${words.length} words`];
          if (type === 'integer') return [name, `0 to ${String(maximum)}`];
          return [name, format === 'uuid' ? 'id of its hour' : String(pattern ?? type)];
        }),
      );
    const name = '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$';
    const subject = {
      id: 'id of its hour',
      hour: '^\\d{4}-(?:0\\d|1[0-2])-(?:[0-2]\\d|3[01])T(?:[01]\\d|2[0-3]):00Z$',
      person: '^[0-9a-f]{16}$',
      surface: '10 words',
      kind: '9 words',
      class: name,
      policy: '^[0-9a-f]{16}$',
      provider: name,
      model: name,
      trial: name,
      arm: '3 words',
      labels: 'object',
      simulated: 'always true',
      task: '^[0-9a-f]{16}$',
    };
    expect(kinds(attemptEvent)).toEqual({
      event: 'always attempt',
      ...subject,
      rule: name,
      place: '0 to 99',
      asked: name,
      failedProvider: name,
      failedModel: name,
      client: name,
      overridden: '3 words',
      outcome: '10 words',
      failure: '16 words',
      inputTokens: '0 to 1000000000',
      cacheReadTokens: '0 to 1000000000',
      cacheWriteTokens: '0 to 1000000000',
      outputTokens: '0 to 1000000000',
      reasoningTokens: '0 to 1000000000',
      estimated: 'always true',
      costNanoUsd: '0 to 1000000000000000',
      price: '8 words',
      billing: '4 words',
      billedNanoUsd: '0 to 1000000000000000',
      latencyMs: '0 to 86400000',
      firstTokenMs: '0 to 86400000',
    });
    expect(kinds(outcomeEvent)).toEqual({
      event: 'always outcome',
      ...subject,
      revision: '0 to 99',
      outcome: '12 words',
      previous: '12 words',
      survival: '0 to 100',
    });
  });
});
