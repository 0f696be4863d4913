import { innermost } from '../policy/layers.ts';
import { openWorkspace, type Workspace } from '../workspace/workspace.ts';
import { type Call, CommandError, type ExitCode, textOption, writeJson } from './command.ts';
import { type InForce, inForce, loadInForce } from './inForce.ts';
import { composeMachine } from './machine.ts';
import { openRepository } from './repository.ts';
import { simulate } from './simulation.ts';
import { simulationDocument, simulationText } from './simulationText.ts';
import { gitTasks, logTasks } from './tasks.ts';

/** `routing-policy simulate`: what past work would have cost under this policy, beside others. */
export async function runSimulate(call: Call): Promise<ExitCode> {
  const log = textOption(call, 'log');
  if (log !== undefined && textOption(call, 'git') !== undefined) {
    throw new CommandError('--git and --log are two sources of work: give one of them.');
  }
  const workspace = await openWorkspace(call.cwd, undefined, call.signal);
  const policy = await loadInForce({ file: textOption(call, 'policy'), workspace: async () => workspace }, call);
  const against = await comparedWith(call, workspace, policy);
  const machine = await composeMachine(call);
  const modules = innermost(policy.layered)?.policy.source.modules;
  const tasks =
    log === undefined
      ? gitTasks(call, await openRepository(call, workspace), workspace, modules)
      : logTasks(call, log, machine, policy);
  const simulation = await simulate(tasks, {
    machine,
    policy: policy.layered,
    signal: call.signal,
    against: against && { name: against.name, policy: against.policy.layered },
  });
  const basis = log === undefined ? 'git' : 'log';
  call.progress('');
  if (call.values['json'] === true) await writeJson(call, simulationDocument(simulation, basis));
  else await call.write(simulationText(simulation, basis, call.paint));
  return 0;
}

interface Compared {
  readonly name: string;
  readonly policy: InForce;
}

/** The policy to compare with: the one that was named, else the committed one where it is another. */
async function comparedWith(call: Call, workspace: Workspace, policy: InForce): Promise<Compared | undefined> {
  const file = textOption(call, 'against');
  if (file !== undefined)
    return { name: file, policy: await loadInForce({ file, workspace: async () => workspace }, call) };
  if (workspace.place.kind === 'folder') return undefined;
  const { commit } = await workspace.head(call.signal);
  if (commit === undefined) return undefined;
  const committed = await (await openRepository(call, workspace)).policyAt(commit);
  if (committed === undefined) return undefined;
  const compared = await inForce(committed, call);
  const [ours, theirs] = [policy, compared].map(({ layered }) => innermost(layered)?.policy.hash);
  return ours === theirs ? undefined : { name: 'committed policy', policy: compared };
}
