import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { UsageExportFormat } from '../contract/messages.ts';
import { composeReport } from '../router/usageReport/composeReport.ts';
import { exportedUsage } from '../router/usageReport/exportUsage.ts';
import { usageReportPage } from '../router/usageReport/page.ts';
import type { ReportWorld } from '../router/usageReport/reportWorld.ts';
import { onOneLine } from '../routing/labels.ts';
import { DecisionLog } from '../usage/decisionLog.ts';
import { Ledger } from '../usage/ledger.ts';
import { OverrideBook } from '../usage/overrideBook.ts';
import { machineKey, repoKey } from '../usage/repoKey.ts';
import { DAY_MS } from '../usage/report/dayRange.ts';
import type { UsageReport } from '../usage/report/usageReport.ts';
import { stateFolderPath } from '../usage/stateFolder.ts';
import { openWorkspace, type Workspace } from '../workspace/workspace.ts';
import { type Call, CommandError, type ExitCode, textOption } from './command.ts';
import { inForceOrNone } from './inForce.ts';
import { composeMachine, makerOf } from './machine.ts';
import { pageText } from './pageText.ts';
import { plain } from './paint.ts';

const LONGEST_DAYS = 3_660;

/** `routing-policy usage`: what was spent on this machine, on what, and whether it worked. */
export async function runUsage(call: Call): Promise<ExitCode> {
  const format = formatAsked(call);
  const since = sinceAsked(textOption(call, 'since') ?? '30d', call.now);
  const folder = stateFolderPath({ env: call.env, platform: process.platform, home: homedir() });
  const world = await worldHere(call, folder);
  const { report, unreadable } = await composeReport(
    {
      world,
      folder,
      decisions: new DecisionLog(folder),
      overrides: new OverrideBook(folder),
      writes: false,
      warnings: [],
    },
    { since, until: call.now },
    (database) => new Ledger(database),
  );
  if (unreadable !== undefined) throw new CommandError(unreadable);
  await write(await textOf(format, { world, folder, report }, call), call);
  return 0;
}

function formatAsked(call: Call): UsageExportFormat | undefined {
  const asked = (['json', 'csv', 'focus'] as const).filter((format) => call.values[format] === true);
  const [first, second] = asked;
  if (second !== undefined) throw new CommandError(`--${first} and --${second} are two formats: choose one.`);
  return first;
}

/**
 * When a report begins, in milliseconds since the epoch: so many days or weeks with today, or a day.
 *
 * @throws {CommandError}
 */
export function sinceAsked(text: string, now: number): number {
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const [, count, unit] = /^(\d{1,5})([dw])$/.exec(text) ?? [];
  if (count !== undefined) {
    const days = Number(count) * (unit === 'w' ? 7 : 1);
    if (days >= 1 && days <= LONGEST_DAYS) return today - (days - 1) * DAY_MS;
  }
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  // A day that no month has is taken for one of the next by some engines.
  if (!Number.isNaN(day) && new Date(day).toISOString().startsWith(text)) {
    if (day > now) throw new CommandError(`--since ${text} is in the future.`);
    return day;
  }
  throw new CommandError(`--since takes days (30d), weeks (12w) or a day (2026-10-01), and not "${text}".`);
}

async function worldHere(call: Call, folder: string): Promise<ReportWorld> {
  const workspace = await openWorkspace(call.cwd, undefined, call.signal);
  const policy = await inForceOrNone({ file: textOption(call, 'policy'), workspace: async () => workspace }, call);
  const machine = await composeMachine(call);
  return {
    now: call.now,
    policy,
    repository: { name: basename(workspace.root), key: await keyOf(workspace, folder, call) },
    price: (provider, model) => machine.price(policy, provider, model),
    makerOf,
  };
}

/** Whoever only looks makes no key; without one no repository has a name in the ledger. */
async function keyOf({ root }: Workspace, folder: string, { note }: Call): Promise<string> {
  if (!existsSync(join(folder, 'machine-key'))) return '';
  try {
    return repoKey(machineKey(folder), root);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    await note(`routing-policy: what this repository spent is not known: ${onOneLine(reason)}\n`);
    return '';
  }
}

async function textOf(
  format: UsageExportFormat | undefined,
  { world, folder, report }: { readonly world: ReportWorld; readonly folder: string; readonly report: UsageReport },
  call: Call,
): Promise<string> {
  // A file has no colours.
  const paint = textOption(call, 'out') === undefined ? call.paint : plain;
  if (format === undefined) return pageText(usageReportPage(report), paint);
  return (await exportedUsage(format, world, folder, report)).text;
}

async function write(text: string, call: Call): Promise<void> {
  const out = textOption(call, 'out');
  if (out === undefined) return call.write(text);
  try {
    await writeFile(resolve(call.cwd, out), text);
  } catch (error) {
    throw new CommandError(`${out} could not be written: ${error instanceof Error ? error.message : String(error)}`);
  }
  await call.note(`routing-policy: ${out} was written.\n`);
}
