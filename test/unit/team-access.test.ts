import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAdminLink } from '../../src/team/access/adminLinks.ts';
import { requireMachine, requireRole } from '../../src/team/access/guards.ts';
import { createToken, revokeToken } from '../../src/team/access/machineTokens.ts';
import { OidcProvider } from '../../src/team/access/oidc.ts';
import { partsOf } from '../../src/team/parts.ts';
import type { Role, TeamEnv } from '../../src/team/services.ts';
import { type IdentityProvider, signInThere, startIdentityProvider } from '../host/identityProvider.ts';
import { ORG, startTeamStage, TEAM, type TeamStage } from '../host/teamStage.ts';
import { Visitor } from '../host/visitor.ts';

const NOON = Date.parse('2026-11-23T12:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const people = {
  ada: { name: 'Ada', groups: ['sre', 'staff'] },
  ben: { name: 'Ben', groups: ['staff'] },
  eve: { name: '<script>alert(1)</script>', groups: [] },
};
const identities: IdentityProvider = await startIdentityProvider(people);
const oidc = (roles: boolean): OidcProvider =>
  new OidcProvider({
    issuer: identities.issuer,
    clientId: identities.clientId,
    clientSecret: identities.clientSecret,
    scopes: ['groups'],
    roles: roles ? { claim: 'groups', admin: ['sre'], viewer: ['staff'] } : undefined,
  });

/** Doors to knock at, beside the server's own. */
const probes = (services: TeamStage['services']): Hono<TeamEnv> => {
  const app = new Hono<TeamEnv>();
  for (const scope of ['ingest', 'lease', 'metrics'] as const) {
    app.post(`/probe/${scope}`, requireMachine(services, scope), (context) => context.json(context.get('machine')));
  }
  for (const role of ['viewer', 'reviewer', 'admin'] as const) {
    app.all(`/probe/role/${role}`, requireRole(services, role), async (context) =>
      context.json({
        name: context.get('person').name,
        form: context.req.method === 'POST' ? await context.req.parseBody() : {},
      }),
    );
  }
  return app;
};

const stage = await startTeamStage({
  now: NOON,
  parts: (services) => [...partsOf(services, { oidc: oidc(false), isBehindProxy: true }), probes(services)],
});
const claimStage = await startTeamStage({
  now: NOON,
  parts: (services) => [...partsOf(services, { oidc: oidc(true) }), probes(services)],
});

afterAll(async () => {
  await stage?.stop();
  await claimStage?.stop();
  await identities.stop();
});

