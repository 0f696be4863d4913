// A gateway with everything behind it under clients and providers that behave and that do not, round after round. Between
// rounds it is left alone until nothing is under way, and looked at for what is left.
import { setTimeout as sleep } from 'node:timers/promises';
import { type SoakGateway, startSoakGateway } from './soakGateway.ts';
import { type Bound, growthPer10k, tooMuchGrowth } from './soakGrowth.ts';
import type { Held } from './soakProbe.ts';
import { soakRequests } from './soakRequests.ts';

const AT_ONCE = 8;
const QUIET_MS = 300;
/** Each so manieth sample tells what is data: the gateway is slower for a while after it. */
const DATA_EVERY = 10;
/**
 * Until then memories fill up to their bounds and the compiler is at work: a third of the samples, or as many requests as it
 * takes to fill the one that holds most: ten thousand items of answers (`gateway/writtenItems.ts`), one in three requests.
 */
const WARM = { share: 1 / 3, requests: 30_000 } as const;

/** What is left when nothing is under way. */
export interface Sample extends Held {
  readonly requests: number;
  /** On the disk: the ledger, the decision log. It grows by what is written down, and by no more as time goes on. */
  readonly keptMb: number;
}

export interface Soaked {
  readonly samples: readonly Sample[];
  /** What is held in 10,000 more requests, after the warm-up. */
  readonly growth: Readonly<Record<Watched, number>>;
  /** How many requests ended how: by status, or as the client left. */
  readonly ended: ReadonlyMap<string, number>;
  /** What grew, a sentence each. */
  readonly broken: readonly string[];
}

export interface Soaking {
  /** The command line, built or as it stands in the sources. */
  readonly program: string;
  /** Requests between two samples. */
  readonly requestsARound: number;
  /** Asked before each round. */
  goesOn(rounds: number): boolean;
  sampled?(sample: Sample): void;
}

type Watched = Exclude<keyof Sample, 'requests'>;

/** A sample that tells what is data. */
export const tellsData = ({ dataMb }: Sample): boolean => dataMb !== undefined;

/**
 * What may be more at the end. A leak of 200 bytes a request is 2 MB in 10,000; texts that are remembered, within bounds, fill
 * up for hours. Memory as the operating system counts it goes up and down with what the allocator keeps, so short runs have to
 * allow for that.
 */
const BOUNDS: Readonly<Record<Watched, Bound>> = {
  heapMb: { atAll: 2.5, per10k: 1.5 },
  // Told and not judged: no run has shown yet from where on it is flat.
  dataMb: { atAll: Number.POSITIVE_INFINITY, per10k: 0 },
  memoryMb: { atAll: 24, per10k: 2 },
  buffersMb: { atAll: 3, per10k: 0.2 },
  descriptors: { atAll: 6, per10k: 0 },
  sockets: { atAll: 6, per10k: 0 },
  handles: { atAll: 4, per10k: 0 },
  keptMb: { atAll: 4, per10k: 60 },
};

/** Round after round, for as long as it is to go on. */
export async function soak({ program, requestsARound, goesOn, sampled }: Soaking): Promise<Soaked> {
  const gateway = await startSoakGateway(program);
  const samples: Sample[] = [];
  const ended = new Map<string, number>();
  let asked = 0;
  try {
    const askSomehow = soakRequests(gateway);
    while (goesOn(samples.length)) {
      let left = requestsARound;
      const worker = async (): Promise<void> => {
        while (left-- > 0) {
          const how = await askSomehow(asked++);
          ended.set(how, (ended.get(how) ?? 0) + 1);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      const sample = await sampleOf(gateway, asked, samples.length % DATA_EVERY === DATA_EVERY - 1 ? 'data' : 'held');
      samples.push(sample);
      sampled?.(sample);
      await gateway.change(samples.length);
    }
    const settled = afterWarmUp(samples);
    const watched = Object.keys(BOUNDS) as Watched[];
    const pointsOf = (what: Watched) =>
      settled.flatMap(({ requests, [what]: value }) => (value === undefined ? [] : { requests, value }));
    const grown = watched.flatMap((what) => tooMuchGrowth(what, pointsOf(what), BOUNDS[what]) ?? []);
    const leaks = gateway.told().match(/^.*(?:leak|MaxListeners).*$/gim) ?? [];
    return {
      samples,
      growth: Object.fromEntries(watched.map((what) => [what, growthPer10k(pointsOf(what))])) as Soaked['growth'],
      ended,
      broken: [...grown, ...leaks],
    };
  } finally {
    await gateway.stop();
  }
}

function afterWarmUp(samples: readonly Sample[]): readonly Sample[] {
  const warm = Math.min(
    Math.floor(samples.length * WARM.share),
    samples.findIndex(({ requests }) => requests >= WARM.requests) >>> 0,
  );
  return samples.slice(warm);
}

async function sampleOf(gateway: SoakGateway, requests: number, wish: 'held' | 'data'): Promise<Sample> {
  for (const server of [gateway.simulated.anthropic, gateway.simulated.openai, gateway.simulated.fim]) {
    server.recover();
    server.forget();
  }
  await sleep(QUIET_MS);
  return { requests, ...(await gateway.held(wish)), keptMb: (await gateway.keptBytes()) / 1024 / 1024 };
}
