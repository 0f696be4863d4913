// The gateway for hours on end, shortened: mixed clients, faults of providers and clients that go away, for as long as is
// wished. Nothing may be left of a request when it has ended, so nothing may grow: heap, descriptors, handles.
//   --minutes N   how long (2); what is compared begins after the first fifth
import { parseArgs } from 'node:util';
import { wholeNumber } from './options.ts';
import { count, megabytes, type Report, type Row } from './report.ts';
import { type Sample, soak } from './soakRun.ts';

export async function measure(args: readonly string[]): Promise<Report> {
  const { values } = parseArgs({ args: [...args], options: { minutes: { type: 'string', default: '2' } } });
  const minutes = wholeNumber('minutes', values.minutes);
  const until = Date.now() + minutes * 60_000;
  const { samples, ended, broken } = await soak({ requestsARound: 200, goesOn: () => Date.now() < until });
  const settled = samples.slice(Math.ceil(samples.length / 5));
  const rows = [rowOf('after the first fifth', settled[0]), rowOf('at the end', settled.at(-1))];
  const ends = [...ended].map(([how, times]) => `${times} ${how}`).join(', ');
  return { rows: rows.flat(), notes: [`${minutes} minutes: ${ends}.`], broken };
}

function rowOf(what: string, sample: Sample | undefined): readonly Row[] {
  if (sample === undefined) return [];
  return [
    {
      what,
      figures: {
        heap: megabytes(sample.heapMb),
        memory: megabytes(sample.memoryMb),
        descriptors: count(sample.descriptors),
        handles: count(sample.handles),
      },
    },
  ];
}
