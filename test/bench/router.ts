// What the router's process costs: its start, its memory at rest, and what one completion and one chat take longer through
// it than straight at the simulated provider. The straight call sends the very body that the router sent the round before.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT, run } from '../../scripts/steps.ts';
import { LspClient } from '../host/lspClient.ts';
import { createRepository, type Repository } from '../host/repository.ts';
import { type SimulatedProviders, type SimulatedServer, startSimulatedProviders } from '../simulated/main.ts';
import { megabytes, milliseconds, type Report, type Row } from './report.ts';
import { median, race, type Timing, typical } from './timing.ts';

const SERVER = join(ROOT, 'dist', 'server.js');
const STARTS = 5;
const ROUNDS = 30;
const WARM_UP = 5;
const IDLE_MS = 5_000;

const FILE = 'packages/core/src/add.ts';

const policy = {
  version: 1,
  default: 'anthropic/claude-sonnet-5-5',
  classes: [{ id: 'inline', when: { kind: 'completion' }, use: 'codestral/codestral-latest' }],
};

/** A process that has answered `initialize`. */
interface Started {
  readonly client: LspClient;
  readonly initializedMs: number;
  readonly end: () => Promise<void>;
}

async function startRouter(repository: Repository, simulated: SimulatedProviders): Promise<Started> {
  const stateFolder = await mkdtemp(join(tmpdir(), 'routing-policy-bench-'));
  const started = performance.now();
  const client = await LspClient.start({
    server: SERVER,
    root: repository.folder,
    stateFolder,
    initialization: {
      configuration: {
        providers: simulated.providers,
        network: {},
        trusted: true,
        completions: { enabled: true, maximumDelayMs: 1_000, timeoutMs: 10_000 },
        chat: { timeoutMs: 60_000 },
      },
    },
  });
  const end = async (): Promise<void> => {
    await client.stop();
    await rm(stateFolder, { recursive: true, force: true });
  };
  return { client, initializedMs: performance.now() - started, end };
}

export async function measure(): Promise<Report> {
  const simulated = await startSimulatedProviders();
  const repository = await createRepository({
    files: {
      '.routing-policy.json': JSON.stringify(policy),
      'packages/core/package.json': '{ "name": "core" }\n',
      [FILE]: 'export function add(a: number, b: number): number {\n  return a + b;\n}\n',
    },
  });
  try {
    const starts = await measureStarts(repository, simulated);
    const { rows, memoryMb } = await measureRequests(repository, simulated);
    return {
      rows: [...starts, { what: 'memory at rest', figures: { median: megabytes(memoryMb) } }, ...rows],
      notes: [
        `${STARTS} starts with a fresh state folder; ${ROUNDS} rounds of one call straight and one through the router, ` +
          'in turn. The provider answers at once, and a completion is asked for by hand, so that no wait is part of it.',
      ],
      broken: [],
    };
  } finally {
    await repository.remove();
    await simulated.stop();
  }
}

async function measureStarts(repository: Repository, simulated: SimulatedProviders): Promise<readonly Row[]> {
  const initialized: number[] = [];
  const answered: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    const begun = performance.now();
    const { client, initializedMs, end } = await startRouter(repository, simulated);
    try {
      await chat(client, 0);
      answered.push(performance.now() - begun);
      initialized.push(initializedMs);
    } finally {
      await end();
    }
  }
  return [
    { what: 'process start to ready', figures: { median: milliseconds(median(initialized)) } },
    { what: 'process start to a chat answered', figures: { median: milliseconds(median(answered)) } },
  ];
}

