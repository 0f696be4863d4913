import { setImmediate, setTimeout } from 'node:timers/promises';
import { innermost, type LayeredPolicy } from '../policy/layers.ts';
import type { RequestKind } from '../policy/schema.ts';
import type { Facts } from '../routing/facts.ts';
import { onOneLine } from '../routing/labels.ts';
import { openWorkspace, type WorkFacts, type WorkRequest, type Workspace } from '../workspace/workspace.ts';
import { type Call, CommandError, type ExitCode, textOption, writeJson } from './command.ts';
import { pathsAsked } from './explainPaths.ts';
import type { InForce } from './inForce.ts';

/** `routing-policy explain`: where a request would go, and why. A refusal is an answer like others. */
export async function runExplain(call: Call): Promise<ExitCode> {
  // git runs while the policy language is loaded: together they are most of the time that this takes.
  const usesRepository = call.values['stdin'] !== true;
  if (!usesRepository && (call.positionals.length > 0 || call.values['diff'] === true)) {
    const other = call.values['diff'] === true ? '--diff' : `"${call.positionals[0]}"`;
    throw new CommandError(`--stdin says which files each request is about: leave ${other} out.`);
  }
  const opening = usesRepository ? openHere(call) : undefined;
  const [rooms, opened] = await Promise.all([loadRooms(), opening]);
  const { loadInForce, composeMachine } = rooms;
  const file = textOption(call, 'policy');
  const workspace = async () => {
    const { workspace, merged } = opened ?? (await openHere(call));
    await merged?.catch(() => undefined);
    return workspace;
  };
  const inForce = await loadInForce({ file, workspace }, call);
  const machine = await composeMachine(call);
  if (opened === undefined) {
    const { explainLines } = await import('./explainStream.ts');
    return explainLines(call, machine, inForce);
  }
  const facts = await factsAsked(call, opened, inForce.layered);
  const decision = rooms.decideDry(machine, inForce.layered, { facts });
  if (call.values['json'] === true) await writeJson(call, rooms.answerOf(decision));
  else await call.write(`${aboutWork(facts, inForce, call)}${rooms.explanationText(decision, call.paint)}`);
  return 0;
}

/** The repository, and the work on the files that were named. */
interface Opened {
  readonly workspace: Workspace;
  /** The policy that is merged, where it is in force; its errors are told when it is asked for again. */
  readonly merged: Promise<unknown> | undefined;
  /** Left out where the work is a diff. */
  readonly work?: Promise<WorkFacts>;
}

async function openHere(call: Call): Promise<Opened> {
  const workspace = await openWorkspace(call.cwd, undefined, call.signal);
  // What takes git a while is asked for now, and remembered until it is needed.
  const merged = textOption(call, 'policy') === undefined ? workspace.committedPolicy(call.signal) : undefined;
  merged?.catch(() => undefined);
  if (call.values['stdin'] === true || call.values['diff'] === true) return { workspace, merged };
  const work = pathsAsked(call, workspace).then((paths) => workspace.facts({ paths, signal: call.signal }));
  // A policy that cannot be used is told first; whoever waits for the work is told of its own failure.
  work.catch(() => undefined);
  return { workspace, merged, work };
}

/** Long enough for git to be found and started, which takes a few turns of the event loop. */
const GIT_STARTS_MS = 2;

/** Loads the rest of what is needed, in pieces, so that between them git is asked its next question. */
async function loadRooms() {
  await setTimeout(GIT_STARTS_MS);
  await import('./plainChecks.ts');
  await setImmediate();
  await import('../policy/schema.ts');
  await setImmediate();
  const { loadInForce } = await import('./inForce.ts');
  await setImmediate();
  await import('./layerPorts.ts');
  await setImmediate();
  const { composeMachine } = await import('./machine.ts');
  await setImmediate();
  const [{ decideDry }, { answerOf }] = [await import('./dryRun.ts'), await import('../routing/answer.ts')];
  const { explanationText } = await import('./explanation.ts');
  await setImmediate();
  return { loadInForce, composeMachine, decideDry, answerOf, explanationText };
}

/** How the layers in force look at the work. */
type Views = Pick<WorkRequest, 'modules' | 'moduleSources'>;

async function factsAsked(call: Call, { workspace, work }: Opened, layered: LayeredPolicy): Promise<Facts> {
  const kind = await kindAsked(call);
  if (call.values['diff'] === true && call.positionals.length > 1) {
    throw new CommandError(`--diff takes one base, and "${call.positionals[1]}" is a second one.`);
  }
  const { basesOf, moduleSourcesOf } = await import('../router/layerViews.ts');
  const modules = innermost(layered)?.policy.source.modules;
  const moduleSources = moduleSourcesOf(layered);
  const bases = basesOf(layered);
  const views: Views = { ...(modules === undefined ? {} : { modules }), moduleSources };
  const known =
    work === undefined ? await diffFacts(call, workspace, views) : await viewedBy(views, workspace, call, work);
  const whole = bases.length === 0 ? undefined : await workspace.factsByBase(bases, { ...views, signal: call.signal });
  for (const sentence of new Set([...known.unknown, ...(whole?.unknown ?? [])])) {
    await call.note(`routing-policy: ${onOneLine(sentence)}\n`);
  }
  return {
    kind,
    ...(known.files === undefined ? {} : { files: known.files }),
    ...(whole === undefined ? {} : { byBase: whole.byBase }),
    reads: [],
    ...(known.branch === undefined ? {} : { branch: known.branch }),
  };
}

/** The work as a policy sees it that looks at modules in another way; what was counted is remembered. */
async function viewedBy(views: Views, workspace: Workspace, call: Call, work: Promise<WorkFacts>): Promise<WorkFacts> {
  const known = await work;
  if (views.modules === undefined && views.moduleSources?.length === 0) return known;
  return workspace.facts({ paths: (known.files ?? []).map(({ path }) => path), ...views, signal: call.signal });
}

async function diffFacts(call: Call, workspace: Workspace, views: Views): Promise<WorkFacts> {
  const [base] = call.positionals;
  if (base === undefined) return workspace.facts({ base: 'head', ...views, signal: call.signal });
  const { openRepository } = await import('./repository.ts');
  const repository = await openRepository(call, workspace);
  const changed = await repository.changes(await repository.commit(base));
  const known = await workspace.facts({ paths: changed.map(({ path }) => path), ...views, signal: call.signal });
  const sizes = new Map(changed.map((file) => [file.path, file]));
  return { ...known, files: (known.files ?? []).map((file) => ({ ...file, ...sizes.get(file.path) })) };
}

async function kindAsked(call: Call): Promise<RequestKind> {
  const { requestKinds } = await import('../policy/schema.ts');
  const asked = textOption(call, 'kind') ?? 'agent';
  const kind = requestKinds.find((one) => one === asked);
  if (kind === undefined)
    throw new CommandError(`There is no kind "${asked}": it is one of ${requestKinds.join(', ')}.`);
  return kind;
}

/** What the request was taken to be, in a line. */
function aboutWork({ kind, files }: Facts, { source }: InForce, { paint }: Call): string {
  const shown = (files ?? []).slice(0, 3).map(({ path }) => onOneLine(path));
  const more = (files?.length ?? 0) - shown.length;
  const work =
    files === undefined
      ? 'unknown files'
      : shown.length === 0
        ? 'no file'
        : `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return paint('dim', `${kind} on ${work}, by ${onOneLine(source)}\n`);
}
