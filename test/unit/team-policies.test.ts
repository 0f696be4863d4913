// Policies that a team's server hands out, and routers that obey them.
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { PolicyInForce } from '../../src/router/policies/inForce.ts';
import { Policies } from '../../src/router/policies/policies.ts';
import { accessRoutes } from '../../src/team/access/accessRoutes.ts';
import { createToken, revokeToken } from '../../src/team/access/machineTokens.ts';
import { listTeamBudgets } from '../../src/team/budgets/teamBudgets.ts';
import { policyHistory } from '../../src/team/policies/policyHistory.ts';
import { policyRoutes } from '../../src/team/policies/policyRoutes.ts';
import { publishPolicy, signAllAnew } from '../../src/team/policies/publishPolicy.ts';
import { readSigningKeys, SigningKeyError } from '../../src/team/policies/signingKeys.ts';
import { POLICY_FILE } from '../../src/workspace/policyFile.ts';
import { openWorkspace } from '../../src/workspace/workspace.ts';
import { createRepository, type Repository } from '../host/repository.ts';
import { type ServedRouter, serveRouter } from '../host/servedRouter.ts';
import { ORG, type SignedIn, startTeamStage, TEAM } from '../host/teamStage.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';

const USD = 1e9;
const NOON = Date.UTC(2026, 10, 23, 12);
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'team-policies-')));
const keyFile = join(folder, 'policy-signing.pem');
const keys = readSigningKeys(keyFile, true);
const started = await startTeamStage({
  now: NOON,
  parts: (services) => [accessRoutes(services, { orgId: ORG }), policyRoutes(services, keys)],
});

const policy = (more: object = {}): string => JSON.stringify({ version: 1, default: 'openai/gpt-6-sol', ...more });
const denied = (id: string): string => policy({ constraints: [{ id, deny: ['x/*'], reason: 'because' }] });

