import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { insertionBetween, shareLeft, survivalOf } from '../../src/usage/outcomes/survival.ts';

/** Where the replay ends: a fixed commit of this project's own history, so that every run sees the same. */
const END = '026e49f0772205998cfa032932a6bc215b18f925';
const COMMITS = 60;
/** Commits after which it is looked what is left. */
const LATER = 20;

function git(...parameters: string[]): string {
  return execFileSync('git', parameters, { encoding: 'utf8', maxBuffer: 64e6, stdio: ['ignore', 'pipe', 'ignore'] });
}

function history(): readonly string[] {
  try {
    return git('rev-list', '--first-parent', '--no-merges', '-n', String(COMMITS + LATER), END)
      .trim()
      .split('\n')
      .reverse();
  } catch {
    return []; // cloned without its history
  }
}

interface Replayed {
  /** By four-grams. */
  readonly ours: number;
  /** By lines: what `git blame` still says a commit wrote, of what it said right after it. */
  readonly blamed: number;
}

function linesOf(commit: string, at: string, path: string): number {
  return git('blame', '--porcelain', '-w', at, '--', path)
    .split('\n')
    .filter((line) => line.startsWith(`${commit} `)).length;
}

function replay(commits: readonly string[]): readonly Replayed[] {
  const found: Replayed[] = [];
  for (const [index, commit] of commits.slice(0, -LATER).entries()) {
    const later = commits[index + LATER] ?? commit;
    const changedSince = new Set(
      git('diff', '--name-only', '--no-renames', '--diff-filter=M', commit, later).split('\n'),
    );
    const changes = git('diff-tree', '-r', '--no-commit-id', '--numstat', '--diff-filter=M', '--no-renames', commit);
    for (const [added, , path = ''] of changes
      .trim()
      .split('\n')
      .map((line) => line.split('\t'))) {
      if (!(Number(added) >= 3) || !changedSince.has(path)) continue;
      const insertion = insertionBetween(git('show', `${commit}^:${path}`), git('show', `${commit}:${path}`));
      const survival = insertion && survivalOf(insertion, git('show', `${later}:${path}`));
      const ours = survival && shareLeft([survival]);
      const written = linesOf(commit, commit, path);
      if (ours === undefined || written === 0) continue;
      found.push({ ours, blamed: linesOf(commit, later, path) / written });
    }
  }
  return found;
}

describe('survival over real commits', () => {
  it('is what git blame says of lines, but for lines in which little was changed', ({ skip }) => {
    const commits = history();
    if (commits.length < COMMITS + LATER) skip('the history of this clone is too short to be replayed');
    const replayed = replay(commits);
    expect(replayed.length).toBeGreaterThan(25);
    const distance = replayed.reduce((sum, { ours, blamed }) => sum + Math.abs(ours - blamed), 0) / replayed.length;
    expect(distance).toBeLessThan(0.1);
    // What blame takes for kept is kept; the other way round a line with one changed word is a new line to blame.
    for (const { ours, blamed } of replayed) if (blamed >= 0.95) expect(ours).toBeGreaterThan(0.7);
    for (const { ours, blamed } of replayed) if (ours < 0.5) expect(blamed).toBeLessThan(0.8);
  }, 120_000);
});
