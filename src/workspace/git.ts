import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { GitError } from './gitError.ts';
import { limits } from './limits.ts';

/** A git program that was found and is new enough. */
export interface GitProgram {
  /** Absolute. */
  readonly executable: string;
  readonly version: string;
}

export interface GitCommand {
  /** Absolute folder to run in. */
  readonly cwd: string;
  readonly args: readonly string[];
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; {@link limits.gitDeadlineMs} unless told. */
  readonly deadlineMs?: number | undefined;
  /** Configuration on top of {@link SAFE_CONFIG}. */
  readonly config?: readonly (readonly [key: string, value: string])[] | undefined;
  readonly stdin?: string | undefined;
  /** Exit codes beside 0 that are answers. */
  readonly answers?: readonly number[] | undefined;
}

/** The first with `GIT_CONFIG_COUNT`, through which configuration is passed without a command line's traps (2021). */
const OLDEST = [2, 31] as const;

/**
 * A repository's own configuration can name programs for git to run. Nothing here needs one, so all are off. It goes in
 * through the environment because that overrides every file and reaches git's own children.
 */
const SAFE_CONFIG: readonly (readonly [string, string])[] = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['core.pager', 'cat'],
  // Else a change that keeps a file's size and second is none.
  ['core.trustctime', 'true'],
  ['core.checkStat', 'default'],
  ['core.askPass', ''],
  ['core.sshCommand', 'false'],
  ['core.quotePath', 'false'],
  ['credential.helper', ''],
  ['protocol.allow', 'never'],
  ['safe.bareRepository', 'explicit'],
  ['submodule.recurse', 'false'],
  ['diff.relative', 'false'],
  ['diff.noprefix', 'false'],
  ['color.ui', 'false'],
];

const KEPT_VARIABLES = new Set([
  'GIT_EXEC_PATH',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_SYSTEM',
  'GIT_CONFIG_NOSYSTEM',
  'GIT_CEILING_DIRECTORIES',
]);

/**
 * Finds git and checks its version. Only absolute folders of PATH are searched: an operating system that also looks in the
 * working directory would run a `git.exe` that a repository brought along.
 *
 * @param configured an absolute path, such as the editor's own setting; it wins when given
 * @throws {GitError} `missing` or `too-old`
 */
export async function findGit(configured?: string, environment: NodeJS.ProcessEnv = process.env): Promise<GitProgram> {
  const executable = configured ?? (await searchPath(environment));
  if (executable === undefined || !isAbsolute(executable)) {
    throw new GitError('missing', 'git was not found in PATH: install git 2.31 or newer, or name it in the settings.');
  }
  const output = await run(executable, { cwd: process.cwd(), args: ['--version'] });
  const version = /(\d+)\.(\d+)(?:\.\d+)*/.exec(output.toString('utf8'));
  const [major, minor] = [Number(version?.[1]), Number(version?.[2])];
  if (version === null || major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new GitError(
      'too-old',
      `${executable} is git ${version?.[0] ?? 'of unknown version'}: install 2.31 or newer.`,
    );
  }
  return { executable, version: version[0] };
}

async function searchPath(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const names = process.platform === 'win32' ? ['git.exe'] : ['git'];
  const path = environment['PATH'] ?? environment['Path'] ?? '';
  for (const folder of path.split(delimiter).filter(isAbsolute)) {
    for (const name of names) {
      const candidate = join(folder, name);
      const usable = await access(candidate, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (usable) return candidate;
    }
  }
  return undefined;
}

/**
 * Runs one git command without shell, pager, prompt, network, hooks or locks, and gives its standard output.
 *
 * @throws {GitError} on a deadline, an abort, too much output, or an exit code that is not in `answers`
 */
export function runGit(git: GitProgram, command: GitCommand): Promise<Buffer> {
  return run(git.executable, command);
}

function run(executable: string, command: GitCommand): Promise<Buffer> {
  const described = `git ${command.args.slice(0, 4).join(' ')} in ${command.cwd}`;
  return new Promise((resolve, reject) => {
    if (command.signal?.aborted) {
      reject(new GitError('aborted', `${described} was not started: the request was cancelled.`));
      return;
    }
    const child = spawn(executable, ['--no-pager', '--literal-pathspecs', ...command.args], {
      cwd: command.cwd,
      env: safeEnvironment(command.config ?? []),
      stdio: 'pipe',
      windowsHide: true,
    });
    const output: Buffer[] = [];
    const complaints: Buffer[] = [];
    let size = 0;
    const deadlineMs = command.deadlineMs ?? limits.gitDeadlineMs;
    const timer = setTimeout(() => {
      stop(new GitError('deadline', `${described} took longer than ${deadlineMs} ms and was stopped.`));
    }, deadlineMs);
    const onAbort = () => stop(new GitError('aborted', `${described} was cancelled.`));
    const settle = () => {
      clearTimeout(timer);
      command.signal?.removeEventListener('abort', onAbort);
    };
    const stop = (error: GitError) => {
      settle();
      child.kill('SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
      reject(error);
    };
    command.signal?.addEventListener('abort', onAbort, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limits.gitOutputBytes) {
        stop(new GitError('too-much-output', `${described} wrote more than ${limits.gitOutputBytes} bytes.`));
      } else output.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (complaints.length < 16) complaints.push(chunk);
    });
    child.on('error', (cause: NodeJS.ErrnoException) => stop(startError(described, executable, cause)));
    child.on('close', (code) => {
      settle();
      if (code === 0 || (code !== null && command.answers?.includes(code))) resolve(Buffer.concat(output));
      else reject(exitError(described, code, Buffer.concat(complaints).toString('utf8')));
    });
    // A child that ends before it has read everything closes the pipe; its exit code tells the story.
    child.stdin.on('error', () => undefined);
    child.stdin.end(command.stdin ?? '');
  });
}

function safeEnvironment(config: readonly (readonly [string, string])[]): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (!name.toUpperCase().startsWith('GIT_') || KEPT_VARIABLES.has(name.toUpperCase())) environment[name] = value;
  }
  const all = [...SAFE_CONFIG, ...config];
  all.forEach(([key, value], index) => {
    environment[`GIT_CONFIG_KEY_${index}`] = key;
    environment[`GIT_CONFIG_VALUE_${index}`] = value;
  });
  return {
    ...environment,
    GIT_CONFIG_COUNT: String(all.length),
    // Overrides every protocol.*.allow of the repository: a partial clone must not fetch what is missing.
    GIT_ALLOW_PROTOCOL: '',
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    // A replacement (`git replace`) would stand in for what is merged.
    GIT_NO_REPLACE_OBJECTS: '1',
    LC_ALL: 'C',
  };
}

function startError(described: string, executable: string, cause: NodeJS.ErrnoException): GitError {
  // Node reports a working directory that is gone with the same code as a program that is gone.
  return cause.code === 'ENOENT' || cause.code === 'EACCES'
    ? new GitError('missing', `${described} could not start: ${executable} or the folder is missing.`, cause)
    : new GitError('failed', `${described} could not start: ${cause.message}`, cause);
}

function exitError(described: string, code: number | null, complaint: string): GitError {
  const sentence = complaint.trim().split('\n', 1)[0] ?? '';
  if (complaint.includes('dubious ownership')) {
    return new GitError('not-trusted', `${described}: the folder belongs to another user. ${sentence}`);
  }
  if (complaint.includes('not a git repository') || complaint.includes('must be run in a work tree')) {
    return new GitError('not-a-repository', `${described}: ${sentence}`);
  }
  return new GitError('failed', `${described} ended with ${code ?? 'a signal'}: ${sentence}`);
}
