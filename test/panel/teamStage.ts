// The team's pages in a real browser, from a real server with a real database.
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../host/chromium.ts';
import { type SignedIn, startTeamStage, type TeamStage } from '../host/teamStage.ts';
import { NOW } from './teamSample.ts';

export interface TeamPages {
  readonly stage: TeamStage;
  readonly admin: SignedIn;
  /** Opens a page; what it was refused or threw is in `troubles`. */
  open(path: string, options?: OpenOptions): Promise<{ readonly page: Page; readonly troubles: readonly string[] }>;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly width?: number;
  readonly colorScheme?: 'light' | 'dark';
  readonly contrast?: 'more';
  readonly forcedColors?: 'active';
  /** Nobody is signed in. */
  readonly isStranger?: boolean;
}

/** undefined: there is no PostgreSQL for this machine. */
export async function openTeamPages(): Promise<TeamPages | undefined> {
  const stage = await startTeamStage({ now: NOW });
  if (stage === undefined) return undefined;
  let browser: Browser | undefined;
  try {
    const launched = await launchChromium();
    browser = launched;
    const admin = await stage.signIn('admin', 'Ada Lovelace');
    return {
      stage,
      admin,
      open: async (path, { width = 1280, colorScheme = 'light', contrast, forcedColors, isStranger = false } = {}) => {
        const context = await launched.newContext({
          viewport: { width, height: 900 },
          colorScheme,
          ...(contrast && { contrast }),
          ...(forcedColors && { forcedColors }),
          ...(isStranger ? {} : { extraHTTPHeaders: { ...admin.headers } }),
        });
        const page = await context.newPage();
        const troubles: string[] = [];
        page.on('pageerror', (error) => troubles.push(error.message));
        page.on('console', (message) => {
          if (message.type() === 'error' || message.type() === 'warning') troubles.push(message.text());
        });
        page.on('request', (request) => {
          if (!request.url().startsWith(stage.url) && !request.url().startsWith('data:')) troubles.push(request.url());
        });
        await page.goto(`${stage.url}${path}`);
        return { page, troubles };
      },
      close: async () => {
        await launched.close();
        await stage.stop();
      },
    };
  } catch (error) {
    await browser?.close();
    await stage.stop();
    throw error;
  }
}
