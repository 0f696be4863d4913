// The usage panel in a real browser: for everybody, by keyboard, in each theme, with whatever names it is given.
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { violations } from './axe.ts';
import { emptyReport, hostileReport, oneDayReport, richReport } from './sample.ts';
import { openStage, type Stage } from './stage.ts';
import { THEMES, type ThemeName } from './themes.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

const focused = (page: Page): Locator => page.locator(':focus');

describe('axe finds nothing to mend', () => {
  test.each(Object.keys(THEMES) as ThemeName[])('in the theme %s', async (theme) => {
    const { page, show, troubles } = await stage.open({ theme });
    await show(richReport);
    await page.locator('summary').click();
    await page.locator('[data-place="2-3"]').focus();
    await page.locator('.choice').last().click();
    expect(await violations(page)).toEqual([]);
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  test.each([
    ['nothing yet', emptyReport],
    ['one day', oneDayReport],
    ['hostile names', hostileReport],
  ])('with %s', async (_what, report) => {
    const { page, show } = await stage.open({ theme: 'light' });
    await show(report);
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  });

  test('before the first report, and when it does not come', async () => {
    const { page, tell } = await stage.open({ theme: 'dark' });
    expect(await violations(page)).toEqual([]);
    await tell({ type: 'failed', range: { kind: 'days', days: 30 }, message: 'The router did not answer.' });
    expect(await page.locator('[role="alert"]').innerText()).toContain('The router did not answer.');
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  });
});

describe('with the keyboard alone', () => {
  test('the tab key passes through everything once, into the table and out of it', async () => {
    const { page, show } = await stage.open();
    await show(richReport);
    const stops: string[] = [];
    for (let press = 0; press < 120; press += 1) {
      await page.keyboard.press('Tab');
      const stop = await page.evaluate(() => {
        const { activeElement: element } = document;
        if (element === null || element === document.body) return 'out';
        return `${element.tagName} ${element.getAttribute('data-place') ?? element.getAttribute('aria-label') ?? element.textContent ?? ''}`;
      });
      if (stop === 'out') break;
      stops.push(stop);
    }
    expect(stops[0], 'the days that are chosen').toMatch(/^INPUT/);
    expect(stops.filter((stop) => stop.startsWith('TD'))).toEqual(['TD 0-0']);
    expect(stops.filter((stop) => stop.includes('Explain'))).toHaveLength(50);
    expect(stops.filter((stop) => stop.startsWith('BUTTON Export as'))).toHaveLength(3);
    expect(new Set(stops).size, 'no place twice').toBe(stops.length);
    await page.context().close();
  });

  test('the arrows move in the table, and the cell says all it knows', async () => {
    const { page, show } = await stage.open();
    await show(richReport);
    await page.locator('[data-place="0-0"]').focus();
    const walk = [
      'ArrowDown',
      'ArrowRight',
      'ArrowRight',
      'ArrowUp',
      'ArrowLeft',
      'End',
      'ArrowRight',
      'Control+Home',
      'ArrowUp',
      'Control+End',
    ];
    const places: (string | null)[] = [];
    for (const key of walk) {
      await page.keyboard.press(key);
      places.push(await focused(page).getAttribute('data-place'));
    }
    expect(places).toEqual(['1-0', '1-1', '1-2', '0-2', '0-1', '0-6', '0-6', '0-0', '0-0', '5-6']);
    expect(await page.locator('td[tabindex="0"]').count()).toBe(1);
    await page.locator('[data-place="2-3"]').focus();
    const described = await focused(page).evaluate(
      (cell) => document.getElementById(cell.getAttribute('aria-describedby') ?? '')?.textContent,
    );
    expect(described).toContain("The policy's first choice.");
    expect(described).toContain('22 of them unknown');
    expect(await page.locator('.card').innerText()).toContain('tests, changes · anthropic/claude-haiku-5-5');
    await page.context().close();
  });

  test('what has the focus can be seen, in every theme', async () => {
    for (const theme of Object.keys(THEMES) as ThemeName[]) {
      const { page, show } = await stage.open({ theme });
      await show(richReport);
      await page.keyboard.press('Tab');
      for (const selector of ['.choice:has(:focus-visible)', '.buttons button']) {
        if (selector.startsWith('.buttons')) await page.keyboard.press('Tab');
        const outline = await page
          .locator(selector)
          .first()
          .evaluate((element) => getComputedStyle(element).outline);
        expect(outline, `${theme}, ${selector}`).toMatch(/solid [2-9]px/);
      }
      await page.context().close();
    }
  });

  test('the days are chosen with the arrows, and days of one’s own with a form', async () => {
    const { page, show, requests, kept } = await stage.open();
    await show(richReport);
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    expect((await requests()).at(-1)).toEqual({ type: 'show', range: { kind: 'days', days: 90 } });
    expect(await kept()).toMatchObject({ range: { kind: 'days', days: 90 } });
    await page.keyboard.press('ArrowRight');
    const [from, to] = [page.locator('input[type="date"]').first(), page.locator('input[type="date"]').last()];
    await from.fill('2026-11-20');
    await to.fill('2026-11-10');
    expect(await page.locator('.custom').innerText()).toContain('must not be after');
    expect(await page.locator('.custom button').isDisabled()).toBe(true);
    await to.fill('2026-11-22');
    await page.keyboard.press('Enter');
    expect((await requests()).at(-1)).toEqual({
      type: 'show',
      range: { kind: 'custom', from: '2026-11-20', to: '2026-11-22' },
    });
    await page.context().close();
  });

  test('refresh, export, explain and the policy’s line are asked of the editor', async () => {
    const { page, show, requests } = await stage.open();
    await show(richReport);
    for (const name of ['Refresh', 'Export as CSV', 'Export as JSON', 'Export as FOCUS']) {
      await page.getByRole('button', { name, exact: true }).press('Enter');
    }
    await page.getByRole('button', { name: /^Open it for docs/ }).press('Enter');
    await page
      .getByRole('button', { name: /^Explain the decision/ })
      .nth(3)
      .press('Space');
    expect((await requests()).slice(1)).toEqual([
      { type: 'refresh' },
      { type: 'export', format: 'csv' },
      { type: 'export', format: 'json' },
      { type: 'export', format: 'focus' },
      { type: 'openPolicy', class: 'docs' },
      { type: 'explain', requestId: 'request-3' },
    ]);
    await page.context().close();
  });
});

describe('whatever it is told', () => {
  test('hostile names do nothing, in the page and out of it', async () => {
    const { page, show, troubles } = await stage.open();
    await show(hostileReport);
    expect(await page.locator('main').innerText()).toContain('<img src=x onerror=');
    expect(await page.evaluate(() => Reflect.get(window, 'harmed'))).toBeUndefined();
    expect(await page.locator('main img, main script, main style, main iframe, main [style]').count()).toBe(0);
    const links = await page.locator('main a').evaluateAll((all) => all.map((link) => link.getAttribute('href')));
    expect(links).toEqual(['#changes']);
    expect(troubles).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    await page.context().close();
  });

  test('its policy refuses scripts, styles and connections that are not its own', async () => {
    const { page, troubles } = await stage.open();
    const harmed = await page.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'window.harmed = 1';
      document.body.append(script);
      document.body.insertAdjacentHTML('beforeend', '<p id="dressed" style="color: rgb(1, 2, 3)">a</p>');
      const isReached = await fetch('http://panel.invalid/panel.js').then(
        () => true,
        () => false,
      );
      const dressed = document.getElementById('dressed');
      return [Reflect.get(window, 'harmed'), isReached, dressed && getComputedStyle(dressed).color === 'rgb(1, 2, 3)'];
    });
    expect(harmed).toEqual([undefined, false, false]);
    expect(troubles.filter((line) => line.includes('Content Security Policy'))).not.toEqual([]);
    await page.context().close();
  });

  test('a report that it cannot read is said, and leaves the last one in sight', async () => {
    const { page, show, tell } = await stage.open();
    await show(oneDayReport);
    await tell({ type: 'report', range: { kind: 'days', days: 30 }, report: { totals: null } });
    expect(await page.locator('[role="alert"]').innerText()).toContain('cannot read');
    expect(await page.locator('.headline').innerText()).toContain('$0.0412');
    await show(oneDayReport);
    expect(await page.locator('[role="alert"]').count()).toBe(0);
    await page.context().close();
  });

  test('an answer to days that were left is not shown', async () => {
    const { page, tell } = await stage.open();
    await tell({ type: 'report', range: { kind: 'days', days: 1 }, report: richReport });
    expect(await page.locator('.headline').count()).toBe(0);
    await page.context().close();
  });
});

