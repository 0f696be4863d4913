import type { VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { remembered } from '../figures/remembered.ts';
import type { PageRequest, UsagePage } from './usagePages.ts';

/**
 * What a page shows. It is drawn once for as long as nothing of it changes: most who open a page look at what somebody else has
 * just looked at.
 */
export async function drawnContent(page: UsagePage, request: PageRequest): Promise<VNode> {
  if (page.isLive === true) return page.content(request);
  const { world, view, days, parameters } = request;
  const { source, teams, policy } = world;
  const underneath = [
    teams.map(({ id, name }) => [id, name]),
    policy && [policy.name, policy.serial, policy.publishedAt],
  ];
  const html = await remembered(source, ['page', page.path, days, view, [...parameters], ...underneath], async () =>
    renderToString(await page.content(request)),
  );
  // Drawn by the renderer: whatever in it is not ours is escaped.
  return <div class="drawn" dangerouslySetInnerHTML={{ __html: html }} />;
}
