import { GitError } from '../workspace/gitError.ts';
import type { Call } from './command.ts';
import { CommandError } from './command.ts';
import { type ChangedFile, numbersOf, type Repository } from './repository.ts';

/** A commit with what it says and what it changes. */
export interface HistoryCommit {
  readonly id: string;
  /** Its message, the subject first. */
  readonly message: string;
  readonly files: readonly ChangedFile[];
}

/** Commits of a range that are looked at: the newest. */
export const MOST_COMMITS = 5_000;
/** Without a range: the newest of this branch. */
export const USUAL_COMMITS = 200;
const PER_QUESTION = 100;

/**
 * The commits of a range that are no merges, newest first, with their changes. Cancelled by the call's signal between
 * questions to git, and within them.
 *
 * @param range as git log takes it; undefined: the newest of HEAD
 * @throws {CommandError} where the range names none
 */
export async function* commitsOf(
  repository: Repository,
  range: string | undefined,
  { progress }: Pick<Call, 'progress'>,
): AsyncGenerator<HistoryCommit> {
  const ids = await commitIds(repository, range);
  for (let at = 0; at < ids.length; at += PER_QUESTION) {
    progress(`Reading commits: ${at} of ${ids.length}`);
    const part = ids.slice(at, at + PER_QUESTION);
    const format = '--format=commit %H%x00%B';
    const args = ['log', '--no-walk=unsorted', '--stdin', '-z', '--numstat', '--no-renames', '--no-ext-diff', format];
    yield* parseLog(await repository.ask([...args, '--no-textconv', '--no-color'], { stdin: `${part.join('\n')}\n` }));
  }
  progress('');
}

async function commitIds(repository: Repository, range: string | undefined): Promise<readonly string[]> {
  const most = range === undefined ? USUAL_COMMITS : MOST_COMMITS;
  const named = range === undefined ? 'This branch' : `The range "${range}"`;
  const advice = 'write it as git log takes it, such as main~200..main';
  const args = ['rev-list', '--no-merges', `--max-count=${most}`, '--end-of-options', range ?? 'HEAD', '--'];
  const listed = await repository.ask(args).catch((error: unknown) => {
    if (!(error instanceof GitError) || error.code !== 'failed') throw error;
    throw new CommandError(`${named} names no commits here: ${advice}. (${error.message})`);
  });
  const ids = listed.split('\n').filter((line) => line !== '');
  if (ids.length === 0) throw new CommandError(`${named} has no commits that are no merges: ${advice}.`);
  return ids;
}

/** Records of the log, each ended by a NUL: a commit's name, its message, then its change's numbers. */
export function parseLog(output: string): readonly HistoryCommit[] {
  const commits: HistoryCommit[] = [];
  const records = output.split('\0');
  for (let at = 0; at < records.length; at += 1) {
    const id = /^\s*commit ([0-9a-f]{40,64})$/.exec(records[at] ?? '')?.[1];
    if (id === undefined) continue;
    const message = (records[at + 1] ?? '').trim();
    const files: ChangedFile[] = [];
    for (at += 2; at < records.length && !/^\s*commit [0-9a-f]{40,64}$/.test(records[at] ?? ''); at += 1) {
      files.push(...numbersOf(records[at] ?? ''));
    }
    at -= 1;
    commits.push({ id, message, files });
  }
  return commits;
}