test('what is out of sight comes after the first look, and no id is given out twice', async () => {
  const { page, requests, tell } = await stage.open();
  await page.evaluate(() => {
    const seen: string[] = [];
    Object.assign(window, { seen });
    new MutationObserver(() => {
      const parts = document.querySelectorAll('main section').length;
      const isBusy = document.querySelector('main')?.getAttribute('aria-busy');
      seen.push(`${parts === 0 ? 'nothing' : parts === 1 ? 'the table' : 'all'}, busy ${isBusy}`);
    }).observe(document, { childList: true, subtree: true, attributes: true });
  });
  expect(await requests()).toHaveLength(1);
  await tell({ type: 'report', range: { kind: 'days', days: 30 }, report: richReport });
  await page.locator('main[aria-busy="false"] .decisions').waitFor();
  const seen = await page.evaluate(() => Reflect.get(window, 'seen') as string[]);
  expect([...new Set(seen)]).toEqual(['the table, busy true', 'all, busy false']);
  await page.locator('.choice').last().click();
  await page.locator('input[type="date"]').first().waitFor();
  const ids = await page.locator('[id]').evaluateAll((all) => all.map(({ id }) => id));
  expect(ids.length).toBe(new Set(ids).size);
  expect(ids).toContain('range-message');
  await page.context().close();
});

