// A team's server of leases in a process of its own, over a database that outlives it: `node leaseServerProcess.ts ADDRESS PORT`, the address
// as JSON. It may be killed at any moment.
import { Hono } from 'hono';
import { leaseRoutes } from '../../src/team/budgets/leaseRoutes.ts';
import { listen, listenLimits } from '../../src/team/http/listen.ts';
import type { TeamEnv, TeamServices } from '../../src/team/services.ts';
import { type DatabaseAddress, openDatabase } from '../../src/team/store/database.ts';

const [address = '', port = '0'] = process.argv.slice(2);
const { database, pool } = openDatabase(JSON.parse(address) as DatabaseAddress);
const services: TeamServices = {
  database,
  pool,
  now: () => Date.now(),
  log: (level, message) => process.stderr.write(`${level} ${message}\n`),
  signal: new AbortController().signal,
};
const listening = await listen({ host: '127.0.0.1', port: Number(port), limits: listenLimits }, () =>
  new Hono<TeamEnv>().route('/', leaseRoutes(services)),
);
process.stdout.write(`${JSON.stringify({ port: listening.port })}\n`);
