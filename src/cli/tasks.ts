import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Price } from '../models/model.ts';
import type { ModulesSetting } from '../policy/schema.ts';
import { estimateCost } from '../routing/estimate.ts';
import type { Facts } from '../routing/facts.ts';
import type { DecisionRecord } from '../usage/decisionLog.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { type Call, CommandError } from './command.ts';
import { commitsOf } from './commits.ts';
import { stateOf } from './dryRun.ts';
import type { InForce } from './inForce.ts';
import type { Machine } from './machine.ts';
import type { Repository } from './repository.ts';
import { lineBatches } from './requestLines.ts';
import { type CostRange, costOfTask, taskSize } from './taskSize.ts';

/** A piece of past work, as policies are tried on. */
export interface Task {
  readonly facts: Facts;
  /** What it costs at a price; undefined where that cannot be told. */
  costAt(price: Price): CostRange | undefined;
}

/** Characters of a message that keywords look at. */
export const MESSAGE_CHARACTERS = 2_000;

/** Each commit of a range as the work of an agent: its files, its lines, and its message for the words of a prompt. */
export async function* gitTasks(
  call: Call,
  repository: Repository,
  workspace: Workspace,
  modules: ModulesSetting | undefined,
): AsyncGenerator<Task> {
  const range = call.values['git'];
  for await (const commit of commitsOf(repository, typeof range === 'string' ? range : undefined, call)) {
    if (commit.files.length === 0) continue;
    const paths = commit.files.map(({ path }) => path);
    const named = await workspace.modules(paths, modules);
    const size = taskSize(paths.length, sum(commit.files.map(({ added = 0, deleted = 0 }) => added + deleted)));
    const files = commit.files.map((file) => {
      const module = named.get(file.path);
      return { ...file, ...(module === undefined ? {} : { module }) };
    });
    yield {
      facts: {
        kind: 'agent',
        files,
        reads: [],
        context: { tokens: size.contextTokens, images: false, tools: true },
        text: commit.message.slice(0, MESSAGE_CHARACTERS),
      },
      costAt: (price) => costOfTask(size, price),
    };
  }
}

/** Each decision of a log as the request that it was. Lines that are none are counted and left out. */
export async function* logTasks(call: Call, file: string, machine: Machine, policy: InForce): AsyncGenerator<Task> {
  const path = resolve(call.cwd, file);
  const handle = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`The log ${path} could not be read (${error.code ?? error.message}): check the path.`);
  });
  let [read, unread] = [0, 0];
  try {
    for await (const batch of lineBatches(handle.createReadStream({ autoClose: false }))) {
      call.signal.throwIfAborted();
      for (const line of batch) {
        const record = 'text' in line ? recordOf(line.text) : undefined;
        if (record === undefined) unread += 1;
        else {
          read += 1;
          yield loggedTask(record, machine, policy);
        }
      }
    }
  } finally {
    await handle.close();
  }
  if (read === 0) {
    const held = unread === 0 ? 'is empty' : `has no decision in its ${unread} ${unread === 1 ? 'line' : 'lines'}`;
    throw new CommandError(`The log ${path} ${held}: name a log of decisions, of a router that has served requests.`);
  }
  if (unread > 0) await call.note(`routing-policy: ${unread} lines of ${path} are no decisions and were left out.\n`);
}

function loggedTask({ facts }: DecisionRecord, machine: Machine, { layered }: InForce): Task {
  const state = stateOf(machine, layered, { facts });
  const anyone = { kind: 'model', target: '', provider: '', model: '' } as const;
  return {
    facts,
    costAt: (price) => {
      const cost = estimateCost(anyone, undefined, { ...state, price: () => price });
      return cost.kind === 'priced' ? cost : undefined;
    },
  };
}

/** A line of a decision log; undefined where it is none, such as the half of one. */
function recordOf(line: string): DecisionRecord | undefined {
  try {
    const record: unknown = JSON.parse(line);
    if (typeof record !== 'object' || record === null) return undefined;
    const facts: unknown = Reflect.get(record, 'facts');
    const isFacts = typeof facts === 'object' && facts !== null && typeof Reflect.get(facts, 'kind') === 'string';
    // Written by this program's own log, whose form is its own.
    return isFacts ? (record as DecisionRecord) : undefined;
  } catch {
    return undefined; // not JSON: the half of a line
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
