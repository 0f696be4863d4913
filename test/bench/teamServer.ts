// The team's server and its PostgreSQL as processes of their own, with what the operating system has counted of both.

import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createToken } from '../../src/team/access/machineTokens.ts';
import { beginSession } from '../../src/team/access/sessions.ts';
import { type OpenDatabase, openDatabase } from '../../src/team/store/database.ts';
import { bundledProgram } from '../host/bundledProgram.ts';
import { freePort } from '../host/freePort.ts';
import { start } from './gatewayProcess.ts';

/** Of /proc, on every Linux that there is. */
const TICKS_PER_SECOND = 100;

const TEAMS = 20;

/** In milliseconds of a processor. */
export interface Processor {
  readonly server: number;
  readonly database: number;
}

/** In bytes. */
export interface Memory {
  readonly server: number;
  /** Of all its processes, what they share counted once. */
  readonly database: number;
}

export interface BenchedServer {
  readonly url: string;
  /** One each of {@link TEAMS} teams: a single one may not send that much. */
  readonly tokens: readonly string[];
  /** What a browser in which somebody is signed in sends. */
  readonly cookie: string;
  readonly opened: OpenDatabase;
  processor(): Processor;
  memory(): Memory;
  stop(): Promise<void>;
}

/** @param kept a folder that is left as it is in the end, and may be there already; left out: one that is made, and taken away */
export async function startServer(kept?: string): Promise<BenchedServer> {
  const folder = kept ?? mkdtempSync(join(realpathSync(tmpdir()), 'team-bench-'));
  const program = await bundledProgram('test/host/teamProcess.ts');
  const port = await freePort();
  const running = await start(process.execPath, [program.path, folder, String(port)]);
  const opened = openDatabase(
    { kind: 'socket', folder: join(folder, 'run'), user: 'routing_policy', name: 'postgres' },
    { statementMs: 0 },
  );
  const stop = async (): Promise<void> => {
    await opened.close();
    await running.stop();
    await program.remove();
    if (kept === undefined) rmSync(folder, { recursive: true, force: true });
  };
  try {
    const { rows } = await opened.pool.query<{ id: number }>(
      `INSERT INTO people (org_id, issuer, subject, name, role, created_at) VALUES (1, 'bench', gen_random_uuid()::text, 'Bench', 'viewer', now()) RETURNING id`,
    );
    const teams = Array.from({ length: TEAMS - 1 }, (_, n) => n + 2);
    await opened.pool.query(
      `INSERT INTO teams (org_id, id, name) SELECT 1, id, 'Team ' || id FROM unnest($1::int[]) AS id ON CONFLICT DO NOTHING`,
      [teams],
    );
    const tokens = [running.said];
    for (const teamId of teams) {
      tokens.push((await createToken(opened.database, { orgId: 1, teamId, scope: 'ingest' }, Date.now())).token);
    }
    const secret = await beginSession(opened.database, 1, rows[0]?.id ?? 0, Date.now());
    return {
      url: `http://127.0.0.1:${port}`,
      tokens,
      cookie: `routing-policy-team=${secret}`,
      opened,
      processor: () => processorOf(running.pid),
      memory: () => memoryOf(running.pid),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly processorMs: number;
}

/** undefined: it has ended meanwhile. */
function processAt(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in front may have spaces and brackets in it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // User and system time of its children that have ended: what they came to is known in ticks alone.
    const ticks = Number(fields[13]) + Number(fields[14]);
    return { pid, parent: Number(fields[1]), processorMs: ownProcessorMs(pid) + (ticks * 1_000) / TICKS_PER_SECOND };
  } catch {
    return undefined;
  }
}

/** Of all its threads, as exactly as the scheduler counts: a page takes less than a tick. */
function ownProcessorMs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
    const [nanoseconds] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
    return sum + Number(nanoseconds) / 1e6;
  }, 0);
}

/** All that a process has started, and what those have. */
function descendants(pid: number): readonly Process[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (processAt(Number(name)) ?? []) : []));
  const found: Process[] = [];
  let parents = new Set([pid]);
  while (parents.size > 0) {
    const children = all.filter(({ parent }) => parents.has(parent));
    found.push(...children);
    parents = new Set(children.map((child) => child.pid));
  }
  return found;
}

function processorOf(pid: number): Processor {
  const database = descendants(pid).reduce((sum, { processorMs }) => sum + processorMs, 0);
  return { server: processAt(pid)?.processorMs ?? 0, database };
}

function memoryOf(pid: number): Memory {
  const database = descendants(pid).reduce((sum, one) => sum + kilobytesIn(one.pid, 'smaps_rollup', 'Pss'), 0);
  return { server: kilobytesIn(pid, 'status', 'VmRSS') * 1024, database: database * 1024 };
}

function kilobytesIn(pid: number, file: string, name: string): number {
  try {
    const [, value] =
      new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8')) ?? [];
    return Number(value ?? 0);
  } catch {
    return 0; // it has ended meanwhile
  }
}
