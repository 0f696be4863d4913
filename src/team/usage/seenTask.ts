import type { UsageEvent } from '../../usage/sync/event.ts';
import { cellOf, cellText, labelsText, type Words } from './cell.ts';
import type { IncomingEvent } from './eventColumns.ts';
import { type TaskWord, taskWords } from './rollups.ts';
import { type Sum, sumOf } from './sum.ts';

type AttemptEvent = Extract<UsageEvent, { event: 'attempt' }>;
type OutcomeEvent = Extract<UsageEvent, { event: 'outcome' }>;

/** A task, as far as these events tell of it. */
export interface SeenTask {
  readonly teamId: number;
  readonly task: string;
  /** Where it comes under two names, the one that holds in whatever order they come. */
  person: string;
  /** The newest day that anything of it is of. */
  seen: string;
  /** Of its first attempt. */
  day: string | undefined;
  attempts: number;
  inputTokens: number;
  /** undefined: none of its attempts told any. */
  outputTokens: number | undefined;
  costNanoUsd: Sum;
  /** What is billed of it: the list price where an attempt does not say otherwise. What stand-ins ask for is no money. */
  billedNanoUsd: Sum;
  unpriced: number;
  /** What its newest outcome says. */
  told: Told | undefined;
}

interface Told {
  readonly event: OutcomeEvent;
  /** The event that says so, as the database writes its id. */
  readonly by: string;
  readonly words: Words<TaskWord>;
  readonly cell: string;
}

/** Whether an attempt has tokens and no price. */
export function isUnpriced({ costNanoUsd, inputTokens }: AttemptEvent): boolean {
  return costNanoUsd === undefined && inputTokens !== undefined;
}

/** The task that an event is of, among those that were seen. */
export function seenTask(tasks: Map<string, SeenTask>, { teamId, day, event }: IncomingEvent, task: string): SeenTask {
  const key = `${teamId} ${task}`;
  const known = tasks.get(key);
  if (known !== undefined) return known;
  const made: SeenTask = {
    ...{ teamId, task, person: event.person, seen: day, day: undefined },
    ...{ attempts: 0, inputTokens: 0, outputTokens: undefined, costNanoUsd: 0, billedNanoUsd: 0, unpriced: 0 },
    told: undefined,
  };
  tasks.set(key, made);
  return made;
}

/** @param cells of outcomes, by their text: they are told in few of them */
export function addToTask(task: SeenTask, { day, event }: IncomingEvent, cells: Map<string, string>): void {
  if (event.person < task.person) task.person = event.person;
  if (day > task.seen) task.seen = day;
  if (event.event === 'outcome') {
    const by = event.id.toLowerCase();
    if (task.told === undefined || isNewer(event, by, task.told))
      task.told = { event, by, ...taskCellOf(cells, event) };
    return;
  }
  if (task.day === undefined || day < task.day) task.day = day;
  task.attempts += 1;
  task.inputTokens += (event.inputTokens ?? 0) + (event.cacheReadTokens ?? 0) + (event.cacheWriteTokens ?? 0);
  if (event.outputTokens !== undefined) task.outputTokens = (task.outputTokens ?? 0) + event.outputTokens;
  task.costNanoUsd = sumOf(task.costNanoUsd, event.costNanoUsd ?? 0);
  const billed = event.simulated === true ? 0 : (event.billedNanoUsd ?? event.costNanoUsd ?? 0);
  task.billedNanoUsd = sumOf(task.billedNanoUsd, billed);
  if (isUnpriced(event)) task.unpriced += 1;
}

/** Of two of one revision the same one holds, anywhere. */
function isNewer({ revision }: OutcomeEvent, by: string, than: Told): boolean {
  return revision === than.event.revision ? by > than.by : revision > than.event.revision;
}

function taskCellOf(cells: Map<string, string>, event: OutcomeEvent): Pick<Told, 'words' | 'cell'> {
  const words = {
    class: event.class,
    kind: event.kind,
    surface: event.surface,
    provider: event.provider ?? '',
    model: event.model ?? '',
    policy: event.policy ?? '',
    trial: event.trial ?? '',
    arm: event.arm ?? '',
    labels: labelsText(event.labels),
    simulated: event.simulated === true,
  };
  const text = cellText(words, taskWords);
  const cell = cells.get(text) ?? cellOf('tasks', text);
  cells.set(text, cell);
  return { words, cell };
}
