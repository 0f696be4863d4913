import { daysOfView, usualView } from '../figures/teamView.ts';
import { OWN_ORG } from '../organisation.ts';
import type { TeamServices } from '../services.ts';
import { drawnContent } from './drawnContent.tsx';
import { usagePages } from './usagePages.ts';
import { worldOf } from './world.ts';

/**
 * Draws what most people look at first, so that nobody waits for the first look after a start, or after more was published: each
 * page of the usual view. What is known already is not drawn again.
 */
export async function drawAhead(services: TeamServices): Promise<void> {
  const world = await worldOf(services, OWN_ORG);
  // What is shown as it comes in is remembered for nobody.
  if (world.source.published === undefined) return;
  const request = {
    services,
    world,
    view: usualView,
    days: daysOfView(usualView, world.source.now),
    parameters: new URLSearchParams(),
  };
  for (const page of usagePages) {
    if (services.signal.aborted) return;
    if (page.isLive !== true) await drawnContent(page, request);
  }
}
