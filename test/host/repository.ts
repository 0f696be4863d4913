// Real git repositories in temporary folders.
import { appendFile, cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '../../scripts/steps.ts';

export interface Repository {
  readonly folder: string;
  /** Writes files (paths relative to the folder), without committing them. */
  readonly write: (files: Readonly<Record<string, string>>) => Promise<void>;
  /** Commits everything as it stands. */
  readonly commit: (message: string) => Promise<void>;
  readonly git: (...args: readonly string[]) => Promise<string>;
  readonly remove: () => Promise<void>;
}

export interface RepositoryOptions {
  /** A folder whose content is copied in first. */
  readonly from?: string;
  /** Files by path, written and committed after it. */
  readonly files?: Readonly<Record<string, string>>;
  /** Where to make it; a temporary folder when left out. */
  readonly folder?: string;
}

/** Written in one go, without a process a line, and so that no commit starts another to tidy up. */
const CONFIG = `[user]
\tname = Sam Developer
\temail = sam@example.com
[commit]
\tgpgsign = false
[maintenance]
\tauto = false
`;

/** Makes a git repository on branch `main` with everything in one commit. It never reads the person's own git settings. */
export async function createRepository(options: RepositoryOptions = {}): Promise<Repository> {
  const folder = options.folder ?? (await realpath(await mkdtemp(join(tmpdir(), 'routing-policy-repository-'))));
  await mkdir(folder, { recursive: true });
  const repository = openRepository(folder);
  await repository.git('init', '--quiet', '--initial-branch=main', '--template=');
  await appendFile(join(folder, '.git', 'config'), CONFIG);
  if (options.from !== undefined) await cp(options.from, folder, { recursive: true });
  await repository.write(options.files ?? {});
  await repository.commit('Start');
  return repository;
}

function openRepository(folder: string): Repository {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: devNull, GIT_CONFIG_SYSTEM: devNull };
  const git = (...args: readonly string[]): Promise<string> => run('git', args, { cwd: folder, env, deadline: 55_000 });
  return {
    folder,
    git,
    write: async (files) => {
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), content);
      }
    },
    commit: async (message) => {
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', '--message', message);
    },
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}
