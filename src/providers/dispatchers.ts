// What of undici each way takes: all of it, with its caches, cookies and WebSockets, takes as long to load as the rest of
// this program, and the first request of a process would wait for it.
import type { Dispatcher, fetch as Fetch, ProxyAgent } from 'undici';
import Agent from 'undici/lib/dispatcher/agent.js';

/** Connections straight to each host. */
export function directWay(options: Agent.Options): Dispatcher {
  return new Agent(options);
}

/** Connections through a proxy. */
export async function proxiedWay(options: ProxyAgent.Options): Promise<Dispatcher> {
  const undici = await import('undici');
  return new undici.ProxyAgent(options);
}

/** The platform's own may be of another version than the dispatchers. */
export async function fetchOver(...[input, init]: Parameters<typeof Fetch>): ReturnType<typeof Fetch> {
  const undici = await import('undici');
  return undici.fetch(input, init);
}
