// What becomes of text that was put in for a person, in the real editor: taken, kept, half removed, undone, on another
// branch, committed. Read from the ledger, where it stands as signals and as the task's outcome.
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { ask, pressChatButton } from '../../host/chat.ts';
import { readTables } from '../../host/ledger.ts';
import { haveChat, simulated, TEMPO, vscode } from './window.ts';

const VERDICT_MS = 300_000 / TEMPO;
const LAST_LOOK_MS = 600_000 / TEMPO;

/** What the provider proposes, and what stands before it. */
const PUT = 'quantities.reduce((total, quantity) => total + quantity * unitPrice, 0);';
const fileOf = (name: string): string =>
  `export function ${name}(quantities: readonly number[], unitPrice: number): number {\n  return\n}\n`;
/** One for each time that it is tried. */
const ELSEWHERE = ['elsewhere', 'elsewhereAgain', 'elsewhereOnceMore'] as const;
const NAMES = ['kept', 'halved', 'undone', ...ELSEWHERE, 'committed', 'refused', 'hurried'] as const;
type Name = (typeof NAMES)[number];
const pathOf = (name: Name): string => `packages/core/src/${name}.ts`;

/** What the outcomes are of. */
export const outcomeFiles: Readonly<Record<string, string>> = Object.fromEntries(
  NAMES.map((name) => [pathOf(name), fileOf(name)]),
);

interface TaskRow {
  readonly id: string;
  readonly surface: string;
  readonly outcome: string;
  readonly survival: number | null;
}
interface SignalRow {
  readonly at: number;
  readonly signal: string;
  readonly age_ms: number | null;
  readonly survival: number | null;
}

const tasks = (): readonly TaskRow[] =>
  readTables<TaskRow>(vscode.server, 'SELECT id, surface, outcome, survival FROM tasks ORDER BY opened_at');
const taskOf = (id: string): TaskRow | undefined => tasks().find((task) => task.id === id);
const signalsOf = (id: string): readonly SignalRow[] =>
  readTables<SignalRow>(vscode.server, 'SELECT * FROM signals WHERE task_id = ? ORDER BY at, rowid', id);
const namesOf = (id: string): readonly string[] => signalsOf(id).map(({ signal }) => signal);

/** Has the ghost text come at the end of a file's second line. */
async function propose(name: Name): Promise<void> {
  const { workbench } = vscode;
  await workbench.openFile(pathOf(name), 2, '  return'.length + 1);
  await workbench.typeForGhostText(PUT);
}

/** Takes it, and gives the task that it is. */
async function take(name: Name): Promise<string> {
  const { workbench } = vscode;
  const accepted = (): readonly string[] =>
    readTables<{ id: string }>(vscode.server, "SELECT task_id AS id FROM signals WHERE signal = 'accepted'").map(
      ({ id }) => id,
    );
  const before = new Set(accepted());
  await propose(name);
  await workbench.press('Tab');
  const isFresh = (ids: readonly string[]): boolean => ids.some((id) => !before.has(id));
  const ids = await workbench.until('it to be accepted', async () => accepted(), isFresh);
  return ids.find((id) => !before.has(id)) ?? '';
}

async function untilOutcome(id: string, outcome: string): Promise<TaskRow | undefined> {
  return vscode.workbench.until(
    `the outcome ${outcome}`,
    async () => taskOf(id),
    (task) => task?.outcome === outcome,
  );
}

async function untilVerdict(id: string): Promise<void> {
  await vscode.workbench.until(
    'the verdict',
    async () => signalsOf(id),
    (signals) => signals.some(({ age_ms }) => age_ms === 300_000),
  );
}

/** Takes it, and is on another branch when it is to be judged. Gives the task, where it was back before the last look. */
async function judgedElsewhere(name: Name): Promise<string | undefined> {
  const { workbench, repository } = vscode;
  const task = await take(name);
  const takenAt = signalsOf(task).find(({ signal }) => signal === 'accepted')?.at ?? 0;
  // It was looked at: its branch is known.
  await workbench.until(
    'its first sample',
    async () => namesOf(task),
    (names) => names.includes('sample'),
  );
  await repository.git('checkout', '--quiet', '-b', name);
  const leftAt = Date.now();
  await sleep(Math.max(0, takenAt + VERDICT_MS + 1_000 - Date.now()));
  const samples = signalsOf(task).filter(({ signal }) => signal === 'sample');
  const outcome = taskOf(task)?.outcome;
  await repository.git('checkout', '--quiet', 'main');
  const backAt = Date.now();
  if (leftAt > takenAt + VERDICT_MS || backAt > takenAt + LAST_LOOK_MS) return undefined;
  // One that was begun when the branch was changed may still be written.
  expect(samples.filter(({ at }) => at > leftAt + 500)).toEqual([]);
  expect(samples.map(({ age_ms }) => age_ms)).not.toContain(300_000);
  expect(outcome).toBe('accepted');
  return task;
}

