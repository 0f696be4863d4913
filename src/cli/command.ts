import type { Painter } from './paint.ts';

/** 0: fine; 1: findings, such as a failing check, test or gate; 2: could not run. */
export type ExitCode = 0 | 1 | 2;

/** Something that a command was told or found, with which it cannot run: what, where, and what to do. Exit code 2. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** Where a command writes. Resolves when it may write on: a slow reader is waited for. */
export type Write = (text: string) => Promise<void>;

/** The world around one run. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: AsyncIterable<Buffer | string>;
  readonly write: Write;
  /** For what stands beside the result: notes and advice. */
  readonly note: Write;
  /** Colours of the standard output; none where it is no terminal. */
  readonly paint: Painter;
  /** A line that is written over, on a terminal's standard error; nothing elsewhere. An empty one takes it away. */
  readonly progress: (line: string) => void;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** One call of a command: its arguments as `parseArgs` read them. */
export interface Call extends Surroundings {
  readonly values: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly positionals: readonly string[];
}

/** How a program ended that a command ran for someone else: its own exit code, whatever it means. */
export interface EndedProgram {
  readonly programCode: number;
}

export type Run = (call: Call) => Promise<ExitCode | EndedProgram>;

export interface OptionDescription {
  readonly type: 'string' | 'boolean';
  /** What stands for its value in the help. */
  readonly value?: string;
  readonly description: string;
  /** It may be given more than once: its values are a list. */
  readonly multiple?: true;
}

/** A command as its table has it; its code is loaded when it is called. */
export interface Command {
  readonly name: string;
  /** What follows the name in the help. */
  readonly synopsis: string;
  /** One line in the list of commands. */
  readonly summary: string;
  readonly details: readonly string[];
  readonly options: Readonly<Record<string, OptionDescription>>;
  readonly mostPositionals: number;
  /** Its positionals are a command line of someone else's, with options that are not ours. */
  readonly runsCommand?: true;
  load(): Promise<Run>;
}

/** An option's text; undefined where it was not given. */
export function textOption(call: Call, name: string): string | undefined {
  const value = call.values[name];
  return typeof value === 'string' ? value : undefined;
}

/** The values of an option that may be given more than once. */
export function textsOption(call: Call, name: string): readonly string[] {
  const value = call.values[name];
  return typeof value === 'object' ? value : [];
}

/** One JSON document, as `--json` prints it. */
export function writeJson(call: Call, document: unknown): Promise<void> {
  return call.write(`${JSON.stringify(document, undefined, 2)}\n`);
}
