import { type Context, Hono } from 'hono';
import { requireRole } from '../access/guards.ts';
import { daysOfView, readView } from '../figures/teamView.ts';
import { refuse } from '../http/refusal.ts';
import type { TeamEnv, TeamServices } from '../services.ts';
import { exportFormats, exportOf } from './exports.ts';
import { answerMetrics, requireScraper } from './metricsRoute.ts';
import { readStylesheet } from './stylesheet.ts';
import { usagePage } from './usagePage.tsx';
import { usagePages } from './usagePages.ts';
import { worldOf } from './world.ts';

/** A year: its address changes with the text. */
const STYLESHEET_SECONDS = 31_536_000;

/** The pages of an organisation's usage, their exports, and figures for Prometheus. */
export function dashboardRoutes(services: TeamServices): Hono<TeamEnv> {
  const app = new Hono<TeamEnv>();
  app.get('/dashboard.css', (context) => {
    const { text } = readStylesheet();
    return context.body(text, 200, {
      'content-type': 'text/css; charset=UTF-8',
      'cache-control': `public, max-age=${STYLESHEET_SECONDS}, immutable`,
    });
  });
  const viewer = requireRole(services, 'viewer');
  for (const page of usagePages) {
    app.get(page.path, viewer, async (context) =>
      context.html(await usagePage(page, await requested(context, services))),
    );
  }
  app.get('/usage/export/:format', viewer, async (context) => {
    const asked = context.req.param('format');
    const format = exportFormats.find((one) => one === asked);
    if (format === undefined) return refuse(404, `There is no such export: it is one of ${exportFormats.join(', ')}.`);
    const { name, type, text } = await exportOf(format, await requested(context, services));
    return context.body(text, 200, {
      'content-type': type,
      'content-disposition': `attachment; filename="${name}"`,
    });
  });
  app.get('/metrics', requireScraper(services), async (context) => answerMetrics(services, context));
  return app;
}

async function requested(context: Context<TeamEnv>, services: TeamServices) {
  const person = context.get('person');
  const parameters = new URL(context.req.url).searchParams;
  const view = readView(parameters);
  const world = await worldOf(services, person.orgId);
  return {
    services,
    world,
    view,
    days: daysOfView(view, world.source.now),
    parameters,
    person,
    nonce: context.get('nonce'),
  };
}