const here = (): TeamStage => {
  if (stage === undefined) throw new Error('there is no database');
  return stage;
};
const knock = (scope: string, token: string): Promise<Response> =>
  fetch(`${here().url}/probe/${scope}`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
const asPerson = (headers: Readonly<Record<string, string>>, role: Role = 'viewer'): Promise<Response> =>
  fetch(`${here().url}/probe/role/${role}`, { headers });

describe.skipIf(stage === undefined)('a machine’s token', () => {
  test('lets in its own team, and tells which that is', async () => {
    const other = await here().addTeam('Search');
    const [own, theirs] = [await here().token('ingest'), await here().token('ingest', other)];
    expect(await (await knock('ingest', own)).json()).toMatchObject({ orgId: ORG, teamId: TEAM });
    expect(await (await knock('ingest', theirs)).json()).toMatchObject({ orgId: ORG, teamId: other });
  });

  test('two hold at once while one takes over from the other, until that is revoked', async () => {
    const { database } = here();
    const old = await createToken(database, { orgId: ORG, teamId: TEAM, scope: 'ingest' }, NOON);
    const young = await createToken(database, { orgId: ORG, teamId: TEAM, scope: 'ingest' }, NOON);
    expect([(await knock('ingest', old.token)).status, (await knock('ingest', young.token)).status]).toEqual([
      200, 200,
    ]);
    expect(await revokeToken(database, ORG, old.id, NOON)).toBe(true);
    expect(await revokeToken(database, ORG, old.id, NOON)).toBe(false);
    expect([(await knock('ingest', old.token)).status, (await knock('ingest', young.token)).status]).toEqual([
      401, 200,
    ]);
  });

  test('whatever is wrong with it, the answer is the same', async () => {
    const { database } = here();
    const good = await here().token('ingest');
    const expired = await createToken(
      database,
      { orgId: ORG, teamId: TEAM, scope: 'ingest', expiresAt: new Date(NOON) },
      NOON - HOUR,
    );
    const revoked = await createToken(database, { orgId: ORG, teamId: TEAM, scope: 'ingest' }, NOON);
    await revokeToken(database, ORG, revoked.id, NOON);
    const wrong = {
      forged: `rpt_${'A'.repeat(43)}`,
      changed: good.slice(0, -1) + (good.endsWith('A') ? 'B' : 'A'),
      expired: expired.token,
      revoked: revoked.token,
      forSomethingElse: await here().token('lease'),
      sql: "rpt_' OR 1=1 --",
      long: 'x'.repeat(5_000),
      empty: '',
    };
    const answers = await Promise.all(
      Object.values(wrong).map(async (token) => {
        const answer = await knock('ingest', token);
        return `${answer.status} ${await answer.text()}`;
      }),
    );
    expect(answers).toHaveLength(8);
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toMatch(/^401 /);
  });

  test('only a hash of it is in the database', async () => {
    const token = await here().token('policy');
    const { rows } = await here().pool.query('SELECT machine_tokens::text AS text FROM machine_tokens');
    expect(rows.length).toBeGreaterThan(3);
    expect(JSON.stringify(rows)).not.toContain(token);
    expect(JSON.stringify(rows)).not.toContain(Buffer.from(token).toString('hex'));
  });
});

describe.skipIf(stage === undefined)('a session', () => {
  const roles: readonly Role[] = ['viewer', 'reviewer', 'admin'];
  test.each(roles.flatMap((has) => roles.map((needs) => [has, needs] as const)))(
    '%s at a door for %s',
    async (has, needs) => {
      const { headers } = await here().signIn(has);
      const isIn = roles.indexOf(has) >= roles.indexOf(needs);
      expect((await asPerson(headers, needs)).status).toBe(isIn ? 200 : 403);
    },
  );

  test('a forged one is nobody’s', async () => {
    for (const value of ['A'.repeat(43), "' OR '1'='1", '', 'x'.repeat(4_000)]) {
      expect((await asPerson({ cookie: `routing-policy-team=${value}` })).status).toBe(401);
    }
  });

  test('ends when it is signed out of, and cannot be replayed', async () => {
    const { headers, changing, csrfToken } = await here().signIn('viewer', 'Out');
    expect((await asPerson(headers)).status).toBe(200);
    const out = await fetch(`${here().url}/sign-out`, {
      method: 'POST',
      redirect: 'manual',
      headers: { ...headers, origin: here().url },
      body: new URLSearchParams({ csrf: csrfToken }),
    });
    expect([out.status, out.headers.get('location')]).toEqual([303, '/sign-in']);
    expect((await asPerson(headers)).status).toBe(401);
    expect((await fetch(`${here().url}/sign-out`, { method: 'POST', headers: changing })).status).toBe(401);
  });

  test('ends when it is not used for two hours, and after twelve whatever happens', async () => {
    try {
      const idle = await here().signIn('viewer', 'Idle');
      const busy = await here().signIn('viewer', 'Busy');
      for (let hours = 1; hours <= 11; hours += 1) {
        here().setNow(NOON + hours * HOUR);
        expect((await asPerson(busy.headers)).status).toBe(200);
        if (hours >= 2) expect((await asPerson(idle.headers)).status).toBe(401);
      }
      here().setNow(NOON + 12 * HOUR);
      expect((await asPerson(busy.headers)).status).toBe(401);
      here().setNow(NOON);
      // Ended is ended.
      expect((await asPerson(idle.headers)).status).toBe(401);
    } finally {
      here().setNow(NOON);
    }
  });

  test('of somebody whose role was taken or changed, all end', async () => {
    const admin = await here().signIn('admin', 'Boss');
    const them = await here().signIn('reviewer', 'Them');
    const change = (role: string) =>
      fetch(`${here().url}/people/${them.personId}/role`, {
        method: 'POST',
        redirect: 'manual',
        headers: { ...admin.headers, origin: here().url },
        body: new URLSearchParams({ csrf: admin.csrfToken, role }),
      });
    expect((await change('none')).status).toBe(303);
    expect((await asPerson(them.headers)).status).toBe(401);
    expect((await change('emperor')).status).toBe(400);
    const own = await fetch(`${here().url}/people/${admin.personId}/role`, {
      method: 'POST',
      headers: { ...admin.headers, origin: here().url },
      body: new URLSearchParams({ csrf: admin.csrfToken, role: 'none' }),
    });
    expect(own.status).toBe(400);
    expect((await asPerson(admin.headers, 'admin')).status).toBe(200);
  });

  test('is of no use to somebody who was taken out by other means', async () => {
    const { headers, personId } = await here().signIn('viewer', 'Taken');
    await here()
      .database.updateTable('people')
      .set({ removed_at: new Date(NOON) })
      .where('id', '=', personId)
      .execute();
    expect((await asPerson(headers)).status).toBe(401);
  });

  test('neither its secret nor a link’s is in the database', async () => {
    const { headers } = await here().signIn('viewer', 'Kept');
    const link = await createAdminLink(here().database, ORG, NOON);
    const { rows } = await here().pool.query(
      'SELECT sessions::text AS text FROM sessions UNION ALL SELECT admin_links::text FROM admin_links',
    );
    expect(rows.length).toBeGreaterThan(1);
    expect(JSON.stringify(rows)).not.toContain(headers['cookie']?.split('=')[1]);
    expect(JSON.stringify(rows)).not.toContain(link);
  });
});

describe.skipIf(stage === undefined)('a change in somebody’s name', () => {
  type Headers = Readonly<Record<string, string>>;
  const cases: readonly (readonly [what: string, headers: (own: string, csrf: string) => Headers, status: number])[] = [
    ['from a page of ours, with its mark', (own, csrf) => ({ origin: own, 'x-csrf-token': csrf }), 200],
    [
      'by a browser that says same-origin',
      (_, csrf) => ({ 'sec-fetch-site': 'same-origin', 'x-csrf-token': csrf }),
      200,
    ],
    [
      'from a page of ours whose browser leaves the origin out',
      (_, csrf) => ({ origin: 'null', 'sec-fetch-site': 'same-origin', 'x-csrf-token': csrf }),
      200,
    ],
    [
      'from a sandbox of another page',
      (_, csrf) => ({ origin: 'null', 'sec-fetch-site': 'cross-site', 'x-csrf-token': csrf }),
      403,
    ],
    ['without a mark', (own) => ({ origin: own }), 403],
    ['with another’s mark', (own) => ({ origin: own, 'x-csrf-token': 'A'.repeat(43) }), 403],
    ['from another site', (_, csrf) => ({ origin: 'https://evil.example', 'x-csrf-token': csrf }), 403],
    ['from another port of this machine', (_, csrf) => ({ origin: 'http://127.0.0.1:1', 'x-csrf-token': csrf }), 403],
    ['from nowhere (a file, a sandbox)', (_, csrf) => ({ origin: 'null', 'x-csrf-token': csrf }), 403],
    [
      'by a browser that says cross-site',
      (own, csrf) => ({ origin: own, 'sec-fetch-site': 'cross-site', 'x-csrf-token': csrf }),
      403,
    ],
    [
      'by a browser that says same-site',
      (own, csrf) => ({ origin: own, 'sec-fetch-site': 'same-site', 'x-csrf-token': csrf }),
      403,
    ],
    ['by what says nothing of where it is from', (_, csrf) => ({ 'x-csrf-token': csrf }), 403],
  ];
  test.each(cases)('%s', async (_, extra, status) => {
    const { headers, csrfToken } = await here().signIn('admin', 'Changer');
    const answer = await fetch(`${here().url}/probe/role/admin`, {
      method: 'POST',
      headers: { ...headers, ...extra(here().url, csrfToken) },
    });
    expect(answer.status).toBe(status);
  });

  test('a form has the mark in a field, and whoever comes next reads the form as well', async () => {
    const { headers, csrfToken } = await here().signIn('admin', 'Form');
    const send = (body: BodyInit) =>
      fetch(`${here().url}/probe/role/admin`, { method: 'POST', headers: { ...headers, origin: here().url }, body });
    const plain = await send(new URLSearchParams({ csrf: csrfToken, name: 'x' }));
    expect(await plain.json()).toMatchObject({ form: { name: 'x' } });
    const many = new FormData();
    many.set('csrf', csrfToken);
    many.set('name', 'y');
    expect(await (await send(many)).json()).toMatchObject({ form: { name: 'y' } });
    expect((await send(new URLSearchParams({ csrf: 'no' }))).status).toBe(403);
    expect((await send(new URLSearchParams({ csrf: csrfToken, filler: 'x'.repeat(70_000) }))).status).toBe(413);
    expect((await send('csrf=1')).status).toBe(403);
  });
});

describe.skipIf(stage === undefined)('a link of this machine', () => {
  const enter = (secret: string, visitor = new Visitor()) => visitor.submit(`${here().url}/enter/${secret}`, {});

  test('signs in once, with a click: to look at it uses nothing up', async () => {
    const secret = await createAdminLink(here().database, ORG, NOON);
    const visitor = new Visitor();
    expect((await visitor.visit(`${here().url}/enter/${secret}`)).status).toBe(200);
    const entered = await enter(secret, visitor);
    expect([entered.status, entered.headers.get('location')]).toEqual([303, '/']);
    expect(entered.headers.get('set-cookie')).toMatch(
      /^routing-policy-team=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    expect((await visitor.visit(`${here().url}/probe/role/admin`)).status).toBe(200);
    expect((await enter(secret)).status).toBe(403);
  });

  test('of eight who follow it at once, one comes in', async () => {
    const secret = await createAdminLink(here().database, ORG, NOON);
    const all = await Promise.all(Array.from({ length: 8 }, () => enter(secret)));
    expect(all.map(({ status }) => status).toSorted()).toEqual([303, ...Array<number>(7).fill(403)]);
  });

  test('is too old after a quarter of an hour', async () => {
    const secret = await createAdminLink(here().database, ORG, NOON - 15 * MINUTE);
    expect((await enter(secret)).status).toBe(403);
  });

  test('gives a session of its own, whatever the browser had before', async () => {
    const before = await here().signIn('admin', 'Before');
    const visitor = new Visitor();
    const old = before.headers['cookie']?.split('=')[1] ?? '';
    visitor.cookies.set('127.0.0.1', new Map([['routing-policy-team', old]]));
    await enter(await createAdminLink(here().database, ORG, NOON), visitor);
    expect(visitor.cookies.get('127.0.0.1')?.get('routing-policy-team')).not.toBe(old);
    expect((await asPerson(before.headers)).status).toBe(401);
  });

  test('cannot be followed by another site’s page', async () => {
    const secret = await createAdminLink(here().database, ORG, NOON);
    const foreign = await fetch(`${here().url}/enter/${secret}`, {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
    });
    expect(foreign.status).toBe(403);
    expect((await enter(secret)).status).toBe(303);
  });
});

describe.skipIf(stage === undefined)('sign-in at an OpenID provider', () => {
  const home = /\/sign-in\/return/;
  beforeAll(() => identities.open(`${here().url}/sign-in/return`));

  const arrive = async (name: string, to?: string, visitor = new Visitor()) => {
    const departure = await visitor.visit(
      `${here().url}/sign-in/begin${to === undefined ? '' : `?to=${encodeURIComponent(to)}`}`,
    );
    const back = await signInThere(visitor, departure, name, home);
    return { visitor, back, departure };
  };

  test('somebody new waits until an admin gives a role, and then comes in', async () => {
    const { visitor, back } = await arrive('ben');
    const first = await visitor.visit(back);
    expect([first.status, first.text]).toEqual([403, expect.stringContaining('no role here yet')]);
    const admin = await here().signIn('admin', 'Giver');
    const page = await (await fetch(`${here().url}/people`, { headers: admin.headers })).text();
    expect(page).toContain('Ben');
    const found = await here()
      .database.selectFrom('people')
      .select('id')
      .where('subject', '=', 'ben')
      .executeTakeFirstOrThrow();
    await fetch(`${here().url}/people/${found.id}/role`, {
      method: 'POST',
      redirect: 'manual',
      headers: { ...admin.headers, origin: here().url },
      body: new URLSearchParams({ csrf: admin.csrfToken, role: 'viewer' }),
    });
    const again = await arrive('ben', '/audit?before=3');
    const second = await again.visitor.visit(again.back);
    expect([second.status, second.headers.get('location')]).toEqual([303, '/audit?before=3']);
    expect((await again.visitor.visit(`${here().url}/probe/role/viewer`)).status).toBe(200);
    expect((await again.visitor.visit(`${here().url}/probe/role/admin`)).status).toBe(403);
  });

  test('asks with PKCE, a state and a nonce of each sign-in’s own', async () => {
    const queries = await Promise.all(
      [0, 1].map(async () => {
        const { headers } = await new Visitor().visit(`${here().url}/sign-in/begin`);
        return new URL(headers.get('location') ?? '').searchParams;
      }),
    );
    for (const query of queries) {
      expect(query.get('code_challenge_method')).toBe('S256');
      expect(query.get('response_type')).toBe('code');
      for (const name of ['state', 'nonce', 'code_challenge']) expect(query.get(name)?.length).toBeGreaterThan(40);
    }
    for (const name of ['state', 'nonce', 'code_challenge'])
      expect(queries[0]?.get(name)).not.toBe(queries[1]?.get(name));
  });

  test('what comes back must be what was sent off, once', async () => {
    const { visitor, back } = await arrive('ada');
    const elsewhere = await new Visitor().visit(back);
    expect([elsewhere.status, elsewhere.text]).toEqual([403, expect.stringContaining('not begun here')]);
    const forged = new URL(back);
    forged.searchParams.set('state', 'A'.repeat(43));
    expect((await visitor.visit(forged.href)).status).toBe(403);
    // It was used up by that.
    expect((await visitor.visit(back)).status).toBe(403);
  });

  test('an answer cannot be replayed', async () => {
    const { visitor, back } = await arrive('ada');
    const held = new Map(visitor.cookies.get('127.0.0.1') ?? []);
    expect((await visitor.visit(back)).status).toBe(403); // ada waits: claims say nothing here
    visitor.cookies.set('127.0.0.1', held);
    const replayed = await visitor.visit(back);
    expect([replayed.status, replayed.text]).toEqual([403, expect.stringContaining('not begun here')]);
  });

  test('somebody who takes longer than ten minutes begins anew', async () => {
    const { visitor, back } = await arrive('ada');
    here().setNow(NOON + 10 * MINUTE);
    try {
      expect((await visitor.visit(back)).text).toContain('or is too old');
    } finally {
      here().setNow(NOON);
    }
  });

  test.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example',
    '\\\\evil.example',
    '/..//evil.example',
    '/./\\evil.example',
    '/%0d%0aset-cookie:a=b\r\nset-cookie: a=b',
    'javascript:alert(1)',
    '/\tevil',
  ])('it never leads elsewhere: %j', async (to) => {
    const begun = await new Visitor().visit(`${here().url}/sign-in/begin?to=${encodeURIComponent(to)}`);
    expect(begun.status).toBe(303);
    const kept = await here().database.selectFrom('sign_ins').select('return_to').execute();
    for (const { return_to } of kept)
      expect(new URL(return_to, 'http://here.example').origin).toBe('http://here.example');
    expect(kept.at(-1)?.return_to.startsWith('//')).toBe(false);
    const page = await new Visitor().visit(`${here().url}/sign-in?to=${encodeURIComponent(to)}`);
    expect(page.text).not.toContain('evil.example');
  });

  test('a provider that is away is said to be, and asked again', async () => {
    const away = new OidcProvider({ issuer: 'http://127.0.0.1:9', clientId: 'x' });
    await expect(away.depart('http://127.0.0.1/')).rejects.toThrow(/127\.0\.0\.1:9 does not answer/);
    await expect(away.depart('http://127.0.0.1/')).rejects.toThrow(/does not answer/);
  });

  test('a name is text and nothing else', async () => {
    const { visitor, back } = await arrive('eve');
    await visitor.visit(back);
    const admin = await here().signIn('admin', 'Reader');
    for (const path of ['/people', '/audit']) {
      const page = await (await fetch(`${here().url}${path}`, { headers: admin.headers })).text();
      expect(page).toContain('&lt;script>alert(1)&lt;/script>');
      expect(page).not.toContain('<script');
    }
  });
});

