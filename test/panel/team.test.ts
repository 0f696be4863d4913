// The team's pages in a real browser: for everybody, by keyboard, light and dark, on a phone, with whatever names there are.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { usagePages } from '../../src/team/dashboard/usagePages.ts';
import { violations } from './axe.ts';
import { seedOrganisation } from './teamSample.ts';
import { type OpenOptions, openTeamPages, type TeamPages } from './teamStage.ts';

let pages: TeamPages | undefined;
beforeAll(async () => {
  pages = await openTeamPages();
});
afterAll(() => pages?.close());

const there = (skip: (note: string) => never): TeamPages => pages ?? skip('there is no PostgreSQL for this machine');
/** Where pictures are put for people to look at; none without it. */
const PICTURES = process.env['TEAM_PICTURES'];

async function look(name: string, path: string, options: OpenOptions, from: TeamPages): Promise<readonly string[]> {
  const { page, troubles } = await from.open(path, options);
  if (PICTURES !== undefined) {
    await mkdir(PICTURES, { recursive: true });
    await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
  }
  const width = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  const found = [...(await violations(page)), ...troubles, ...(width > 0 ? [`${width} pixels too wide`] : [])];
  await page.context().close();
  return found;
}

describe('before anyone has reported', () => {
  test.each(['light', 'dark'] as const)(
    'the page says how to begin, and axe finds nothing, in %s',
    async (colorScheme) => {
      const from = there((note) => expect.fail(note));
      expect(await look(`empty-${colorScheme}`, '/', { colorScheme }, from)).toEqual([]);
      const { page } = await from.open('/');
      expect(await page.locator('main').innerText()).toContain('routing-policy team enrol');
      await page.context().close();
    },
  );
});

describe('with an organisation’s usage', () => {
  beforeAll(async () => {
    if (pages !== undefined) await seedOrganisation(pages.stage.database);
  });

  const cases: readonly (readonly [string, OpenOptions])[] = [
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['phone', { colorScheme: 'dark', width: 360 }],
  ];
  test.each([
    ['contrast', { contrast: 'more' }],
    ['contrast-dark', { contrast: 'more', colorScheme: 'dark' }],
    ['forced', { forcedColors: 'active' }],
  ] as const)('axe finds nothing to mend: %s', async (theme, options) => {
    const from = there((note) => expect.fail(note));
    expect(await look(`overview-${theme}`, '/?weeks=12', options, from)).toEqual([]);
  });

  describe.each(cases)('axe finds nothing to mend: %s', (theme, options) => {
    test.each(usagePages.map(({ path, name }) => [name, path] as const))('%s', async (name, path) => {
      const from = there((note) => expect.fail(note));
      const team = name === 'Before and after' ? '?team=1&weeks=12' : '?weeks=12';
      expect(
        await look(`${name.toLowerCase().replaceAll(' ', '-')}-${theme}`, `${path}${team}`, options, from),
      ).toEqual([]);
    });
  });
});
