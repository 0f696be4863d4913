// Mutated policies: none may hang, crash, eat the memory, say something else than its text, or get a request past what
// the last good policy or a baseline above it allows.
import { Worker } from 'node:worker_threads';
import { mutantOf } from './mutate.ts';
import { seedPolicies } from './seeds.ts';
import type { Share, WorkerReport } from './worker.ts';

/** The longest that one mutant may take, all its decisions included, in milliseconds. */
const LONGEST = 1_000;
/** The most memory that a thread may take for one mutant after another, in MB. */
const MEMORY = 300;
const LOOK_EVERY = 50;

export interface PolicyRun {
  readonly count: number;
  readonly salt: number;
  readonly threads: number;
}

export interface PolicyFindings {
  readonly judged: number;
  readonly accepted: number;
  readonly slowestMs: number;
  readonly heapMB: number;
  readonly problems: readonly Problem[];
}

export interface Problem {
  readonly number: number;
  readonly how: string;
  readonly problem: string;
  readonly text: string;
}

/** Judges `count` mutants on several threads. The same salt makes the same mutants. */
export async function fuzzPolicies({ count, salt, threads }: PolicyRun): Promise<PolicyFindings> {
  const shares = await Promise.all(
    Array.from({ length: threads }, (_, thread) => runShare({ from: thread, to: count, step: threads, salt })),
  );
  const seeds = seedPolicies();
  const problems: ShareFindings['problems'][number][] = [];
  for (const { number } of shares.flatMap((share) => share.problems)) {
    // Once more and alone: on a busy machine a thread can stand still through no fault of its mutant.
    const again = await runShare({ from: number, to: number + 1, step: 1, salt });
    problems.push(...again.problems);
  }
  return {
    judged: sum(shares.map(({ judged }) => judged)),
    accepted: sum(shares.map(({ accepted }) => accepted)),
    slowestMs: Math.max(...shares.map(({ slowestMs }) => slowestMs)),
    heapMB: Math.max(...shares.map(({ heapMB }) => heapMB)),
    problems: problems.map(({ number, problem }) => ({ number, problem, ...mutantOf(seeds, number, salt) })),
  };
}

interface ShareFindings extends Omit<PolicyFindings, 'problems'> {
  readonly problems: readonly Pick<Problem, 'number' | 'problem'>[];
}

/** One thread after another: where a mutant ends one, the next begins behind it. */
async function runShare(share: Omit<Share, 'progress'>): Promise<ShareFindings> {
  let all: ShareFindings = { judged: 0, accepted: 0, slowestMs: 0, heapMB: 0, problems: [] };
  for (let from: number | undefined = share.from; from !== undefined && from < share.to; ) {
    const { next, ...part }: ThreadFindings = await runThread({ ...share, from });
    all = {
      judged: all.judged + part.judged,
      accepted: all.accepted + part.accepted,
      slowestMs: Math.max(all.slowestMs, part.slowestMs),
      heapMB: Math.max(all.heapMB, part.heapMB),
      problems: [...all.problems, ...part.problems],
    };
    from = next;
  }
  return all;
}

interface ThreadFindings extends ShareFindings {
  /** Where the next thread begins; undefined when there is nothing left. */
  readonly next?: number;
}

async function runThread(share: Omit<Share, 'progress'>): Promise<ThreadFindings> {
  const progress = new SharedArrayBuffer(8);
  const at = new Int32Array(progress);
  const worker = new Worker(new URL('worker.ts', import.meta.url), {
    workerData: { ...share, progress } satisfies Share,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY },
  });
  const problems: Pick<Problem, 'number' | 'problem'>[] = [];
  let end: Extract<WorkerReport, { kind: 'done' }> | undefined;
  let ended: string | undefined;
  const stop = watch(at, () => {
    ended = `took longer than ${LONGEST} ms`;
    void worker.terminate();
  });
  worker.on('message', (report: WorkerReport) => {
    if (report.kind === 'done') end = report;
    else problems.push(report);
  });
  worker.on('error', (error) => {
    ended = error.message;
  });
  try {
    await new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  } finally {
    stop();
  }
  const judged = Atomics.load(at, 1);
  if (end !== undefined) return { judged, problems, ...end };
  const number = Atomics.load(at, 0);
  const problem = { number, problem: ended ?? 'ended its thread' };
  return { judged, accepted: 0, slowestMs: 0, heapMB: 0, problems: [...problems, problem], next: number + share.step };
}

/** Calls back when the count in `at` stands still for too long. Its first step, which loads everything, takes a while. */
function watch(at: Int32Array, callback: () => void): () => void {
  let judged = 0;
  let since = performance.now();
  const timer = setInterval(() => {
    const now = Atomics.load(at, 1);
    if (now === 0 || now !== judged) {
      judged = now;
      since = performance.now();
    } else if (performance.now() - since > LONGEST) {
      callback();
    }
  }, LOOK_EVERY);
  return () => clearInterval(timer);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