describe.skipIf(claimStage === undefined)('roles that go by a claim', () => {
  const home = /\/sign-in\/return/;
  test.each([
    ['ada', 'admin', 303],
    ['ben', 'viewer', 303],
    ['eve', undefined, 403],
  ] as const)('%s is let in as %s', async (name, role, status) => {
    const url = claimStage?.url ?? '';
    identities.open(`${url}/sign-in/return`);
    const visitor = new Visitor();
    const back = await signInThere(visitor, await visitor.visit(`${url}/sign-in/begin`), name, home);
    expect((await visitor.visit(back)).status).toBe(status);
    expect((await visitor.visit(`${url}/probe/role/admin`)).status).toBe(
      role === 'admin' ? 200 : role === undefined ? 303 : 403,
    );
  });
});

describe.skipIf(stage === undefined)('what was done', () => {
  test('is on the page and in the export, by whom, and without a secret', async () => {
    const admin = await here().signIn('admin', 'Auditor');
    const post = (path: string, fields: Record<string, string>) =>
      fetch(`${here().url}${path}`, {
        method: 'POST',
        redirect: 'manual',
        headers: { ...admin.headers, origin: here().url },
        body: new URLSearchParams({ csrf: admin.csrfToken, ...fields }),
      });
    expect((await post('/teams', { name: 'Billing' })).status).toBe(303);
    expect((await post('/teams', { name: 'Billing' })).status).toBe(409);
    const made = await (await post('/tokens', { team: String(TEAM), scope: 'ingest', days: '30' })).text();
    const token = /rpt_[\w-]{43}/.exec(made)?.[0] ?? '';
    expect((await knock('ingest', token)).status).toBe(200);
    for (const odd of [
      { team: String(TEAM), scope: 'policy' },
      { team: 'organisation', scope: 'ingest' },
      { team: 'organisation', scope: 'metrics' },
      { team: '99', scope: 'ingest' },
      { team: String(TEAM), scope: 'all' },
      { team: String(TEAM), scope: 'ingest', label: '<b>' },
    ]) {
      expect((await post('/tokens', { days: '', ...odd })).status).toBe(400);
    }
    const ours = { team: 'organisation', scope: 'policy', label: 'release pipeline', days: '' };
    const page = await (await post('/tokens', ours)).text();
    expect(page).toMatch(/release pipeline<\/td><td>the organisation<\/td><td>policy/);
    const publishes = /rpt_[\w-]{43}/.exec(page)?.[0] ?? '';
    for (const scope of ['ingest', 'lease', 'metrics']) expect((await knock(scope, publishes)).status).toBe(401);
    const id = (
      await here().database.selectFrom('machine_tokens').select('id').orderBy('expires_at').executeTakeFirstOrThrow()
    ).id;
    expect((await post(`/tokens/${id}/revoke`, {})).status).toBe(303);
    const lines = (await (await fetch(`${here().url}/audit.ndjson`, { headers: admin.headers })).text())
      .trim()
      .split('\n');
    const entries = lines.map((line) => JSON.parse(line) as { who: string; what: string });
    for (const what of ['added a team', 'made a token', 'revoked a token']) {
      expect(entries).toContainEqual(expect.objectContaining({ who: 'Auditor', what }));
    }
    expect(entries.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['signed in', 'signed out', 'gave a role', 'was not let in', 'was refused at sign-in']),
    );
    expect(lines.join('')).not.toMatch(/rpt_|127\.0\.0\.1:\d+\/enter/);
    expect((await fetch(`${here().url}/audit`, { headers: (await here().signIn('reviewer')).headers })).status).toBe(
      403,
    );
  });
});
