// A process that records attempts and tasks and sends them, as a router does, until it is killed: for tests of what is lost.
// Arguments: the state folder, the process's number, how many attempts it makes (0: it only sends, until nothing waits), and how
// many milliseconds an answer may take.

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { createNetwork } from '../../src/providers/network.ts';
import { openLedger } from '../../src/usage/ledgerFile.ts';
import { Sync } from '../../src/usage/sync/sync.ts';
import { madeAttempt, madeTask } from './syncSamples.ts';

const [folder = '', number = '0', count = '0', deadline = '300'] = process.argv.slice(2);
const opened = await openLedger(folder, Date.now());
if (opened.kind !== 'open') throw new Error(opened.reason);
const { ledger } = opened;
const network = createNetwork({});
const sync = new Sync({
  store: ledger.sync,
  folder,
  managedFolders: [],
  common: { providers: new Set(['anthropic', 'openai']) },
  fetch: network.fetch,
  now: () => Date.now(),
  log: (level, message) => process.stderr.write(`${level}: ${message}\n`),
  times: { everyMs: 60, soonMs: 5, leaseMs: 600, deadlineMs: Number(deadline), firstMs: 10, longestMs: 100 },
});
sync.configure({ trusted: true, telemetry: true, enabled: true });

// Tasks by another connection, as another window would.
const tasks = new DatabaseSync(join(folder, 'ledger.sqlite'), { timeout: 5_000 });
const isLast = count === '0';
for (let made = 0; made < Number(count); made += 1) {
  const serial = Number(number) * 100_000 + made;
  const result = ledger.record(madeAttempt(serial));
  if (result.kind === 'failed') throw new Error(result.reason);
  if (serial % 10 === 0) madeTask(tasks, serial);
  if (made % 5 === 4) await sleep(8);
}
while (isLast) {
  await sync.flush();
  const { waiting } = ledger.sync.outbox.counts('team');
  const next = sync.sentAndNext('team').next;
  if (waiting === 0 && next === undefined) break;
  await sleep(20);
}
if (isLast) {
  await sync.dispose();
  await network.dispose();
  ledger.close();
  tasks.close();
} else {
  // It goes on sending until it is killed.
  setInterval(() => undefined, 1_000);
}
