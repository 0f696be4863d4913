// The team's pages over real HTTP: who may see them, what they show, and that nothing that is stored can do more than be shown.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { usagePages } from '../../src/team/dashboard/usagePages.ts';
import { decideAtoms } from '../../src/team/figures/decideAtoms.ts';
import { setLeastPersons } from '../../src/team/figures/leastPersons.ts';
import { seedTasks } from '../../src/team/figures/seededTasks.fixture.ts';
import { DAY_MS } from '../../src/usage/report/dayRange.ts';
import { ORG, type SignedIn, startTeamStage, TEAM, type TeamStage } from '../host/teamStage.ts';
import { NOW, seedOrganisation, seedPolicy } from '../panel/teamSample.ts';

let stage: TeamStage | undefined;
let viewer: SignedIn;

beforeAll(async () => {
  stage = await startTeamStage({ now: NOW });
  if (stage !== undefined) viewer = await stage.signIn('viewer', 'Vi');
});
afterAll(() => stage?.stop());

const html = { accept: 'text/html,*/*' };

function there(): TeamStage {
  if (stage === undefined) throw new Error('there is no PostgreSQL for this machine');
  return stage;
}

async function get(path: string, headers: Readonly<Record<string, string>> = viewer.headers): Promise<Response> {
  return fetch(`${there().url}${path}`, { headers: { ...headers }, redirect: 'manual' });
}

describe('before anyone has reported', () => {
  test('every page but that of bills says how the first machine is enrolled', async () => {
    for (const { path } of usagePages) {
      const text = await (await get(path)).text();
      if (path === '/usage/coverage') expect(has(text, 'No bill was imported')).toBe(true);
      else expect(has(text, 'routing-policy team enrol --team &quot;Payments&quot; --new-salt'), path).toBe(true);
    }
  });
});

describe('who may see figures', () => {
  const paths = [...usagePages.map(({ path }) => path), '/usage/export/csv', '/metrics'];

  test.each(paths)('%s is shown to nobody who is not signed in', async (path) => {
    expect((await get(path, {})).status).toBe(401);
    const page = await get(path, html);
    expect([page.status, page.headers.get('location')?.startsWith('/sign-in')]).toEqual([303, true]);
    expect((await get(path, { cookie: 'routing-policy-team=forged' })).status).toBe(401);
  });

  test('a token that brings usage in reads nothing, one that reads policies gets its own team’s figures', async () => {
    const bearer = async (scope: 'ingest' | 'lease' | 'policy' | 'metrics') => ({
      authorization: `Bearer ${await there().token(scope)}`,
    });
    expect((await get('/metrics', await bearer('ingest'))).status).toBe(401);
    expect((await get('/metrics', await bearer('lease'))).status).toBe(401);
    expect((await get('/metrics', await bearer('metrics'))).status).toBe(200);
    expect((await get('/', await bearer('metrics'))).status).toBe(401);
    expect((await get('/metrics', await bearer('policy'))).status).toBe(401);
  });

  test('what is refused is a page for a person and JSON for a program', async () => {
    const person = await get('/nothing-here', { ...viewer.headers, ...html });
    expect([person.status, person.headers.get('content-type')]).toEqual([404, 'text/html; charset=UTF-8']);
    expect(await person.text()).toContain('There is nothing here');
    const program = await get('/nothing-here');
    expect([program.status, await program.json()]).toEqual([404, { error: 'There is nothing here.' }]);
    const forbidden = await get('/people', { ...viewer.headers, ...html });
    expect([forbidden.status, (await forbidden.text()).includes('That is not for you')]).toEqual([403, true]);
    expect((await get('/usage/export/xml')).status).toBe(404);
  });
});

