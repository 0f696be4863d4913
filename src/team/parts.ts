import type { Hono } from 'hono';
import type { TeamEnv, TeamServices } from './services.ts';

/** What the server is made of, a line each. */
export function partsOf(_services: TeamServices): readonly Hono<TeamEnv>[] {
  return [];
}
