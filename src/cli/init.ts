import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onOneLine } from '../routing/labels.ts';
import { runPolicyTests } from '../routing/policyTests.ts';
import { POLICY_FILE } from '../workspace/policyFile.ts';
import { openWorkspace, type Workspace } from '../workspace/workspace.ts';
import { type Call, CommandError, type ExitCode, textOption } from './command.ts';
import { type InForce, standingAlone } from './inForce.ts';
import { composeMachine, type Machine } from './machine.ts';
import { packageFolder } from './packageFolder.ts';
import { addGlobs, amendTests, narrowTargets } from './starter.ts';
import { count } from './table.ts';
import { testGround } from './testGround.ts';
import { testGlobs } from './testLayout.ts';

const PRESETS = ['solo', 'team', 'regulated', 'local'];
/** The class of a preset that tests belong to, by its id. */
const TEST_CLASSES: ReadonlySet<string> = new Set(['tests', 'easy']);

/** `routing-policy init`: a starter policy from a preset, fitted to this machine and repository. Never overwrites one. */
export async function runInit(call: Call): Promise<ExitCode> {
  const name = textOption(call, 'preset') ?? 'solo';
  if (!PRESETS.includes(name)) {
    throw new CommandError(`There is no preset "${name}": it is one of ${PRESETS.join(', ')}.`);
  }
  const workspace = await openWorkspace(call.cwd, undefined, call.signal);
  const path = join(workspace.root, POLICY_FILE);
  const preset = await readFile(join(await packageFolder(), 'policies', `${name}.json`), 'utf8');
  const machine = await composeMachine(call);
  const { text, removed, kept } = narrowTargets(preset, (provider) => machine.reaches(provider));
  const files = await trackedFiles(workspace, call);
  const fitted = addTestFolders(text, files);
  await writeNew(path, amended(fitted.text, machine));
  const { paint } = call;
  const notes = [
    `${paint('green', 'Wrote')} ${onOneLine(path)} from the preset "${name}".`,
    ...(removed.length === 0 ? [] : [`Left out, because they cannot be reached from here: ${removed.join(', ')}.`]),
    ...(kept.length === 0
      ? []
      : [
          `Nothing can be reached yet in ${count(kept.length, 'list')}, kept whole: ${kept.map((list) => list.join(', ')).join('; ')}.`,
        ]),
    ...(fitted.globs.length === 0 ? [] : [`Tests of this repository were added: ${fitted.globs.join(', ')}.`]),
    'Next: routing-policy check, then routing-policy explain FILE.',
  ];
  await call.write(`${notes.join('\n')}\n`);
  return 0;
}

async function trackedFiles(workspace: Workspace, { signal }: Call): Promise<readonly string[]> {
  return workspace.place.kind === 'git' ? workspace.tracked(signal) : [];
}

function addTestFolders(
  text: string,
  files: readonly string[],
): { readonly text: string; readonly globs: readonly string[] } {
  const classes = compiledOf(text).classes;
  const tests = classes.find(({ id, source }) => TEST_CLASSES.has(id) && source.when.files !== undefined);
  const clause = tests?.when.clauses.find(({ key }) => key === 'files');
  if (tests === undefined || clause?.key !== 'files') return { text, globs: [] };
  const set = compiledOf(text).index.sets[clause.set];
  const globs = testGlobs(files, (path) => set?.test(path) === true);
  return { text: addGlobs(text, ['classes', tests.index, 'when', 'files'], globs), globs };
}

function amended(text: string, machine: Machine): string {
  const { layered } = sound(text);
  return amendTests(text, runPolicyTests(layered, testGround(machine, layered)));
}

function sound(text: string): InForce {
  return standingAlone({ text, source: 'the starter policy' });
}

function compiledOf(text: string) {
  const [layer] = sound(text).layered.layers;
  if (layer === undefined) throw new Error('A policy that was just compiled has a layer.');
  return layer.policy;
}

/** Creates the file; one that is there, or a link, is never written over. */
async function writeNew(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (error) {
    const code = error instanceof Error ? String(Reflect.get(error, 'code')) : '';
    if (code === 'EEXIST') {
      throw new CommandError(`${path} is there already and was left alone: edit it, or remove it first.`);
    }
    throw new CommandError(`${path} could not be written (${code}): check the folder’s permissions.`);
  }
}