export function outcomes(): void {
  beforeAll(() => simulated.fim.behave({ kind: 'answer', answer: { text: PUT } }, Number.POSITIVE_INFINITY));

  test('a ghost text that is taken is accepted, and kept when it was left alone; half removed it is not kept', async () => {
    const { workbench } = vscode;
    const kept = await take('kept');
    expect(taskOf(kept)).toMatchObject({ surface: 'completion', outcome: 'accepted' });
    const halved = await take('halved');
    for (let words = 0; words < 9; words += 1) await workbench.press('Control+Backspace');
    expect(await untilOutcome(kept, 'kept')).toMatchObject({ survival: 1 });
    await untilVerdict(halved);
    const { outcome, survival } = taskOf(halved) ?? {};
    expect(outcome).toBe('accepted');
    expect(survival).toBeGreaterThan(0.1);
    expect(survival).toBeLessThan(0.5);
    // Looked at as it stood in the editor, never at the saved file, which has nothing of it.
    const samples = signalsOf(kept).filter(({ signal }) => signal === 'sample');
    expect(new Set(samples.map((sample) => sample.survival))).toEqual(new Set([1]));
  });

  test('taken and undone again, it is undone', async () => {
    const { workbench } = vscode;
    const undone = await take('undone');
    await workbench.press('Control+Z');
    await workbench.until(
      'the text to go',
      () => workbench.editorText(),
      (text) => !text.includes('quantities.reduce'),
    );
    await untilOutcome(undone, 'undone');
    expect(namesOf(undone)).not.toContain('committed');
  });

  test('taken, saved and committed, it is committed', async () => {
    const { workbench, repository } = vscode;
    const committed = await take('committed');
    await workbench.save();
    await repository.git('commit', '--quiet', '--all', '--message', 'Total');
    await untilOutcome(committed, 'committed');
  });

  test('on another branch nothing is said of it; back on its own it is judged', async () => {
    const { workbench } = vscode;
    let elsewhere: string | undefined;
    // A machine that stood still until the last look was over has not been back in time: that says nothing.
    for (const name of ELSEWHERE) elsewhere ??= await judgedElsewhere(name);
    if (elsewhere === undefined) throw new Error(`back on its branch too late, ${ELSEWHERE.length} times`);
    await untilOutcome(elsewhere, 'kept');
    await workbench.command('File: Revert File');
  });

  test('one that stood for long enough and was typed over is rejected; one that went at once was not seen', async () => {
    const { workbench } = vscode;
    const before = tasks().length;
    await propose('refused');
    await workbench.until(
      'it to have stood',
      async () => tasks().slice(before),
      (fresh) => fresh.some(({ outcome }) => outcome === 'delivered'),
    );
    await workbench.type('x');
    await workbench.until(
      'it to be rejected',
      async () => tasks().slice(before),
      (fresh) => fresh.some(({ outcome }) => outcome === 'rejected'),
    );
    await workbench.command('File: Revert File');

    await propose('hurried');
    const hurried = tasks().at(-1)?.id ?? '';
    await workbench.type('xyz');
    // Had it stood, it would be known by now.
    await sleep(1_000);
    expect(taskOf(hurried)).toMatchObject({ surface: 'completion', outcome: 'unseen' });
    await workbench.command('File: Revert File');
  });

  test('what an agent’s tools write is accepted, and kept when it stays', async () => {
    const { workbench } = vscode;
    await haveChat();
    await ask(workbench, 'append "// checked by the agent, and left as it is" to packages/core/test/order.test.ts');
    await pressChatButton(workbench, 'Keep');
    const agents = (): readonly TaskRow[] => tasks().filter(({ surface }) => surface === 'agent');
    const [task] = await workbench.until(
      'its verdict',
      async () => agents(),
      (all) => all[0]?.outcome === 'kept',
    );
    expect(task).toMatchObject({ survival: 1 });
    expect(namesOf(task?.id ?? '')).toEqual(expect.arrayContaining(['accepted', 'sample']));
    expect(agents()).toHaveLength(1);
  });
}
