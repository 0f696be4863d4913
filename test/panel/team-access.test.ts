// Signing in, and what admins do, in a real browser: its own rules about cookies, origins and scripts.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAdminLink } from '../../src/team/access/adminLinks.ts';
import { OidcProvider } from '../../src/team/access/oidc.ts';
import { partsOf } from '../../src/team/parts.ts';
import { launchChromium } from '../host/chromium.ts';
import { type IdentityProvider, startIdentityProvider } from '../host/identityProvider.ts';
import { ORG, startTeamStage, type TeamStage } from '../host/teamStage.ts';
import { violations } from './axe.ts';

let stage: TeamStage | undefined;
let browser: Browser;
let identities: IdentityProvider;
/** Somebody else's site. */
let elsewhere: { readonly url: string; readonly server: Server };

beforeAll(async () => {
  identities = await startIdentityProvider({ ada: { name: 'Ada Lovelace', groups: ['sre'] } });
  const { issuer, clientId, clientSecret } = identities;
  const roles = { claim: 'groups', admin: ['sre'] };
  const oidc = new OidcProvider({ issuer, clientId, clientSecret, scopes: ['groups'], roles });
  stage = await startTeamStage({ parts: (services) => partsOf(services, { oidc }) });
  identities.open(`${stage?.url}/sign-in/return`);
  browser = await launchChromium();
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(decodeURIComponent(new URL(request.url ?? '/', 'http://x').searchParams.get('page') ?? ''));
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  elsewhere = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
});

afterAll(async () => {
  await browser?.close();
  await stage?.stop();
  await identities?.stop();
  elsewhere?.server.close();
});

const there = (skip: (note: string) => never): TeamStage => stage ?? skip('there is no PostgreSQL for this machine');

/** A browser of somebody who followed a link. */
async function entered(from: TeamStage, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  await page.goto(`${from.url}/enter/${await createAdminLink(from.database, ORG, from.services.now())}`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${from.url}/`);
  return page;
}

test('a link is followed with a click, and forms do what they say', async ({ skip }) => {
  const from = there(skip);
  const page = await entered(from);
  await page.goto(`${from.url}/tokens`);
  await page.getByRole('textbox', { name: 'Name' }).fill('Search');
  await page.getByRole('button', { name: 'Add it' }).click();
  await page.getByRole('combobox', { name: 'Team' }).selectOption('Search');
  await page.getByRole('button', { name: 'Make it' }).click();
  const token = await page.locator('.secret').innerText();
  const asked = (): Promise<number> =>
    fetch(`${from.url}/v1/people/${'a'.repeat(16)}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${token}` },
    }).then(({ status }) => status);
  expect(await asked()).toBe(200);
  await page.goto(`${from.url}/tokens`);
  expect(await page.content()).not.toContain(token);
  await page.getByRole('row', { name: 'Search' }).getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('revoked 2').waitFor();
  expect(await asked()).toBe(401);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${from.url}/sign-in`);
  await page.goto(`${from.url}/tokens`);
  expect(new URL(page.url()).pathname).toBe('/sign-in');
  await page.context().close();
});

test('somebody signs in at the provider, and comes back to where they wanted to go', async ({ skip }) => {
  const from = there(skip);
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${from.url}/audit?before=100`);
  await page.getByRole('link', { name: /^Sign in with 127/ }).click();
  await page.locator('input[name=login]').fill('ada');
  await page.locator('input[name=password]').fill('any');
  await page.getByRole('button', { name: /sign-in/i }).click();
  await page.getByRole('button', { name: /continue/i }).click();
  await page.waitForURL(`${from.url}/audit?before=100`);
  expect(await page.locator('header').innerText()).toContain('Ada Lovelace (admin)');
  await page.context().close();
});

test.each([
  ['light', {}],
  ['dark', { colorScheme: 'dark' }],
  ['phone', { viewport: { width: 360, height: 740 } }],
  ['contrast', { contrast: 'more' }],
] as const)(
  'axe finds nothing on pages of admins, nothing is refused and nothing is too wide: %s',
  async (_, options) => {
    const from = there((note) => expect.fail(note));
    const page = await entered(from, options);
    const troubles: string[] = [];
    page.on('console', (message) => troubles.push(message.text()));
    for (const path of ['/people', '/tokens', '/audit', '/sign-in']) {
      await page.goto(`${from.url}${path}`);
      const width = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect([path, await violations(page), Math.max(0, width)]).toEqual([path, [], 0]);
    }
    expect(troubles).toEqual([]);
    await page.context().close();
  },
);

test('another site’s page, even of this machine, changes nothing, shows nothing and reads nothing', async ({
  skip,
}) => {
  const from = there(skip);
  const page = await entered(from);
  const teams = (): Promise<number> =>
    from.pool
      .query('SELECT count(*)::int AS count FROM teams')
      .then(({ rows }) => (rows[0] as { count: number }).count);
  const before = await teams();
  const shown = async (html: string): Promise<void> => {
    await page.goto(`${elsewhere.url}/?page=${encodeURIComponent(encodeURIComponent(html))}`);
  };
  await shown(`<form method=post action="${from.url}/teams"><input name=name value=Evil><button>Go</button></form>`);
  await page.getByRole('button', { name: 'Go' }).click();
  expect(await page.content()).toContain('comes from another page');
  // A site of the same name and another port is sent the cookies along: that is what the origin is looked at for.
  await shown(
    `<script>fetch("${from.url}/teams", { method: "POST", mode: "no-cors", credentials: "include", body: new URLSearchParams({ name: "Evil" }) }).finally(() => { document.title = "done"; });</script>`,
  );
  await page.waitForFunction(() => document.title === 'done');
  await shown(
    `<script>fetch("${from.url}/tokens", { credentials: "include" }).then(() => { document.title = "read"; }, () => { document.title = "not read"; });</script>`,
  );
  await page.waitForFunction(() => document.title !== '');
  expect(await page.title()).toBe('not read');
  await shown(`<iframe src="${from.url}/tokens"></iframe>`);
  expect(await page.frames().at(-1)?.content()).not.toContain('Make it');
  expect(await teams()).toBe(before);
  await page.context().close();
});
