import { execFileSync } from 'node:child_process';

/** A git command that has not ended by then is ended. */
const DEADLINE_MS = 120_000;
const LARGEST_BLOB_BYTES = 512 * 1024;

/** Lines that a commit adds to a file, and where: `start` and `oldEnd` count lines from 0. */
export interface Hunk {
  readonly start: number;
  readonly count: number;
  /** The first line of the old file after what this hunk replaces. */
  readonly oldEnd: number;
}

export interface Change {
  readonly path: string;
  /** Undefined: the file is new. */
  readonly before: string | undefined;
  /** Undefined: the file is gone, or is none that is read. */
  readonly after: string | undefined;
  readonly hunks: readonly Hunk[];
}

export interface Commit {
  readonly id: string;
  readonly parent: string;
}

/** The last `count` commits of the first-parent line, the oldest first. A merge stands for the branch it brings. */
export function lastCommits(repository: string, count: number): Commit[] {
  return git(repository, ['log', '--first-parent', '--reverse', `--max-count=${count}`, '--format=%H %P', 'HEAD'])
    .toString()
    .split('\n')
    .flatMap((line) => {
      const [id, parent] = line.split(' ');
      return id && parent ? [{ id, parent }] : [];
    });
}

/** Every text file of a commit's tree that is small enough to read. */
export function* filesOf(repository: string, commit: string): Generator<{ path: string; text: string }> {
  const entries = git(repository, ['ls-tree', '-r', '-z', '--long', commit])
    .toString()
    .split('\0')
    .flatMap((line) => {
      const [meta = '', path = ''] = line.split('\t');
      const [, type, id = '', size] = meta.split(/ +/);
      return type === 'blob' && Number(size) <= LARGEST_BLOB_BYTES ? [{ path, id }] : [];
    });
  const batch = 500;
  for (let i = 0; i < entries.length; i += batch) {
    const part = entries.slice(i, i + batch);
    const texts = blobs(
      repository,
      part.map((entry) => entry.id),
    );
    for (const { path, id } of part) {
      const text = texts.get(id);
      if (text !== undefined) yield { path, text };
    }
  }
}

/** What a commit changes against its first parent, file by file. */
export function changesOf(repository: string, { id, parent }: Commit): Change[] {
  const fields = git(repository, ['diff-tree', '-r', '-z', '--no-renames', parent, id]).toString().split('\0');
  const entries: { path: string; before: string; after: string }[] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [, newMode = '', before = '', after = ''] = (fields[i] ?? '').split(' ');
    if (newMode.startsWith('1') || newMode === '000000') entries.push({ path: fields[i + 1] ?? '', before, after });
  }
  const texts = blobs(
    repository,
    entries.flatMap((entry) => [entry.before, entry.after]),
  );
  const hunks = hunksOf(repository, parent, id);
  return entries.map(({ path, before, after }) => ({
    path,
    before: texts.get(before),
    after: texts.get(after),
    hunks: hunks.get(path) ?? [],
  }));
}

function hunksOf(repository: string, parent: string, id: string): Map<string, Hunk[]> {
  const diff = git(repository, [
    '-c',
    'core.quotePath=false',
    'diff',
    '-U0',
    '--no-renames',
    '--no-ext-diff',
    '--no-color',
    '--no-prefix',
    parent,
    id,
  ]);
  const hunks = new Map<string, Hunk[]>();
  let current: Hunk[] = [];
  let inHeader = false;
  for (const line of diff.toString().split('\n')) {
    if (line.startsWith('diff --git ')) inHeader = true;
    else if (inHeader && line.startsWith('+++ ')) {
      current = [];
      hunks.set(line.slice(4).replace(/\t$/, ''), current);
    }
    const header = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (header === null) continue;
    inHeader = false;
    const [oldStart = 0, oldCount = 1, start = 0, count = 1] = header
      .slice(1)
      .map((n) => (n === undefined ? undefined : Number(n)));
    // Git numbers lines from 1, and names the line before where a side has none.
    if (count > 0)
      current.push({ start: start - 1, count, oldEnd: oldCount === 0 ? oldStart : oldStart - 1 + oldCount });
  }
  return hunks;
}

/** The texts of blobs by id; those that are missing, too large or not text are left out. */
function blobs(repository: string, ids: readonly string[]): Map<string, string> {
  const wanted = [...new Set(ids)].filter((id) => !/^0*$/.test(id));
  const texts = new Map<string, string>();
  if (wanted.length === 0) return texts;
  const out = git(repository, ['cat-file', '--batch'], `${wanted.join('\n')}\n`);
  for (let at = 0; at < out.length; ) {
    const lineEnd = out.indexOf(10, at);
    const [id = '', type, size] = out.toString('latin1', at, lineEnd).split(' ');
    at = lineEnd + 1;
    if (type === 'missing' || size === undefined) continue;
    const content = out.subarray(at, at + Number(size));
    at += Number(size) + 1;
    if (type === 'blob' && content.length <= LARGEST_BLOB_BYTES && !content.subarray(0, 8000).includes(0)) {
      texts.set(id, content.toString());
    }
  }
  return texts;
}

function git(repository: string, args: readonly string[], input = ''): Buffer {
  return execFileSync('git', ['-C', repository, ...args], { input, maxBuffer: 1 << 30, timeout: DEADLINE_MS });
}
