// Judges a share of the mutants in a thread of its own, so that one that hangs or eats the memory can be ended.
import { parentPort, workerData } from 'node:worker_threads';
import { judgeOf } from './judge.ts';
import { mutantOf } from './mutate.ts';
import { seedPolicies } from './seeds.ts';

/** What a thread is asked to do. */
export interface Share {
  /** The numbers from `from` to `to` - 1, every `step`th. */
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly salt: number;
  /** Two numbers: the mutant that is being judged, and how many have been. */
  readonly progress: SharedArrayBuffer;
}

/** What a thread says about a mutant, or at its end about all of its own. */
export type WorkerReport =
  | { readonly kind: 'problem'; readonly number: number; readonly problem: string }
  | { readonly kind: 'done'; readonly accepted: number; readonly slowestMs: number; readonly heapMB: number };

const { from, to, step, salt, progress } = workerData as Share;
const at = new Int32Array(progress);
const seeds = seedPolicies();
const judge = judgeOf(seeds);
let accepted = 0;
let slowestMs = 0;
let heap = 0;
const say = (report: WorkerReport): void => parentPort?.postMessage(report);

for (let number = from; number < to; number += step) {
  const mutant = mutantOf(seeds, number, salt);
  Atomics.store(at, 0, number);
  const started = performance.now();
  try {
    const judged = judge(mutant);
    if (judged.accepted) accepted += 1;
    if (judged.problem !== undefined) say({ kind: 'problem', number, problem: judged.problem });
  } catch (error) {
    say({ kind: 'problem', number, problem: `threw ${error instanceof Error ? error.stack : String(error)}` });
  }
  slowestMs = Math.max(slowestMs, performance.now() - started);
  Atomics.add(at, 1, 1);
  if (number % 64 < step) heap = Math.max(heap, process.memoryUsage().heapUsed);
}
say({ kind: 'done', accepted, slowestMs, heapMB: heap / 1024 / 1024 });
