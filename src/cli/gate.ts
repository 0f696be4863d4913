import { innermost } from '../policy/layers.ts';
import type { GateDefinition, RequestKind } from '../policy/schema.ts';
import { basesOf, moduleSourcesOf } from '../router/layerViews.ts';
import type { Decision } from '../routing/decision.ts';
import type { FactFile, Facts } from '../routing/facts.ts';
import { onOneLine } from '../routing/labels.ts';
import { NO_DEFAULT_BRANCH } from '../workspace/mergedBranch.ts';
import { openWorkspace, type Workspace } from '../workspace/workspace.ts';
import { type Call, CommandError, type ExitCode, textOption, writeJson } from './command.ts';
import { decideDry } from './dryRun.ts';
import { type InForce, inForce } from './inForce.ts';
import { composeMachine } from './machine.ts';
import { openRepository, type Repository } from './repository.ts';
import { count } from './table.ts';
import { MESSAGE_CHARACTERS } from './tasks.ts';

/** Kinds of request that a commit may have come of; what any of them has to pass, the commit has to. */
const KINDS: readonly RequestKind[] = ['edit', 'agent'];

/** Commits whose messages are looked at, the newest; each is decided like a prompt. */
const MOST_MESSAGES = 200;

/** A review that has to happen before the change is merged. */
interface Needed {
  readonly gate: string;
  readonly who: readonly string[];
  readonly approvals: number;
  readonly within: string | null;
  /** The classes and constraints that ask for it. */
  readonly rules: readonly string[];
}

/** The change of a branch, from where it parted. */
interface Change {
  readonly base: string;
  readonly commit: string;
  readonly from: string;
  readonly facts: Omit<Facts, 'kind'>;
  /** Of the newest commits, for `keywords`. */
  readonly messages: readonly string[];
}

/**
 * `routing-policy gate`: the reviews that this branch's commits need. The policy is the base branch's, so that a branch
 * cannot take away a gate that it has to pass. 1 where there is any.
 */
export async function runGate(call: Call): Promise<ExitCode> {
  const workspace = await openWorkspace(call.cwd, undefined, call.signal);
  const repository = await openRepository(call, workspace);
  const base = await baseOf(call, workspace, repository);
  const text = await repository.policyAt(base.commit);
  const policy = text && (await inForce(text, call));
  const change = policy && (await changeSince(base, repository, workspace, policy, call));
  const needed = policy && change ? await gatesOf(call, policy, change) : [];
  if (call.values['json'] === true) {
    await writeJson(call, {
      base: base.name,
      commit: base.commit,
      from: change?.from ?? null,
      files: change?.facts.files?.length ?? 0,
      policy: policy?.layered.hash ?? null,
      gates: needed,
    });
  } else await call.write(textOf(call, base.name, change, needed));
  return needed.length > 0 ? 1 : 0;
}

interface Base {
  readonly name: string;
  readonly commit: string;
}

async function baseOf(call: Call, workspace: Workspace, repository: Repository): Promise<Base> {
  const named = textOption(call, 'base');
  if (named !== undefined) return { name: named, commit: await repository.commit(named) };
  const { defaultBranch } = await workspace.head(call.signal);
  if (defaultBranch !== undefined) return { name: defaultBranch.ref, commit: defaultBranch.commit };
  throw new CommandError(`${NO_DEFAULT_BRANCH} Name one with --base.`);
}