describe('with an organisation’s usage', () => {
  beforeAll(async () => {
    if (stage !== undefined) await seedOrganisation(stage.database);
  });

  test('no page runs a script or asks anybody else', async () => {
    for (const { path } of usagePages) {
      const answer = await get(`${path}?weeks=12`);
      const text = await answer.text();
      expect(answer.status, path).toBe(200);
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(has(text, /<script|\son\w+=|javascript:|style="/i)).toBe(false);
      const nonce = /style-src 'nonce-([^']+)'/.exec(answer.headers.get('content-security-policy') ?? '')?.[1];
      expect(has(text, `<link rel="stylesheet" nonce="${nonce}"`)).toBe(true);
      expect(text.match(/(?:src|href|action)="(?!\/|#|\?|data:,)[^"]*"/g)).toBeNull();
    }
  });

  test('the style sheet is one text that may be kept', async () => {
    const answer = await get('/dashboard.css', {});
    expect(answer.headers.get('cache-control')).toContain('immutable');
    const text = await answer.text();
    expect(has(text, '.heat td.route')).toBe(true);
    expect(has(text, '@import')).toBe(false);
  });

  test('an address is a view, and what is linked from it stays in it', async () => {
    const text = await (await get('/usage/trends?weeks=12&team=2&class=tests')).text();
    expect(has(text, /<option value="2" selected>Platform/)).toBe(true);
    expect(has(text, 'href="/usage/suppliers?weeks=12&amp;team=2&amp;class=tests"')).toBe(true);
    expect(has(text, 'href="/usage/export/csv?weeks=12&amp;team=2&amp;class=tests"')).toBe(true);
  });

  test('a cell leads to all that is known of it', async () => {
    const text = await (await get('/?weeks=12')).text();
    const link = /<a href="(\/\?weeks=12&amp;cell=[^"]+)"/.exec(text)?.[1]?.replaceAll('&amp;', '&');
    const page = await (await get((link ?? '').replace('#cell', ''))).text();
    expect(has(page, /<div class="card" id="cell"><p><strong>\w+, changes/)).toBe(true);
    for (const cell of ['{', 'null', '[1,2]', '["a","b","c"]']) {
      expect((await get(`/?cell=${encodeURIComponent(cell)}`)).status).toBe(200);
    }
  });

  test('a change of the policy can be copied, with what it saves and from how many tasks', async () => {
    const text = await (await get('/usage/changes?weeks=12')).text();
    expect(text).toMatch(
      /Move <code>tests<\/code> \(changes\) to <code>microsoft\/mai-code-1\.1-flash<\/code>: saves \$[\d.]+–[\d.]+ a month/,
    );
    expect(has(text, /from n = \d+/)).toBe(true);
    expect(has(text, '<span class="added">')).toBe(true);
  });

  test('what a team too small to be told has done is in no row of its own', async () => {
    const text = await (await get('/?weeks=12')).text();
    expect(has(text, '>Platform</a>')).toBe(true);
    expect(has(text, '>Research</a>')).toBe(false);
    expect(has(await (await get('/?weeks=12&team=4')).text(), 'Nothing here that 5 people or more had part in')).toBe(
      true,
    );
  });

  test('work that two persons did alone is named nowhere: on no page, in no export, in no metric', async () => {
    const paths = [
      ...usagePages.map(({ path }) => path),
      '/usage/export/csv',
      '/usage/export/json',
      '/usage/export/focus',
    ];
    for (const path of paths) expect(has(await (await get(`${path}?weeks=26`)).text(), 'firmware'), path).toBe(false);
    expect(has(await (await get('/metrics')).text(), 'firmware')).toBe(false);
  });

  test('budgets are told in steps that a single request does not show in', async () => {
    const text = await (await get('/usage/spend')).text();
    expect(has(text, '$2,800.00')).toBe(true);
    expect(has(text, '2,611')).toBe(false);
  });

  test('exports say what pages say', async () => {
    const json = (await (await get('/usage/export/json?weeks=12')).json()) as {
      readonly totals: { readonly costNanoUsd: number; readonly tasks: number };
    };
    const focus = await get('/usage/export/focus?weeks=12');
    expect(focus.headers.get('content-disposition')).toBe(
      'attachment; filename="routing-policy-focus-2026-09-03-to-2026-11-23.csv"',
    );
    const [head = '', ...rows] = (await focus.text()).trim().split('\r\n');
    const names = head.split(',');
    for (const name of ['BilledCost', 'SubAccountName', 'Tags', 'x_SuccessfulTasks']) expect(names).toContain(name);
    expect(names).toEqual([...names].sort());
    const at = names.indexOf('ListCost');
    const listed = rows.reduce((sum, row) => sum + Number(fields(row)[at]), 0);
    expect(listed).toBeCloseTo(json.totals.costNanoUsd / 1e9, 6);
    const metrics = await (await get('/metrics')).text();
    expect(metrics).toMatch(/^routing_policy_tasks\{team="Payments",class="docs",model="[^"]+"\} \d+$/m);
    expect(metrics).toMatch(
      /^routing_policy_task_outcomes\{team="Payments",class="inline",model="[^"]+",outcome="success"\} \d+$/m,
    );
    expect(metrics).toMatch(
      /^routing_policy_first_token_seconds\{team="Payments",class="inline",model="[^"]+",work="completion",quantile="0.95"\} 0\.\d+$/m,
    );
  });

  test.each([
    ['Payments', 1],
    ['Platform', 2],
  ])('a token for the metrics of %s tells its figures, and nobody else’s', async (name, team) => {
    const figures = async (headers?: Readonly<Record<string, string>>) =>
      (await (await get('/metrics', headers)).text())
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'));
    const isOwn = (line: string): boolean => line.includes(`{team="${name}",`);
    const all = await figures();
    expect(all.every(isOwn)).toBe(false);
    const own = await figures({ authorization: `Bearer ${await there().token('metrics', team)}` });
    expect(own.length).toBeGreaterThan(10);
    expect(own).toEqual(all.filter(isOwn));
  });

  test('names that are stored are text in pages, no formula in CSV, and one label in metrics', async () => {
    const { database } = there();
    const names = ['=HYPERLINK("x","y")', '<img src=x onerror=alert(1)>', '"} 1\nroutes{a="', '+1+1|cmd'];
    // As a database might hold them that something else has written to: what comes over the wire is stricter.
    await setLeastPersons(database, ORG, 1);
    const { id: team } = await database
      .insertInto('teams')
      .values({ org_id: ORG, name: '<script>alert(2)</script>' })
      .returning('id')
      .executeTakeFirstOrThrow();
    await seedTasks(
      database,
      names.map((name) => ({
        team,
        person: 'x',
        day: '2026-11-20',
        class: name,
        target: `${name}/${name}`,
        policy: name,
        labels: { [name]: name },
        trial: name,
        arm: 'trial',
      })),
    );
    const hostile = await there().signIn('viewer', '<b onclick=alert(3)>"\'</b>');
    await seedPolicy(database, '{ "version": 1, "default": "<i>/x" }', '<u>"x', '1');
    for (const path of [...usagePages.map((page) => page.path), '/budgets']) {
      const text = await (await get(`${path}?weeks=12&team=${team}`, hostile.headers)).text();
      expect(has(text, /<script|<img|<b onclick|<u>|<i>/), path).toBe(false);
    }
    const csv = await (await get(`/usage/export/csv?weeks=12&team=${team}`)).text();
    expect(has(csv, /(?:^|,)"?[=+\-@](?!\d)/m)).toBe(false);
    expect(has(csv, `'=HYPERLINK`)).toBe(true);
    expect(has(await (await get(`/usage/export/focus?weeks=12&team=${team}`)).text(), /(?:^|,)"?[=+@]/m)).toBe(false);
    const metrics = await (await get('/metrics')).text();
    for (const line of metrics.trim().split('\n')) {
      expect(line).toMatch(/^(?:# .*|routing_policy_\w+\{(?:\w+="(?:[^"\\\n]|\\.)*",?)+\} [\d.e-]+)$/);
    }
    await setLeastPersons(database, ORG, 5);
  });

  test('no address can be made into a statement, or a page that fails', async () => {
    const odd = [
      "' OR 1=1 --",
      '1;DROP TABLE tasks',
      '%00',
      '\u202e',
      '9'.repeat(400),
      '-1',
      'NaN',
      '../../etc/passwd',
    ];
    for (const value of odd.map(encodeURIComponent)) {
      const query = `?weeks=${value}&team=${value}&class=${value}&label=${value}:${value}&from=${value}&to=${value}&cell=${value}&policy=${value}`;
      expect((await get(`/${query}`)).status, query).toBe(200);
    }
    const all = odd
      .map(encodeURIComponent)
      .map((value, place) => `${'weeks team class label from to cell policy'.split(' ')[place]}=${value}`);
    for (const { path } of usagePages) expect((await get(`${path}?${all.join('&')}`)).status, path).toBe(200);
    expect(there().logged).toEqual([]);
  });
});

test('the policy over the figures is read with what it extends, under the names that its classes are reported by', async () => {
  const { database } = there();
  await seedPolicy(
    database,
    '{ "version": 1, "extends": "preset:team", "default": "small", "routes": { "own": { "use": "small", "passFloor": 0.5 } }, "models": { "small": "openai/gpt-6-luna" }, "classes": [{ "id": "own", "when": { "files": ["own/**"] } }] }',
    'baseline',
    '13',
  );
  await setLeastPersons(database, ORG, 1);
  await seedTasks(
    database,
    ['team:tests', 'own', 'usage.acme.example:own', 'elsewhere:tests'].map((ofClass) => ({
      person: 'x',
      day: '2026-11-20',
      class: ofClass,
    })),
  );
  const { heat } = (await (await get('/usage/export/json?from=2026-11-20&to=2026-11-20')).json()) as {
    readonly heat: {
      readonly rows: readonly {
        readonly class: string;
        readonly route: readonly string[];
        readonly passFloor?: number;
      }[];
    };
  };
  const routeOf = (ofClass: string) => heat.rows.find((row) => row.class === ofClass)?.route[0];
  expect(routeOf('team:tests')).toBe('copilot/mai-code-1.1-flash');
  expect([routeOf('own'), routeOf('usage.acme.example:own')]).toEqual(['openai/gpt-6-luna', 'openai/gpt-6-luna']);
  expect(routeOf('elsewhere:tests')).toBeUndefined();
  await database.deleteFrom('policy_versions').where('serial', '=', '13').execute();
  await setLeastPersons(database, ORG, 5);
});

test('what is remembered of a view is forgotten when more is published', async () => {
  const { database } = there();
  await setLeastPersons(database, ORG, 5);
  expect(has(await (await get('/')).text(), 'new-class')).toBe(false);
  const people = ['p', 'q', 'r', 's', 't'];
  await seedTasks(
    database,
    people.map((person) => ({ person, day: '2026-11-23', class: 'new-class' })),
  );
  expect(has(await (await get('/')).text(), 'new-class')).toBe(false);
  there().setNow(NOW + DAY_MS);
  await decideAtoms(database, NOW + DAY_MS);
  const { headers } = await there().signIn('viewer', 'Somebody of the next day');
  for (const _again of [1, 2]) expect(has(await (await get('/', headers)).text(), 'new-class')).toBe(true);
  const name = (called: string) => database.updateTable('teams').set({ name: called }).where('id', '=', TEAM).execute();
  await name('Called otherwise');
  expect(has(await (await get('/', headers)).text(), />Called otherwise<\/a>/)).toBe(true);
  await name('Payments');
  there().setNow(NOW);
  viewer = await there().signIn('viewer', 'Vi');
});

test('a page shows what is published at the moment that it is, of the same days', async () => {
  const { database } = there();
  await setLeastPersons(database, ORG, 5);
  there().setNow(NOW + 2 * DAY_MS);
  const { headers } = await there().signIn('viewer', 'Somebody who looks twice');
  const people = ['p', 'q', 'r', 's', 't'];
  await seedTasks(
    database,
    people.map((person) => ({ person, day: '2026-11-24', class: 'next-class' })),
  );
  expect(has(await (await get('/', headers)).text(), 'next-class')).toBe(false);
  await decideAtoms(database, NOW + 2 * DAY_MS);
  expect(has(await (await get('/', headers)).text(), 'next-class')).toBe(true);
  there().setNow(NOW);
});

test('a page shows the route and the floor of a policy’s new version at once', async () => {
  const { database } = there();
  await setLeastPersons(database, ORG, 5);
  const { headers } = await there().signIn('viewer', 'Somebody who looks twice');
  /** The floor of the class, and the models that it is routed to. */
  const drawn = async () => {
    const text = await (await get('/?weeks=12&class=docs&team=2', headers)).text();
    const models = [...text.matchAll(/<th scope="col" title="([^"]+)"/g)].map(([, model]) => model);
    const cells = [...text.matchAll(/<td class="([^"]*)" title=/g)].map(([, names = '']) => names.split(' '));
    return {
      floor: /floor (\d+)%/.exec(text)?.[1],
      route: models.filter((_model, place) => cells[place]?.includes('route')),
    };
  };
  const first = { floor: '70', route: ['anthropic/claude-sonnet-5-5'] };
  expect(await drawn()).toEqual(first);
  await seedPolicy(
    database,
    '{ "version": 1, "default": "small", "models": { "small": "openai/gpt-6-luna" }, "routes": { "docs": { "use": "small", "passFloor": 0.61 } }, "classes": [{ "id": "docs", "when": { "files": ["**/*.md"] } }] }',
    'baseline',
    '14',
  );
  expect(await drawn()).toEqual({ floor: '61', route: ['openai/gpt-6-luna'] });
  await database.deleteFrom('policy_versions').where('serial', '=', '14').execute();
  expect(await drawn()).toEqual(first);
});

test('whoever asks for one person sees a developer’s cells as they come in', async () => {
  const { database } = there();
  await setLeastPersons(database, ORG, 1);
  await seedTasks(database, [
    { team: 1, person: 'alone', day: '2026-11-23', class: 'solo-work', outcome: 'committed' },
  ]);
  const text = await (await get('/?weeks=1')).text();
  expect(has(text, 'solo-work')).toBe(true);
  expect(has(text, 'this server keeps nothing back')).toBe(true);
});

/** Whether a page has a text: a failure then does not print all of the page. */
function has(text: string, part: string | RegExp): boolean {
  return typeof part === 'string' ? text.includes(part) : part.test(text);
}

/** The fields of a line of CSV. */
function fields(line: string): readonly string[] {
  return [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, field = '']) => field.replace(/^"|"$/g, ''));
}
