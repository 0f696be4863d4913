import { homedir } from 'node:os';
import type { LayeredPolicy } from '../policy/layers.ts';
import { drillDocument } from '../router/drill/document.ts';
import { supplierAsked } from '../router/drill/names.ts';
import { drillPage } from '../router/drill/page.ts';
import { drillReport, someClassStops } from '../router/drill/report.ts';
import { trackedFiles } from '../router/trackedFiles.ts';
import type { Supplier } from '../routing/drill/supplier.ts';
import type { FactFile } from '../routing/facts.ts';
import { onOneLine } from '../routing/labels.ts';
import { readModelUse } from '../usage/modelUse.ts';
import { stateFolderPath } from '../usage/stateFolder.ts';
import { type SupplierUse, supplierUse, supplierUseSince } from '../usage/supplierUse.ts';
import { openWorkspace, type Workspace } from '../workspace/workspace.ts';
import { type Call, CommandError, type ExitCode, textOption, writeJson } from './command.ts';
import { loadInForce } from './inForce.ts';
import { composeMachine, type Machine, makerOf } from './machine.ts';
import { pageText } from './pageText.ts';

/** `routing-policy drill`: what would become of each class of work without a supplier, or without each in turn. */
export async function runDrill(call: Call): Promise<ExitCode> {
  const workspace = await openWorkspace(call.cwd, undefined, call.signal);
  const { source, layered } = await loadInForce(
    { file: textOption(call, 'policy'), workspace: async () => workspace },
    call,
  );
  const machine = await composeMachine(call);
  const down = whoIsDown(call, layered, machine);
  const files = await filesHere(workspace, layered, call);
  const use = await usedHere(call);
  const report = await drillReport({ policy: layered, world: machine.world, files, down, use }, call.signal);
  if (call.values['json'] === true) await writeJson(call, { source, ...drillDocument(report) });
  else await call.write(pageText(drillPage(report), call.paint));
  return someClassStops(report) ? 1 : 0;
}

/** @throws {CommandError} where nobody is called that */
function whoIsDown(call: Call, policy: LayeredPolicy, machine: Machine): Supplier | undefined {
  const name = textOption(call, 'down');
  if (name === undefined) return undefined;
  const asked = supplierAsked(name, policy, (id) => machine.knowsProvider(id));
  if (asked.kind === 'unknown') throw new CommandError(asked.message);
  return asked.supplier;
}

/** Without a repository the requests are made from the policy alone. */
async function filesHere(workspace: Workspace, policy: LayeredPolicy, call: Call): Promise<readonly FactFile[]> {
  return workspace.place.kind === 'folder' ? [] : trackedFiles(workspace, policy, call.signal);
}

/** undefined where nothing was ever written down on this machine, or it cannot be read from here. */
async function usedHere({ env, now, note }: Call): Promise<SupplierUse | undefined> {
  const folder = stateFolderPath({ env, platform: process.platform, home: homedir() });
  const read = await readModelUse(folder, supplierUseSince(now));
  switch (read.kind) {
    case 'read':
      return supplierUse(read.models, makerOf);
    case 'none':
      return undefined;
    case 'unreadable':
      await note(`routing-policy: what was used on this machine is left out: ${onOneLine(read.reason)}.\n`);
      return undefined;
    default:
      return read satisfies never;
  }
}
