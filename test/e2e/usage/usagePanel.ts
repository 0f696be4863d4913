// The usage panel in the real editor: a request is made, and what it cost and where it went is on the screen.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { expect, test } from 'vitest';
import { ROOT } from '../../../scripts/steps.ts';
import { ask } from '../../host/chat.ts';
import { ROUTE_STATUS } from '../../host/vscode.ts';
import { violations } from '../../panel/axe.ts';
import { haveChat, vscode } from './window.ts';

const PICTURES = join(ROOT, 'test-results', 'screenshots');

/** The panel's own page: a frame within a frame, made anew whenever the panel comes into sight. */
async function panel(patience = 30_000): Promise<Frame> {
  const { workbench } = vscode;
  const find = async (): Promise<Frame | undefined> => {
    for (const frame of workbench.page.frames()) {
      const isPanel = await frame
        .locator('#panel main')
        .isVisible()
        .catch(() => false);
      if (isPanel) return frame;
    }
    return undefined;
  };
  const frame = await workbench.until('the usage panel', find, (found) => found !== undefined, patience);
  if (frame === undefined) throw new Error('The panel was there and is gone.');
  return frame;
}

async function waitForText(selector: string, words: string | RegExp): Promise<string> {
  const matches = (text: string): boolean => (typeof words === 'string' ? text.includes(words) : words.test(text));
  return vscode.workbench.until(
    `${selector} to say ${String(words)}`,
    async () =>
      (await panel())
        .locator(selector)
        .first()
        .innerText({ timeout: 2_000 })
        .catch(() => ''),
    matches,
  );
}

/** Before anything was asked. */
export function emptyPanel(): void {
  test('before any request the panel opens and says what will be there', async () => {
    const { workbench } = vscode;
    await workbench.command('Routing Policy: Show Usage');
    await waitForText('main', 'Nothing was routed in these days');
    expect(
      workbench.console.filter((line) => line.includes('Content Security Policy') && line.includes('panel')),
    ).toEqual([]);
  });
}

export function usagePanel(): void {
  test('a request that is made while it is open appears by itself', async () => {
    const { workbench } = vscode;
    await haveChat();
    await workbench.command('Routing Policy: Show Usage');
    await panel();
    await ask(workbench, 'append "// checked" to packages/core/test/order.test.ts');
    await workbench.waitForStatus(ROUTE_STATUS, (text) => text.includes('$'));
    const row = await waitForText('.decisions tbody tr', 'claude-haiku-5-5');
    expect(row).toContain('tests');
    expect(row).toMatch(/\$0\.\d+/);
    await waitForText('.heat', 'tests');
    await waitForText('.headline', 'simulated');
  });

  test('a decision is explained beside the panel, which stays', async () => {
    const { workbench } = vscode;
    await (await panel())
      .getByRole('button', { name: /^Explain the decision/ })
      .first()
      .click();
    await workbench.page.locator('.tab >> text=Decision').first().waitFor({ timeout: 30_000 });
    await workbench.until(
      'the explanation',
      async () => {
        const texts = workbench.page.frames().map((frame) =>
          frame
            .locator('body.vscode-body')
            .first()
            .innerText({ timeout: 500 })
            .catch(() => ''),
        );
        return (await Promise.all(texts)).join('\n');
      },
      (text) => text.includes('claude-haiku-5-5') && /class/i.test(text),
    );
    await waitForText('.decisions tbody tr', 'claude-haiku-5-5');
  });

  test('the figures are saved where the person wants them', async () => {
    const { workbench, repository } = vscode;
    await (await panel()).getByRole('button', { name: 'Export as CSV' }).click();
    await workbench.page.locator('.quick-input-widget:visible').first().waitFor({ timeout: 30_000 });
    await workbench.press('Enter');
    const name = await workbench.until(
      'the file',
      async () => (await readdir(repository.folder)).find((file) => file.endsWith('.csv')),
      (file) => file !== undefined,
    );
    expect(await readFile(join(repository.folder, name ?? ''), 'utf8')).toContain('claude-haiku-5-5');
  });

  test('it is as legible in the light theme as in the dark one', async () => {
    const { workbench } = vscode;
    const colours = async (): Promise<readonly string[]> =>
      (await panel()).locator('body').evaluate((body) => {
        const { color, backgroundColor } = getComputedStyle(body);
        return [color, backgroundColor];
      });
    await workbench.command('View: Toggle Secondary Side Bar Visibility');
    const dark = await colours();
    expect(await violations(await panel())).toEqual([]);
    await workbench.screenshot(join(PICTURES, 'usage-panel-dark.png'));
    await workbench.command('Preferences: Toggle between Light/Dark Themes');
    const light = await workbench.until('the other colours', colours, (seen) => seen.join() !== dark.join());
    await workbench.screenshot(join(PICTURES, 'usage-panel-light.png'));
    expect(light[1]).not.toBe(dark[1]);
    expect(await violations(await panel())).toEqual([]);
    await workbench.command('Preferences: Toggle between Light/Dark Themes');
    await workbench.command('View: Toggle Secondary Side Bar Visibility');
  });

  test('after a reload of the window it is there again, with the days that were chosen', async () => {
    const { workbench } = vscode;
    await (await panel()).locator('.choice', { hasText: '90 days' }).click();
    await (await panel()).locator('.choice.chosen', { hasText: '90 days' }).waitFor();
    await workbench.reload();
    await panel(90_000);
    await waitForText('.decisions tbody tr', 'claude-haiku-5-5');
    expect(await (await panel()).locator('.choice.chosen').innerText()).toContain('90 days');
  });
}
