import { resolve } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { RequestKind } from '../policy/schema.ts';
import type { Facts } from '../routing/facts.ts';
import { onOneLine } from '../routing/labels.ts';
import { toRepositoryPath } from '../workspace/workingPaths.ts';
import { openWorkspace, type Workspace } from '../workspace/workspace.ts';
import { type Call, CommandError, type ExitCode, textOption, writeJson } from './command.ts';
import type { InForce } from './inForce.ts';

/** `routing-policy explain`: where a request would go, and why. A refusal is an answer like others. */
export async function runExplain(call: Call): Promise<ExitCode> {
  // git runs while the policy language is loaded: together they are most of the time that this takes.
  const usesRepository = call.values['stdin'] !== true;
  const opening = usesRepository ? openHere(call) : undefined;
  const [rooms, workspace] = await Promise.all([loadRooms(), opening]);
  const { loadInForce, innermost, composeMachine } = rooms;
  const file = textOption(call, 'policy');
  const inForce = await loadInForce({ file, workspace: async () => workspace ?? openHere(call) }, call);
  const machine = await composeMachine(call, [inForce.layered]);
  if (workspace === undefined) {
    const { explainLines } = await import('./explainStream.ts');
    return explainLines(call, machine, inForce);
  }
  const facts = await factsAsked(call, workspace, innermost(inForce.layered)?.policy.source.modules);
  const decision = rooms.decideDry(machine, inForce.layered, { facts });
  if (call.values['json'] === true) await writeJson(call, rooms.answerOf(decision));
  else await call.write(`${aboutWork(facts, inForce, call)}${rooms.explanationText(decision, call.paint)}`);
  return 0;
}

async function openHere(call: Call): Promise<Workspace> {
  const workspace = await openWorkspace(call.cwd, undefined, call.signal);
  // Remembered until the facts ask again; what git cannot tell is said there.
  workspace.head(call.signal).catch(() => undefined);
  return workspace;
}

/** Long enough for git to be found and started, which takes a few turns of the event loop. */
const GIT_STARTS_MS = 2;

/** Loads the rest of what is needed, in pieces, so that between them git is asked its next question. */
async function loadRooms() {
  await setTimeout(GIT_STARTS_MS);
  // One policy is read once: making code for its checks takes longer than the checks.
  (await import('zod')).config({ jitless: true });
  await setImmediate();
  const [{ loadInForce }, { innermost }] = [await import('./inForce.ts'), await import('../policy/layers.ts')];
  await setImmediate();
  const { composeMachine } = await import('./machine.ts');
  await setImmediate();
  const [{ decideDry }, { answerOf }] = [await import('./dryRun.ts'), await import('./answer.ts')];
  const { explanationText } = await import('./explanation.ts');
  return { loadInForce, innermost, composeMachine, decideDry, answerOf, explanationText };
}

type Modules = NonNullable<Parameters<Workspace['facts']>[0]['modules']> | undefined;

async function factsAsked(call: Call, workspace: Workspace, modules: Modules): Promise<Facts> {
  const kind = await kindAsked(call);
  const isDiff = call.values['diff'] === true;
  if (isDiff && call.positionals.length > 1) {
    throw new CommandError(`--diff takes one base, and "${call.positionals[1]}" is a second one.`);
  }
  const known = isDiff
    ? await diffFacts(call, workspace, modules)
    : await workspace.facts({ paths: await repositoryPaths(call, workspace), modules, signal: call.signal });
  for (const sentence of known.unknown) await call.note(`routing-policy: ${onOneLine(sentence)}\n`);
  return {
    kind,
    ...(known.files === undefined ? {} : { files: known.files }),
    reads: [],
    ...(known.branch === undefined ? {} : { branch: known.branch }),
  };
}

async function diffFacts(call: Call, workspace: Workspace, modules: Modules) {
  const [base] = call.positionals;
  if (base === undefined) return workspace.facts({ base: 'head', modules, signal: call.signal });
  const { openRepository } = await import('./repository.ts');
  const repository = await openRepository(call, workspace);
  const changed = await repository.changes(await repository.commit(base));
  const known = await workspace.facts({ paths: changed.map(({ path }) => path), modules, signal: call.signal });
  const sizes = new Map(changed.map((file) => [file.path, file]));
  return { ...known, files: (known.files ?? []).map((file) => ({ ...file, ...sizes.get(file.path) })) };
}

async function repositoryPaths(call: Call, workspace: Workspace): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const written of call.positionals) {
    const path = await toRepositoryPath(workspace.root, resolve(call.cwd, written));
    if (path === undefined) {
      throw new CommandError(`${written} is outside of the repository ${workspace.root}: name files in it.`);
    }
    paths.push(path);
  }
  return paths;
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
