// A process that makes usage reports, as the editor's router does: beside whoever asks for them.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openLedger } from '../../src/usage/ledgerFile.ts';
import type { UsageReport } from '../../src/usage/report/usageReport.ts';
import { reportText } from './usage.ts';

const DAYS = 90;
const START_MS = 30_000;

/** What it sends back: the report as JSON, and how long that took, in milliseconds. */
export interface MadeReport {
  readonly text: string;
  readonly ms: number;
}

export class ReportProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Just started: its ledger is open, and no report was made yet. @param folder the state folder whose ledger is read */
  static async start(folder: string): Promise<ReportProcess> {
    const child = fork(fileURLToPath(import.meta.url), [folder]);
    await once(child, 'message', { signal: AbortSignal.timeout(START_MS) });
    return new ReportProcess(child);
  }

  /** The report of the last ninety days, made anew. One at a time. @throws when the process ends */
  async make(): Promise<MadeReport & { readonly report: UsageReport }> {
    const ended = new AbortController();
    const end = (): void => ended.abort(new Error('The process that makes reports has ended.'));
    this.#child.once('exit', end);
    try {
      const answered = once(this.#child, 'message', { signal: ended.signal });
      this.#child.send('make');
      const [made] = (await answered) as [MadeReport];
      return { ...made, report: JSON.parse(made.text) as UsageReport };
    } finally {
      this.#child.off('exit', end);
    }
  }

  close(): void {
    this.#child.kill();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , folder = ''] = process.argv;
  // A router has its books open long before somebody opens the panel.
  const opened = await openLedger(folder, Date.now());
  if (opened.kind !== 'open') throw new Error(opened.reason);
  process.on('message', async () => {
    const startedAt = performance.now();
    const text = await reportText(folder, DAYS, opened.ledger);
    process.send?.({ text, ms: performance.now() - startedAt } satisfies MadeReport);
  });
  process.send?.('ready');
}