async function changeSince(
  { name, commit }: Base,
  repository: Repository,
  workspace: Workspace,
  policy: InForce,
  { signal }: Call,
): Promise<Change> {
  const head = await repository.commit('HEAD');
  const from = await repository.mergeBase(commit, head);
  if (from === undefined) {
    throw new CommandError(`HEAD shares no history with ${name}: fetch more of it (a shallow clone has too little).`);
  }
  const changed = await repository.changes(from, head);
  const paths = changed.map(({ path }) => path);
  // A manifest that the branch adds or takes away is its own word, as its policy is.
  const finder = await workspace.modulesAt(commit, signal);
  const modules = await finder.of(paths, innermost(policy.layered)?.policy.source.modules);
  const sources = moduleSourcesOf(policy.layered);
  const bySource = sources.length === 0 ? undefined : await finder.bySource(paths, sources);
  // Whether a file is generated is left to its path: the attributes of the branch are its own word too.
  const files = changed.map((file): FactFile => {
    const [module, others] = [modules.get(file.path), bySource?.get(file.path)];
    return {
      ...file,
      ...(module === undefined ? {} : { module }),
      ...(others === undefined ? {} : { modules: others }),
    };
  });
  // Whatever a layer measures work against, this is all the work there is.
  const byBase = Object.fromEntries(basesOf(policy.layered).map((base) => [base, files]));
  const { branch } = await workspace.head(signal);
  const facts = { files, byBase, reads: [], ...(branch === undefined ? {} : { branch }) };
  return { base: name, commit, from, facts, messages: await messagesSince(from, head, repository) };
}

async function messagesSince(from: string, head: string, repository: Repository): Promise<readonly string[]> {
  const args = ['log', '-z', '--no-merges', `--max-count=${MOST_MESSAGES}`, '--format=%B', `${from}..${head}`, '--'];
  const messages = (await repository.ask(args))
    .split('\0')
    .map((message) => message.trim().slice(0, MESSAGE_CHARACTERS));
  return messages.filter((message) => message !== '');
}

async function gatesOf(call: Call, { layered }: InForce, { facts, messages }: Change): Promise<readonly Needed[]> {
  const machine = await composeMachine(call);
  // A message can make a change a class of its own, and can spoof another away: the change is tried without any, too.
  const texts = [undefined, ...new Set(messages)];
  const decisions = KINDS.flatMap((kind) =>
    texts.map((text) =>
      decideDry(machine, layered, { facts: { ...facts, kind, ...(text === undefined ? {} : { text }) } }),
    ),
  );
  const definitions = new Map(layered.layers.flatMap(({ policy }) => [...policy.gates]));
  const gates = [...new Set(decisions.flatMap((decision) => decision.gates))].sort();
  return gates.map((gate) => needed(gate, decisions, definitions.get(gate)));
}

function needed(gate: string, decisions: readonly Decision[], definition: GateDefinition | undefined): Needed {
  const asked = decisions.flatMap(({ why }) =>
    why.flatMap((reason) => (reason.kind === 'gate' && reason.gate === gate ? reason : [])),
  );
  return {
    gate,
    who: [...new Set(asked.flatMap(({ who }) => who))],
    approvals: definition?.approvals ?? 1,
    within: definition?.within ?? null,
    rules: [...new Set(asked.map(({ rule }) => rule))],
  };
}

function textOf({ paint }: Call, base: string, change: Change | undefined, gates: readonly Needed[]): string {
  const name = onOneLine(base);
  if (change === undefined) return `${name} has no policy, so this change needs no review.\n`;
  const about = `${count(change.facts.files?.length ?? 0, 'file')} changed since ${name} (${change.from.slice(0, 10)})`;
  if (gates.length === 0) return `${paint('green', 'No review is needed')}: ${about}.\n`;
  const lines = gates.map(({ gate, who, approvals, within, rules }) => {
    const people = who.length === 0 ? 'someone (the policy names nobody)' : who.map(onOneLine).join(', ');
    const due = within === null ? '' : `, within ${onOneLine(within)}`;
    const asked = paint('dim', `asked for by ${rules.map(onOneLine).join(', ')}`);
    return `  ${paint('yellow', onOneLine(gate))}  ${count(approvals, 'approval')} by ${people}${due}  ${asked}\n`;
  });
  return `${count(gates.length, 'review is', 'reviews are')} needed: ${about}.\n${lines.join('')}`;
}