async function measureRequests(
  repository: Repository,
  simulated: SimulatedProviders,
): Promise<{ readonly rows: readonly Row[]; readonly memoryMb: number }> {
  const { client, end } = await startRouter(repository, simulated);
  try {
    await client.openDocument(FILE, 'typescript', textOf(0));
    for (let n = 1; n <= WARM_UP; n++) {
      await complete(client, n);
      await chat(client, n);
    }
    const round = (once: (n: number) => Promise<number>) => async (n: number) => [await once(n + WARM_UP + 1)];
    const timings = await race(ROUNDS, {
      completionStraight: round(() => repeatLast(simulated.fim).then(({ ended }) => ended)),
      completion: round((n) => complete(client, n)),
    });
    const chats: { straight: Answered[]; routed: Answered[] } = { straight: [], routed: [] };
    for (let n = 0; n < ROUNDS; n++) {
      chats.straight.push(await repeatLast(simulated.anthropic));
      chats.routed.push(await chat(client, n + WARM_UP + 1));
    }
    await sleep(IDLE_MS);
    return {
      memoryMb: await residentMegabytes(client.pid),
      rows: [
        compare('completion', timings.completion, timings.completionStraight),
        compare('chat, first piece', timingsOf(chats.routed, 'first'), timingsOf(chats.straight, 'first')),
        compare('chat, whole answer', timingsOf(chats.routed, 'ended'), timingsOf(chats.straight, 'ended')),
      ],
    };
  } finally {
    await end();
  }
}

/** Milliseconds from the request to the first piece of the answer, and to its end. */
interface Answered {
  readonly first: number;
  readonly ended: number;
}

function timingsOf(answers: readonly Answered[], what: keyof Answered): readonly Timing[] {
  return answers.map((answer) => ({ p50: answer[what], p99: answer[what] }));
}

function compare(what: string, routed: readonly Timing[], straight: readonly Timing[]): Row {
  const added = routed.map(({ p50 }, round) => p50 - (straight[round]?.p50 ?? Number.NaN));
  return {
    what,
    figures: {
      median: milliseconds(typical(routed).p50),
      straight: milliseconds(typical(straight).p50),
      added: milliseconds(median(added)),
    },
  };
}

/** Another text each time, or the router would answer from its cache. */
function textOf(n: number): string {
  return `export function add${n}(a: number, b: number): number {\n  return \n}\n`;
}

async function complete(client: LspClient, n: number): Promise<number> {
  await client.changeDocument(FILE, n + 1, textOf(n));
  const started = performance.now();
  const items = await client.complete(FILE, 1, 9);
  const ms = performance.now() - started;
  if (items.length === 0) throw new Error(`The router offered nothing for completion ${n}:\n${client.stderr}`);
  return ms;
}

async function chat(client: LspClient, n: number): Promise<Answered> {
  const started = performance.now();
  const { events, result } = client.chat({
    conversation: {
      system: [],
      messages: [{ role: 'user', parts: [{ kind: 'text', text: `Question ${n}: what does add do?` }] }],
      tools: [],
    },
    surface: 'chat',
    client: 'bench',
    requestedModel: 'auto',
  });
  let first: number | undefined;
  const arrived = events.push.bind(events);
  events.push = (...more) => {
    if (more.some(({ kind }) => kind === 'text')) first ??= performance.now() - started;
    return arrived(...more);
  };
  const ended = await result;
  if (ended.kind !== 'served' || first === undefined) {
    throw new Error(`Chat ${n} was not served but ${ended.kind}:\n${client.stderr}`);
  }
  return { first, ended: performance.now() - started };
}

/** Sends a provider the body it received last, and reads the whole answer. */
async function repeatLast(provider: SimulatedServer): Promise<Answered> {
  const last = provider.requests.at(-1);
  if (last === undefined) throw new Error(`${provider.url} has not been asked yet.`);
  const body = JSON.stringify(last.body);
  const started = performance.now();
  const response = await fetch(`${provider.url}${last.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
    body,
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok || response.body === null) throw new Error(`${provider.url} answered ${response.status}.`);
  let first: number | undefined;
  for await (const piece of response.body) if (piece.length > 0) first ??= performance.now() - started;
  return { first: first ?? Number.NaN, ended: performance.now() - started };
}

async function residentMegabytes(pid: number): Promise<number> {
  if (process.platform === 'win32') return Number.NaN;
  if (process.platform !== 'linux') return Number(await run('ps', ['-o', 'rss=', '-p', String(pid)])) / 1024;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}
