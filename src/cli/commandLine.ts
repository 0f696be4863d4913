import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { onOneLine } from '../routing/labels.ts';
import type { Call, Command, EndedProgram, ExitCode, Surroundings, Write } from './command.ts';
import { CommandError } from './command.ts';
import { commands } from './commands.ts';
import { helpText } from './help.ts';
import { painterFor } from './paint.ts';
import { ownVersion } from './version.ts';

/** The conventional exit code of a program that Ctrl-C ended: 128 and the signal’s number. */
const INTERRUPTED = 130;

/** Runs this process’s command and leaves its exit code behind. */
export async function runCommandLine(argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  const interrupt = new AbortController();
  process.once('SIGINT', () => {
    interrupt.abort();
    // Whoever waits for the next line waits no longer.
    process.stdin.destroy();
  });
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that has seen enough, such as head(1), closes the pipe: that is no failure.
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(
      `routing-policy: The result could not be written (${error.code ?? onOneLine(error.message)}): make room, or write it elsewhere.\n`,
    );
    process.exit(2);
  });
  // Nobody reads what stands beside the result: it goes on without.
  process.stderr.on('error', () => undefined);
  const surroundings: Surroundings = {
    cwd: process.cwd(),
    env: process.env,
    stdin: process.stdin,
    write: writerOf(process.stdout, interrupt.signal),
    note: writerOf(process.stderr, interrupt.signal),
    paint: painterFor(process.stdout, process.env),
    progress: (line) => {
      if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line}`);
    },
    now: Date.now(),
    signal: interrupt.signal,
  };
  try {
    const code = await dispatch(argv, surroundings);
    // A program that was run for someone else may have taken Ctrl-C for something else than its end.
    if (typeof code === 'object') process.exitCode = code.programCode;
    else process.exitCode = interrupt.signal.aborted ? INTERRUPTED : code;
  } catch (error) {
    surroundings.progress('');
    if (interrupt.signal.aborted) {
      process.exitCode = INTERRUPTED;
      return;
    }
    process.exitCode = 2;
    await surroundings.note(`routing-policy: ${sentenceOf(error)}\n`);
  }
}

async function dispatch(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode | EndedProgram> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const command = commands.find((one) => one.name === rest[0]);
    await surroundings.write(helpText(command));
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-v') {
    await surroundings.write(`${await ownVersion()}\n`);
    return 0;
  }
  const command = commands.find((one) => one.name === name);
  if (command === undefined) {
    throw new CommandError(`There is no command "${name}". routing-policy --help lists those that there are.`);
  }
  const { values, positionals } = argumentsOf(command, rest);
  if (values['help'] === true) {
    await surroundings.write(helpText(command));
    return 0;
  }
  const call: Call = { ...surroundings, values, positionals };
  const run = await command.load();
  return run(call);
}

function argumentsOf(command: Command, args: readonly string[]): Pick<Call, 'values' | 'positionals'> {
  const advice = `routing-policy ${command.name} --help tells what there is.`;
  try {
    const { values, positionals } = parseArgs({
      args: command.runsCommand ? beforeCommand(command, args) : [...args],
      options: {
        ...Object.fromEntries(
          Object.entries(command.options).map(([name, { type, multiple = false }]) => [name, { type, multiple }]),
        ),
        help: { type: 'boolean', short: 'h' },
      },
      allowPositionals: true,
    });
    if (positionals.length > command.mostPositionals) {
      throw new CommandError(`"${positionals[command.mostPositionals]}" is one argument too many. ${advice}`);
    }
    // Only an option that says so has a list, and of texts.
    return { values: values as Call['values'], positionals };
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const reason = error instanceof Error ? (error.message.split('. ')[0] ?? error.message) : String(error);
    throw new CommandError(`${reason}. ${advice}`);
  }
}

/** The arguments with an end to our own options before the first word that is none of them. */
function beforeCommand({ options }: Command, args: readonly string[]): string[] {
  let at = 0;
  while (at < args.length && args[at]?.startsWith('-') && args[at] !== '--') {
    const name = args[at]?.replace(/^-+/, '') ?? '';
    at += options[name]?.type === 'string' ? 2 : 1;
  }
  return [...args.slice(0, at), '--', ...args.slice(args[at] === '--' ? at + 1 : at)];
}

function writerOf(stream: NodeJS.WriteStream, signal: AbortSignal): Write {
  return async (text) => {
    if (!stream.write(text)) await once(stream, 'drain', { signal });
  };
}

/** An error in one line, whatever it quotes. */
function sentenceOf(error: unknown): string {
  return onOneLine(error instanceof Error ? error.message : String(error));
}
