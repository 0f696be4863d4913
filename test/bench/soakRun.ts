// A gateway with everything behind it, in this process, under clients and providers that behave and that do not. Between
// rounds it is left alone until nothing is under way, and counted what is left.
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { spoken } from '../../src/gateway/testing/requests.ts';
import { type GatewayStage, startStage } from '../../src/gateway/testing/stage.ts';
import type { Behaviour } from '../simulated/main.ts';
import { median } from './timing.ts';

const AT_ONCE = 8;
const QUIET_MS = 300;
/** What a client that goes away has waited, in milliseconds. */
const PATIENCE_MS = 15;

/** Before a third of the requests one of these, in turn; whichever request comes next meets it. */
const FAULTS: readonly Behaviour[] = [
  { kind: 'status', status: 500 },
  { kind: 'cut' },
  { kind: 'reset' },
  { kind: 'stream-error' },
  { kind: 'malformed' },
  { kind: 'status', status: 400 },
  { kind: 'end-early' },
  { kind: 'empty' },
  { kind: 'slow', perDeltaMs: 4 },
];

/** What is left when nothing is under way. */
export interface Sample {
  readonly requests: number;
  readonly heapMb: number;
  readonly memoryMb: number;
  /** NaN but on Linux. */
  readonly descriptors: number;
  /** Sockets, timers and the like that keep the process alive. */
  readonly handles: number;
}

export interface Soaked {
  readonly samples: readonly Sample[];
  /** How many requests ended how: by status, or as the client left. */
  readonly ended: ReadonlyMap<string, number>;
  /** What grew, a sentence each. */
  readonly broken: readonly string[];
}

export interface Soaking {
  /** Requests between two samples. */
  readonly requestsARound: number;
  /** Asked before each round. */
  goesOn(rounds: number): boolean;
}

/** Round after round, for as long as it is to go on. */
export async function soak({ requestsARound, goesOn }: Soaking): Promise<Soaked> {
  const stage = await startStage();
  const warnings: string[] = [];
  const heard = (warning: Error): unknown => warnings.push(`${warning.name}: ${warning.message}`);
  process.on('warning', heard);
  const samples: Sample[] = [];
  const ended = new Map<string, number>();
  let asked = 0;
  try {
    while (goesOn(samples.length)) {
      let left = requestsARound;
      const worker = async (): Promise<void> => {
        while (left-- > 0) {
          const how = await askSomehow(stage, asked++);
          ended.set(how, (ended.get(how) ?? 0) + 1);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      samples.push(await sampleOf(stage, asked));
    }
  } finally {
    process.off('warning', heard);
    await stage.stop();
  }
  const leaks = warnings.filter((warning) => /leak|MaxListeners/i.test(warning));
  return { samples, ended, broken: [...growthOf(samples), ...leaks] };
}

/** One of the ways in which clients and providers meet, by its number; how it ended. */
function askSomehow({ port, token, simulated }: GatewayStage, n: number): Promise<string> {
  const { path, body } = spoken[n % spoken.length] ?? (spoken[0] as (typeof spoken)[number]);
  const stream = n % 3 !== 0;
  const leaves = n % 7 === 0;
  if (n % 3 === 1) {
    const fault = FAULTS[Math.floor(n / 3) % FAULTS.length];
    if (fault) (n % 2 === 0 ? simulated.anthropic : simulated.openai).behave(fault);
  }
  return new Promise((settle) => {
    const headers = { 'content-type': 'application/json', 'x-routing-token': token };
    const asking = request({ port, host: '127.0.0.1', method: 'POST', path: path(stream), headers, agent: false });
    let how = 'broken off';
    asking.on('response', (response) => {
      response.resume().on('error', () => undefined);
      response.on('end', () => {
        how = String(response.statusCode);
      });
    });
    asking.on('error', () => undefined);
    asking.on('close', () => settle(leaves ? 'left' : how));
    asking.end(JSON.stringify(body(`What is ${n}?`, stream)));
    if (leaves) setTimeout(() => asking.destroy(), PATIENCE_MS);
  });
}

async function sampleOf({ simulated }: GatewayStage, requests: number): Promise<Sample> {
  for (const server of [simulated.anthropic, simulated.openai, simulated.fim]) {
    server.recover();
    server.forget();
  }
  await sleep(QUIET_MS);
  collectGarbage();
  const { heapUsed, rss } = process.memoryUsage();
  const descriptors = (await readdir('/proc/self/fd').catch(() => undefined))?.length ?? Number.NaN;
  return {
    requests,
    heapMb: heapUsed / 1024 / 1024,
    memoryMb: rss / 1024 / 1024,
    descriptors,
    handles: process.getActiveResourcesInfo().length,
  };
}

/** Twice: what finalizers let go of is only then free. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
}

/** More than this between the middle third and the last is growth; a leak of a few kilobytes a request is more by far. */
const MOST = { heapMb: 3, descriptors: 6, handles: 6 } as const;

function growthOf(samples: readonly Sample[]): readonly string[] {
  const third = Math.floor(samples.length / 3);
  if (third < 2) return [];
  const [before, after] = [samples.slice(third, 2 * third), samples.slice(2 * third)];
  return (Object.keys(MOST) as (keyof typeof MOST)[]).flatMap((what) => {
    const [first, last] = [before, after].map((some) => median(some.map((sample) => sample[what])));
    const grown = (last ?? 0) - (first ?? 0);
    return grown > MOST[what] ? [`${what} grew from ${first?.toFixed(1)} to ${last?.toFixed(1)}.`] : [];
  });
}
