// Budgets, policies and bills as an admin has them in a real browser.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAdminLink } from '../../src/team/access/adminLinks.ts';
import { partsOf } from '../../src/team/parts.ts';
import { readSigningKeys } from '../../src/team/policies/signingKeys.ts';
import { launchChromium } from '../host/chromium.ts';
import { ORG, startTeamStage, type TeamStage } from '../host/teamStage.ts';
import { violations } from './axe.ts';

let stage: TeamStage | undefined;
let browser: Browser;
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'team-admin-')));
const long = `looks like ${'a-very-long-name-'.repeat(12)}`;
const policy = (reason: string): string =>
  JSON.stringify(
    { version: 1, default: 'openai/gpt-6-sol', constraints: [{ id: 'only', allow: ['openai/*'], reason }] },
    undefined,
    2,
  );

beforeAll(async () => {
  const signingKeys = readSigningKeys(join(folder, 'key.pem'), true);
  stage = await startTeamStage({ parts: (services) => partsOf(services, { signingKeys }) });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await stage?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function entered(
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ readonly page: Page; readonly url: string }> {
  if (stage === undefined) throw new Error('There is no PostgreSQL for this machine.');
  const page = await (await browser.newContext(options)).newPage();
  await page.goto(`${stage.url}/enter/${await createAdminLink(stage.database, ORG, stage.services.now())}`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${stage.url}/`);
  return { page, url: stage.url };
}

test('an admin sets a budget, publishes a policy, brings the one before back, and takes a bill in', async () => {
  const { page, url } = await entered();
  await page.goto(`${url}/budgets`);
  await page.getByRole('combobox', { name: 'Of' }).selectOption({ index: 1 });
  await page.getByRole('textbox', { name: 'Id in the policy' }).fill('team-month');
  await page.getByRole('textbox', { name: 'US dollars' }).fill('6000');
  await page.getByRole('button', { name: 'Set it' }).click();
  await page.getByRole('row', { name: /team-month.*\$6,000\.00 a month/ }).waitFor();

  for (const reason of ['contracts', long]) {
    await page.goto(`${url}/policies`);
    await page.getByRole('textbox', { name: 'Name' }).fill('base');
    await page.getByRole('textbox', { name: 'Why' }).fill(reason);
    await page.getByRole('textbox', { name: 'Text' }).fill(policy(reason));
    await page.getByRole('button', { name: 'Publish it' }).click();
    await page.getByRole('heading', { name: '(in force)' }).waitFor();
  }
  await page.getByRole('button', { name: 'Publish this one again' }).click();
  await page.getByText('back to serial').waitFor();
  expect(await page.locator('section[aria-labelledby^=serial]').count()).toBe(3);
  await page.goto(`${url}/policies`);
  await page.getByRole('textbox', { name: 'Name' }).fill('base');
  await page.getByRole('textbox', { name: 'Text' }).fill('{\n "version": 2 }');
  await page.getByRole('button', { name: 'Publish it' }).click();
  await page
    .getByText(/^Line \d, column/)
    .first()
    .waitFor();

  await page.goto(`${url}/imports`);
  await page.getByRole('combobox', { name: 'Of' }).selectOption('focus');
  const bill =
    'BilledCost,BillingCurrency,ChargePeriodStart,ProviderName\n5,USD,2026-11-01,OpenAI\nx,USD,2026-11-01,OpenAI\n';
  await page.getByLabel('File').setInputFiles({ name: 'bill.csv', mimeType: 'text/csv', buffer: Buffer.from(bill) });
  await page.getByRole('button', { name: 'Import it' }).click();
  await page.getByText('line 3').waitFor();
  await page.context().close();
});

test.each([
  ['light', {}],
  ['dark', { colorScheme: 'dark' }],
  ['phone', { viewport: { width: 360, height: 740 } }],
] as const)('axe finds nothing on these pages, nothing is refused and nothing is too wide: %s', async (_, options) => {
  const { page, url } = await entered(options);
  const troubles: string[] = [];
  page.on('console', (message) => troubles.push(message.text()));
  for (const path of ['/budgets', '/policies', '/policies/base', '/imports']) {
    await page.goto(`${url}${path}`);
    for (const summary of await page.locator('summary').all()) await summary.click();
    const width = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect([path, await violations(page), Math.max(0, width)]).toEqual([path, [], 0]);
  }
  expect(troubles).toEqual([]);
  await page.context().close();
});
