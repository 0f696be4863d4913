// The gateway for as long as is wished: mixed clients, faults of providers, clients that go away, new conversations, new
// folders, a policy and a commit that change. Nothing may be left of a request when it has ended, so nothing may grow: heap,
// memory, buffers, descriptors, sockets, handles; the ledger by no more than what is written down.
//   --minutes N     how long (2)
//   --bundle FILE   another built command line than dist/cli.js
//   --log           a line for each sample while it runs
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../../scripts/steps.ts';
import { wholeNumber } from './options.ts';
import { count, megabytes, type Report, type Row } from './report.ts';
import { type Sample, type Soaked, soak, tellsData } from './soakRun.ts';

const REQUESTS_A_ROUND = 200;

export async function measure(args: readonly string[]): Promise<Report> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '2' },
      bundle: { type: 'string', default: join(ROOT, 'dist', 'cli.js') },
      log: { type: 'boolean', default: false },
    },
  });
  const minutes = wholeNumber('minutes', values.minutes);
  const until = Date.now() + minutes * 60_000;
  const { samples, growth, ended, broken } = await soak({
    program: resolve(values.bundle),
    requestsARound: REQUESTS_A_ROUND,
    goesOn: () => Date.now() < until,
    ...(values.log ? { sampled: (sample) => console.log(JSON.stringify(sample)) } : {}),
  });
  const third = samples.slice(0, Math.ceil(samples.length / 3));
  const rows = [
    ...rowOf('after a third', latestOf(third)),
    ...rowOf('at the end', latestOf(samples)),
    ...rowOf('more in 10,000 requests, after the warm-up', growth),
  ];
  const ends = [...ended].map(([how, times]) => `${times} ${how}`).join(', ');
  return { rows, notes: [`${minutes} minutes, ${samples.at(-1)?.requests ?? 0} requests: ${ends}.`], broken };
}

/** The last sample, with what the last one that looked for it has told of data. */
function latestOf(samples: readonly Sample[]): Sample | undefined {
  const [last, data] = [samples.at(-1), samples.findLast(tellsData)?.dataMb];
  return last === undefined || data === undefined ? last : { ...last, dataMb: data };
}

function rowOf(what: string, held: Sample | Soaked['growth'] | undefined): readonly Row[] {
  if (held === undefined) return [];
  const figures = {
    heap: megabytes(held.heapMb),
    'data in it': megabytes(held.dataMb ?? Number.NaN),
    memory: megabytes(held.memoryMb),
    buffers: megabytes(held.buffersMb),
    descriptors: count(held.descriptors),
    sockets: count(held.sockets),
    handles: count(held.handles),
    'on the disk': megabytes(held.keptMb),
  };
  return [{ what, figures }];
}
