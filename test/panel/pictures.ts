// Pictures of the panel for people to look at: `node test/panel/pictures.ts`, into test-results/panel. The one that the
// README shows has sample figures: a real machine has few after a few requests.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../scripts/steps.ts';
import { emptyReport, hostileReport, oneDayReport, richReport } from './sample.ts';
import { openStage } from './stage.ts';
import type { ThemeName } from './themes.ts';

const FOLDER = join(ROOT, 'test-results', 'panel');

const PICTURES = [
  ['rich-dark', richReport, 'dark', 1280],
  ['rich-light', richReport, 'light', 1280],
  ['rich-high-contrast', richReport, 'high-contrast', 1280],
  ['rich-high-contrast-light', richReport, 'high-contrast-light', 1280],
  ['rich-narrow', richReport, 'dark', 320],
  ['rich-half', richReport, 'light', 680],
  ['empty', emptyReport, 'dark', 1280],
  ['one-day', oneDayReport, 'light', 900],
  ['hostile', hostileReport, 'dark', 1280],
] as const satisfies readonly (readonly [string, object, ThemeName, number])[];

const stage = await openStage();
try {
  await mkdir(FOLDER, { recursive: true });
  for (const [name, report, theme, width] of PICTURES) {
    const panel = await stage.open({ theme, width });
    await panel.show(report);
    if (name.startsWith('rich')) await panel.page.locator('[data-place="1-2"]').focus();
    await panel.page.screenshot({ path: join(FOLDER, `${name}.png`), fullPage: true });
    await panel.page.context().close();
  }
  const range = { kind: 'days', days: 90 } as const;
  const shown = await stage.open({ width: 1200, height: 1140, kept: { range, scroll: 0 } });
  await shown.tell({ type: 'report', range, report: { ...richReport, warnings: [] } });
  await shown.page.locator('[data-place="1-1"]').hover();
  await shown.page.screenshot({ path: join(ROOT, 'media', 'screenshots', 'usage-panel.png') });
  const forced = await stage.open({ forcedColors: 'active' });
  await forced.show(richReport);
  await forced.page.screenshot({ path: join(FOLDER, 'forced-colors.png'), fullPage: true });
  console.log(FOLDER);
} finally {
  await stage.close();
}
