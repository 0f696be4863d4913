// The team's pages in a real browser: for everybody, by keyboard, light and dark, on a phone, with whatever names there are.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { usagePages } from '../../src/team/dashboard/usagePages.ts';
import { setLeastPersons } from '../../src/team/figures/leastPersons.ts';
import { seedTasks } from '../../src/team/figures/seededTasks.fixture.ts';
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

  test('with the keyboard alone a team is chosen, and a cell tells all that is known of it', async () => {
    const from = there((note) => expect.fail(note));
    const { page, troubles } = await from.open('/?weeks=12');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').innerText()).toBe('To the figures');
    const select = page.locator('select[name="team"]');
    await select.focus();
    // A letter that comes a second after the last one begins another word.
    const typed = async (): Promise<string> => {
      await page.keyboard.press('Home');
      await page.keyboard.type('Platform');
      return select.locator('option:checked').innerText();
    };
    await expect.poll(typed, { interval: 1_500 }).toBe('Platform');
    await page.locator('button:has-text("Show")').focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/team=2/);
    expect(page.url()).toContain('weeks=12');
    expect(await page.locator('select[name="team"] option:checked').innerText()).toBe('Platform');
    const cell = page.locator('.heat td a', { hasText: '%' }).first();
    await cell.focus();
    expect(await cell.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe('solid');
    await page.keyboard.press('Enter');
    await page.waitForURL(/cell=/);
    expect(await page.locator('#cell').innerText()).toMatch(
      /\d+ judged, .*\d+ succeeded.*\. Of \d+ tasks it is not told what became/s,
    );
    expect(await page.locator('td.chosen').count()).toBe(1);
    expect(await violations(page)).toEqual([]);
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  test('each stop of the tab key can be seen, and none comes twice', async () => {
    const from = there((note) => expect.fail(note));
    const { page } = await from.open('/usage/changes?weeks=12');
    const stops: string[] = [];
    for (let press = 0; press < 80; press += 1) {
      await page.keyboard.press('Tab');
      const stop = await page.evaluate(() => {
        const { activeElement: element } = document;
        if (element === null || element === document.body) return 'out';
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        const seen = outlineStyle === 'none' || outlineWidth === '0px' ? 'unseen ' : '';
        const place = element.getBoundingClientRect();
        return `${seen}${element.tagName} ${element.getAttribute('name') ?? element.getAttribute('href') ?? element.getAttribute('aria-label') ?? element.textContent} ${Math.round(place.x)}`;
      });
      if (stop === 'out') break;
      stops.push(stop);
    }
    expect(stops.length).toBeGreaterThan(15);
    expect(stops.filter((stop) => stop.startsWith('unseen'))).toEqual([]);
    // A date has three parts, each a stop of its own.
    const others = stops.filter((stop) => !/^INPUT (?:from|to) /.test(stop));
    expect(new Set(others).size).toBe(others.length);
    await page.context().close();
  });

  test('names that mean ill are text, also to a browser', async () => {
    const from = there((note) => expect.fail(note));
    const { database } = from.stage;
    const name = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    await setLeastPersons(database, 1, 1);
    await seedTasks(database, [
      { person: 'x', day: '2026-11-20', class: name, target: `${name}/${name}`, labels: { [name]: name } },
    ]);
    for (const { path } of usagePages) {
      const { page, troubles } = await from.open(`${path}?weeks=12`);
      expect(await page.title()).toContain('Routing Policy');
      expect(await page.locator('img, script').count(), path).toBe(0);
      expect(troubles, path).toEqual([]);
      await page.context().close();
    }
    await setLeastPersons(database, 1, 5);
  });

  test('what is refused is a page like the others', async () => {
    const from = there((note) => expect.fail(note));
    const { page } = await from.open('/nowhere', { colorScheme: 'dark' });
    expect(await page.locator('h1').innerText()).toBe('There is nothing here');
    expect(await violations(page)).toEqual([]);
    if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, 'not-found.png') });
    await page.context().close();
  });
});