describe.skipIf(started === undefined)('policies that a server hands out', () => {
  const stage = started as NonNullable<typeof started>;
  afterAll(async () => {
    await stage.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    stage.setNow(NOON);
    await sql`TRUNCATE policy_versions, policy_budgets, audit_log`.execute(stage.database);
  });

  const publish = (text: string, more: object = {}) =>
    publishPolicy(stage.services, keys, { orgId: ORG, name: 'base', bytes: Buffer.from(text), who: 'Ada', ...more });
  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${stage.url}${path}`, { headers });
  const address = `${stage.url}/v1/policies/base`;
  const pin = keys.pin(ORG, 'base');

  async function post(by: SignedIn, path: string, fields: Record<string, string>): Promise<Response> {
    return fetch(`${stage.url}${path}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { ...by.headers, origin: stage.url, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ csrf: by.csrfToken, ...fields }).toString(),
    });
  }

  describe('are fetched', () => {
    it('as they were published, with a signature of their serial, and not again while they are the same', async () => {
      expect(await publish(denied('eu'))).toMatchObject({ kind: 'published', pin });
      const text = await get('/v1/policies/base');
      expect(await text.text()).toBe(denied('eu'));
      const etag = text.headers.get('etag') ?? '';
      expect(await (await get('/v1/policies/base.sig')).text()).toMatch(/^serial \d{10}\n[A-Za-z0-9+/]{86}==\n$/);
      for (const path of ['/v1/policies/base', '/v1/policies/base.sig']) {
        expect((await get(path, { 'if-none-match': etag })).status).toBe(304);
        expect((await get(path, { 'if-none-match': `"1", W/${etag}` })).status).toBe(304);
      }
      stage.setNow(NOON + 60_000);
      await publish(denied('other'));
      expect((await get('/v1/policies/base', { 'if-none-match': etag })).status).toBe(200);
    });

    it.each([
      '/v1/policies/none',
      '/v1/policies/none.sig',
      '/v1/policies/',
      '/v1/policies/base.sig.sig',
      '/v1/policies/..%2fbase',
    ])('from no other address: %s', async (path) => {
      await publish(denied('eu'));
      expect((await get(path)).status).toBe(404);
    });
  });

  describe('have serials', () => {
    it('that rise with each text, also when the clock stands still or goes back', async () => {
      const serials = [];
      for (const [at, id] of [
        [NOON, 'a'],
        [NOON, 'b'],
        [NOON - 86_400_000, 'c'],
        [NOON + 5_000, 'd'],
      ] as const) {
        stage.setNow(at);
        const published = await publish(denied(id));
        if (published.kind === 'published') serials.push(published.serial);
      }
      expect(serials).toEqual([NOON / 1_000, NOON / 1_000 + 1, NOON / 1_000 + 2, NOON / 1_000 + 5]);
    });

    it('that rise for each of several that publish at once', async () => {
      const published = await Promise.all(Array.from({ length: 4 }, (_, n) => publish(denied(`c${n}`))));
      const serials = published.flatMap((one) => (one.kind === 'published' ? one.serial : []));
      expect(new Set(serials).size).toBe(4);
    });

    it('beyond any that somebody knows of', async () => {
      expect(await publish(denied('a'), { after: 9_000_000_000 })).toMatchObject({ serial: 9_000_000_001 });
    });

    it('that are new after an older database was restored', async () => {
      await publish(denied('a'));
      stage.setNow(NOON + 60_000);
      const { serial: seen = 0 } = (await publish(denied('b'))) as { serial?: number };
      await sql`DELETE FROM policy_versions WHERE serial = ${seen}`.execute(stage.database);
      stage.setNow(NOON + 120_000);
      expect(await signAllAnew(stage.services, keys, ORG, 'command line')).toEqual(['base']);
      const [newest] = await policyHistory(stage.services, ORG, 'base');
      expect(newest).toMatchObject({ text: denied('a'), note: 'signed anew' });
      expect(newest?.serial).toBeGreaterThan(seen);
    });

    it('and the same text is no new version', async () => {
      await publish(denied('a'));
      stage.setNow(NOON + 60_000);
      expect(await publish(denied('a'))).toMatchObject({ kind: 'unchanged', serial: NOON / 1_000 });
    });
  });

  describe('are not published', () => {
    it.each([
      ['with a mistake', '{ "version": 1 }', /default/],
      ['that are no text', Buffer.from([0xff, 0xfe, 0x00]), /UTF-8/],
      [
        'of which a test fails',
        policy({ tests: [{ given: { kind: 'chat' }, expect: { provider: 'anthropic' } }] }),
        /test|expected/i,
      ],
      ['that extend what routers may not find', policy({ extends: './other.json' }), /presets alone/],
      ['that extend a preset that does not exist', policy({ extends: 'preset:none' }), /preset/],
    ])('%s', async (_what, text, words) => {
      const refused = await publishPolicy(stage.services, keys, {
        orgId: ORG,
        name: 'base',
        bytes: Buffer.from(text),
        who: 'Ada',
      });
      expect(refused).toMatchObject({ kind: 'refused', problems: [{ message: expect.stringMatching(words) }] });
      expect((await get('/v1/policies/base')).status).toBe(404);
    });

    it.each(['Base', 'base.sig', '../x', '', 'x'.repeat(65), '-x'])('under the name %j', async (name) => {
      expect(await publish(denied('a'), { name })).toMatchObject({ kind: 'refused' });
    });

    it('by a server without a key', async () => {
      const upload = { orgId: ORG, name: 'base', bytes: Buffer.from(denied('a')), who: 'Ada' };
      expect(await publishPolicy(stage.services, undefined, upload)).toMatchObject({ kind: 'refused' });
    });
  });

  it('that extend a preset, and pass tests of what that makes of them, are published', async () => {
    const tests = [{ given: { kind: 'agent', files: ['a/b.test.ts'] }, expect: { blocked: false } }];
    expect(await publish(policy({ extends: 'preset:team', tests }))).toMatchObject({
      kind: 'published',
      testsPassed: 1,
    });
  });

  it('bring the budgets of teams and of the organisation with them', async () => {
    // biome-ignore lint/suspicious/noThenProperty: the policy language's own word; the object is data and never awaited.
    const budget = (id: string, per: string, usd: number) => ({ id, per, period: 'month', usd, then: 'block' });
    await publish(
      policy({ budgets: [budget('all', 'org', 900), budget('each', 'team', 70), budget('me', 'developer', 5)] }),
    );
    expect(await listTeamBudgets(stage.services, ORG)).toEqual([
      expect.objectContaining({ name: 'all', team: undefined, amountNanoUsd: 900 * USD }),
      expect.objectContaining({ name: 'each', team: { id: TEAM, name: 'Payments' }, amountNanoUsd: 70 * USD }),
    ]);
    stage.setNow(NOON + 60_000);
    await publish(denied('a'));
    expect(await listTeamBudgets(stage.services, ORG)).toEqual([]);
  });

  describe('on their pages', () => {
    it('are published and brought back by admins, with who, when, why, and what changed', async () => {
      const admin = await stage.signIn('admin', 'Grace');
      const form = { name: 'base', text: denied('strict'), note: 'for <b>now</b>' };
      expect((await post(admin, '/policies', form)).status).toBe(303);
      stage.setNow(NOON + 60_000);
      expect((await post(admin, '/policies', { ...form, text: policy(), note: 'an incident' })).status).toBe(303);
      const page = await (await get('/policies/base', admin.headers)).text();
      for (const said of [
        'Grace',
        'an incident',
        'for &lt;b>now',
        'looser',
        'strict',
        pin,
        `${stage.url}/v1/policies/base`,
      ]) {
        expect(page).toContain(said);
      }
      stage.setNow(NOON + 120_000);
      expect((await post(admin, '/policies/base/back', { serial: String(NOON / 1_000) })).status).toBe(303);
      const [newest, ...others] = await policyHistory(stage.services, ORG, 'base');
      expect(newest).toMatchObject({
        text: denied('strict'),
        ofSerial: NOON / 1_000,
        serial: NOON / 1_000 + 120,
        publishedBy: 'Grace',
      });
      expect(others).toHaveLength(2);
      expect(await (await get('/v1/policies/base')).text()).toBe(denied('strict'));
      const log = await stage.database
        .selectFrom('audit_log')
        .select('what')
        .where('what', '=', 'published a policy')
        .execute();
      expect(log).toHaveLength(3);
    });

    it('say line by line why a text was not published', async () => {
      const admin = await stage.signIn('admin');
      const refused = await post(admin, '/policies', { name: 'base', text: '{\n"version": 2 }', note: '' });
      expect(refused.status).toBe(422);
      expect(await refused.text()).toMatch(/Line 2, column/);
    });

    it('are changed by admins alone, and brought back only from what there was', async () => {
      const fields = { name: 'base', text: policy(), note: '' };
      for (const role of ['viewer', 'reviewer'] as const) {
        expect((await post(await stage.signIn(role), '/policies', fields)).status).toBe(403);
      }
      const admin = await stage.signIn('admin');
      expect((await post({ ...admin, csrfToken: 'another' }, '/policies', fields)).status).toBe(403);
      expect((await post(admin, '/policies/base/back', { serial: '12' })).status).toBe(404);
      expect((await get('/policies')).status).toBe(401);
    });
  });

  it('are published by no token of a team, whatever it is for: they are the organisation’s', async () => {
    for (const scope of ['ingest', 'lease', 'metrics'] as const) {
      const answer = await fetch(address, {
        method: 'PUT',
        headers: { authorization: `Bearer ${await stage.token(scope)}` },
        body: policy(),
      });
      expect(answer.status).toBe(401);
    }
    expect((await get('/v1/policies/base')).status).toBe(404);
    // Nor can there be one: the database keeps none, whoever writes it there.
    const made = sql`INSERT INTO machine_tokens (org_id, id, team_id, scope, hash, created_at)
      VALUES (${ORG}, gen_random_uuid(), ${TEAM}, 'policy', sha256('x'), now())`.execute(stage.database);
    await expect(made).rejects.toThrow(/machine_tokens_of_organisation/);
  });

  it('are published by a pipeline with a token for that alone', async () => {
    const put = (token: string, text: string) =>
      fetch(`${stage.url}/v1/policies/base?note=merged`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}` },
        body: text,
      });
    const of = { orgId: ORG, scope: 'policy', label: 'release pipeline' } as const;
    const { id, token } = await createToken(stage.database, of, NOON);
    const refused = await put(token, '{');
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ problems: [{ line: 1 }] });
    const published = await put(token, policy());
    expect(published.status).toBe(201);
    expect(await published.json()).toMatchObject({ serial: NOON / 1_000, pin });
    const who = `token ${id} (release pipeline)`;
    const [newest] = await policyHistory(stage.services, ORG, 'base');
    expect(newest?.publishedBy).toBe(who);
    const log = await stage.database.selectFrom('audit_log').select(['who', 'what', 'details']).execute();
    expect(log).toEqual([
      { who, what: 'published a policy', details: { policy: 'base', serial: NOON / 1_000, token: id } },
    ]);
    // Serials end somewhere: whoever could name any would leave none to anybody.
    const far = await fetch(`${stage.url}/v1/policies/base?after=999999999999998`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}` },
      body: policy({ default: 'openai/gpt-6-luna' }),
    });
    expect([far.status, await far.text()]).toEqual([422, expect.stringContaining('seconds since 1970')]);
    await revokeToken(stage.database, ORG, id, NOON);
    expect((await put(token, policy({ default: 'openai/gpt-6-luna' }))).status).toBe(401);
  });

  describe('are signed', () => {
    it('by a key of each name, from a file that its owner alone can read', () => {
      expect(statSync(keyFile).mode & 0o777).toBe(0o600);
      expect(readSigningKeys(keyFile, true).pin(ORG, 'base')).toBe(pin);
      expect(keys.pin(ORG, 'other')).not.toBe(pin);
      expect(keys.pin(2, 'base')).not.toBe(pin);
    });

    it('by no key that others can read, that is none, or that is not there', () => {
      const file = join(folder, 'operators.pem');
      expect(() => readSigningKeys(file, false)).toThrow(SigningKeyError);
      writeFileSync(file, readFileSync(keyFile), { mode: 0o644 });
      expect(() => readSigningKeys(file, false)).toThrow(/chmod 600/);
      rmSync(file);
      writeFileSync(file, 'x', { mode: 0o600 });
      expect(() => readSigningKeys(file, false)).toThrow(/no private key/);
    });
  });

  describe('as a router reads them', () => {
    interface Reading {
      read(): Promise<PolicyInForce>;
      now: number;
    }
    /** A router's own reading of a repository that extends one, over a network that may be somebody else's. */
    async function reading(network: typeof fetch = fetch): Promise<Reading> {
      const root = realpathSync(mkdtempSync(join(folder, 'repository-')));
      const stateFolder = realpathSync(mkdtempSync(join(folder, 'state-')));
      const extended = { source: address, key: pin, refresh: '1s' };
      writeFileSync(join(root, POLICY_FILE), policy({ extends: extended }));
      const made: Reading = { now: Date.now(), read: async () => policies.inForce(await openWorkspace(root)) };
      const policies = new Policies({ managedFolders: [], fetch: network, stateFolder, now: () => made.now });
      onTestFinished(() => policies.dispose());
      return made;
    }
    const rules = (found: PolicyInForce): readonly string[] =>
      found.kind === 'none'
        ? []
        : found.policy.layers.flatMap((layer) => layer.policy.constraints.map(({ source }) => source.id));
    const problems = (found: PolicyInForce): string => JSON.stringify(found);
    /** What is in force once it was looked for again and that is to be seen. */
    const refreshed = async (router: Reading, isSeen: (found: PolicyInForce) => boolean): Promise<PolicyInForce> => {
      router.now += 2_000;
      await expect.poll(async () => isSeen(await router.read())).toBe(true);
      return router.read();
    };

    it('hold, and a new version holds within the refresh', async () => {
      await publish(denied('a'));
      const router = await reading();
      expect(rules(await router.read())).toEqual(['a']);
      stage.setNow(NOON + 60_000);
      await publish(denied('b'));
      await refreshed(router, (found) => rules(found)[0] === 'b');
      expect(rules(await router.read())).toEqual(['b']);
    });

    it('are not taken back: an older version that somebody plays again is refused, visibly', async () => {
      await publish(denied('old'));
      const old = new Map(
        await Promise.all(
          ['', '.sig'].map(
            async (end) => [`${address}${end}`, await (await fetch(`${address}${end}`)).arrayBuffer()] as const,
          ),
        ),
      );
      stage.setNow(NOON + 60_000);
      await publish(denied('new'));
      let isReplaying = false;
      const router = await reading(async (input, init) =>
        isReplaying ? new Response(old.get(String(input))) : fetch(input, init),
      );
      expect(rules(await router.read())).toEqual(['new']);
      isReplaying = true;
      const found = await refreshed(router, (one) => problems(one).includes('old version'));
      expect(rules(found)).toEqual(['new']);
      expect(problems(found)).toContain('an old version is not taken back');
    });

    it.each([
      ['a text that was changed on the way', async (text: string) => text.replace('"a"', '"z"')],
      [
        'the text of another policy of the same server',
        async () => (await fetch(`${stage.url}/v1/policies/other`)).text(),
      ],
    ])('are what was signed: %s is refused', async (_what, change) => {
      await publish(denied('a'));
      await publish(denied('other'), { name: 'other' });
      const router = await reading(async (input, init) => {
        const response = await fetch(input, init);
        return String(input).endsWith('.sig') ? response : new Response(await change(await response.text()));
      });
      expect(problems(await router.read())).toContain('not signed with the key that is pinned');
    });
  });

  describe('in an incident', () => {
    let simulated: SimulatedProviders;
    let repository: Repository;
    const routers: ServedRouter[] = [];
    afterAll(async () => {
      await Promise.all(routers.map((router) => router.stop()));
      await simulated?.stop();
      await repository?.remove();
    });

    it('reach every router within its refresh: “use only this provider now”', async () => {
      simulated = await startSimulatedProviders();
      await publish(policy());
      const targets = ['anthropic/claude-opus-5-5', 'openai/gpt-6-sol'];
      const own = policy({ default: targets, extends: { source: address, key: pin, refresh: '1s' } });
      repository = await createRepository({ files: { [POLICY_FILE]: own, 'a.ts': '' } });
      const providers = join(folder, 'providers.json');
      writeFileSync(providers, JSON.stringify(simulated.providers));
      for (const name of ['one', 'two']) {
        const state = join(folder, `router-${name}`);
        mkdirSync(state, { mode: 0o700 });
        routers.push(await serveRouter({ home: folder, state, providers, root: repository.folder }));
      }
      const asked = async () => {
        simulated.anthropic.forget();
        simulated.openai.forget();
        const answers = await Promise.all(routers.map((router, n) => router.ask(`talk-${n}`, false)));
        expect(answers.map(({ status }) => status)).toEqual([200, 200]);
        return { anthropic: simulated.anthropic.requests.length, openai: simulated.openai.requests.length };
      };
      expect(await asked()).toEqual({ anthropic: 2, openai: 0 });
      stage.setNow(NOON + 60_000);
      const incident = [{ id: 'incident', allow: ['openai/*'], reason: 'the other one has an incident' }];
      await publish(policy({ constraints: incident }));
      await expect.poll(asked, { interval: 200 }).toEqual({ anthropic: 0, openai: 2 });
    });
  });
});