test('a new report leaves the focus, the open parts and the place on the page where they were', async () => {
  const { page, show } = await stage.open();
  await show(richReport);
  await page.locator('summary').click();
  await page.locator('[data-place="2-3"]').focus();
  await page.evaluate(() => window.scrollTo(0, 700));
  await show({ ...richReport, madeAt: richReport.madeAt + 60_000, decisions: richReport.decisions.slice(1) });
  expect(await focused(page).getAttribute('data-place')).toBe('2-3');
  expect(await page.locator('details').getAttribute('open')).not.toBeNull();
  expect(await page.evaluate(() => window.scrollY)).toBe(700);
  await page.context().close();
});

test('hidden and shown again, it asks for the same days and is where it was', async () => {
  const first = await stage.open();
  await first.show(richReport);
  await first.page.evaluate(() => window.scrollTo(0, 800));
  await first.page.waitForFunction(() => (Reflect.get(window, 'kept') as { scroll: number }).scroll === 800);
  const kept = { ...((await first.kept()) as object), range: { kind: 'days', days: 7 } };
  await first.page.context().close();
  const again = await stage.open({ kept });
  expect(await again.requests()).toEqual([{ type: 'show', range: { kind: 'days', days: 7 } }]);
  await again.tell({ type: 'report', range: { kind: 'days', days: 7 }, report: richReport });
  expect(await again.page.evaluate(() => window.scrollY)).toBe(800);
  await again.page.context().close();
});

test.each([
  ['a narrow column', 320, richReport],
  ['a page zoomed to twice its size', 640, richReport],
  ['a narrow column with hostile names', 320, hostileReport],
])('in %s nothing but tables is wider than the page', async (_what, width, report) => {
  const { page, show } = await stage.open({ width });
  await show(report);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  const cut = await page.evaluate(() =>
    [...document.querySelectorAll('main *')]
      .filter((element) => element.closest('.scroller, .hidden, svg, [hidden]') === null)
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
      .map((element) => `${element.tagName} ${element.className}`),
  );
  expect(cut).toEqual([]);
  await page.context().close();
});

test('with forced colours every mark is still there in words', async () => {
  const { page, show } = await stage.open({ forcedColors: 'active' });
  await show(richReport);
  const text = await page.locator('.heat').innerText();
  for (const words of [
    'policy',
    '▽ below floor',
    '★',
    'low confidence',
    'too few',
    'senior review',
    'on the same mix',
  ]) {
    expect(text).toContain(words);
  }
  await page.context().close();
});

test('what it weighs: under 60 KB of script', async () => {
  const { script, style } = stage.bundle;
  expect(Buffer.byteLength(script)).toBeLessThan(60 * 1024);
  expect(Buffer.byteLength(style)).toBeLessThan(16 * 1024);
});
