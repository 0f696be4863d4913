// What the facts about a repository cost on 50,000 files. Counting known paths must stay below counting all.
//   --files N   another size
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { countTracked, listChanged } from '../../src/workspace/changes.ts';
import { findGit } from '../../src/workspace/git.ts';
import { openWorkspace } from '../../src/workspace/workspace.ts';
import { wholeNumber } from './options.ts';
import { milliseconds, type Report, ratio } from './report.ts';
import { race, timeOnce, timesAsLong, typical } from './timing.ts';

const ROUNDS = 9;
const CHANGED = 20;

export async function measure(args: readonly string[]): Promise<Report> {
  const options = { files: { type: 'string', default: '50000' } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const size = wholeNumber('files', values.files);
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'routing-policy-bench-')));
  try {
    const changed = buildRepository(root, size);
    return await measureRepository(root, size, changed);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function measureRepository(root: string, size: number, changed: readonly string[]): Promise<Report> {
  const git = await findGit();
  const place = { git, root };
  const commit = { kind: 'commit', commit: 'HEAD', staged: false } as const;
  const warm = await openWorkspace(root);
  await warm.facts({ paths: changed });
  const typed = [{ path: changed[0] ?? '', text: 'typed\nby\nhand\n' }];
  const once = (work: () => Promise<unknown>) => async () => [await timeOnce(work)];

  const timings = await race(ROUNDS, {
    'start of git alone': once(() => findGit(git.executable)),
    'numstat of the known paths': once(() => countTracked(place, commit, changed)),
    'numstat without paths': once(() => countTracked(place, commit, undefined)),
    'status, untracked files included': once(() => listChanged(place)),
    'all facts of the known paths, first time': once(async () => {
      const workspace = await openWorkspace(root);
      await workspace.facts({ paths: changed });
    }),
    'all facts again, nothing changed': once(() => warm.facts({ paths: changed })),
    'all facts, one of the files unsaved': once(() => warm.facts({ paths: changed, buffers: typed })),
  });
  const known = timings['numstat of the known paths'];
  return {
    rows: Object.entries(timings).map(([what, taken]) => ({
      what,
      figures: {
        median: milliseconds(typical(taken).p50),
        ...(what === 'numstat without paths' ? { 'of the known paths': ratio(timesAsLong(taken, known)) } : {}),
      },
    })),
    notes: [`${size} files, ${changed.length} of them changed, git ${git.version}; ${ROUNDS} rounds, in turn.`],
    broken: [],
  };
}

/** Commits `size` files in 250 packages, changes some, and returns the paths of those. */
export function buildRepository(root: string, size: number): readonly string[] {
  const git = (...args: string[]): void => {
    const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.com', '-c', 'gc.auto=0'];
    execFileSync('git', [...identity, ...args], { cwd: root, stdio: 'ignore', timeout: 120_000 });
  };
  const paths: string[] = [];
  for (let at = 0; at < size; at++) {
    const folder = `packages/p${at % 250}/src/d${Math.floor(at / 250) % 20}`;
    if (at < 250 * 20) mkdirSync(join(root, folder), { recursive: true });
    if (at < 250) writeFileSync(join(root, `packages/p${at}/package.json`), '{}\n');
    paths.push(`${folder}/f${at}.ts`);
    writeFileSync(join(root, folder, `f${at}.ts`), `export const a${at} = ${at};\n`);
  }
  git('init', '--quiet');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'a commit');
  const changed = Array.from({ length: CHANGED }, (_, at) => paths[Math.floor((at * size) / CHANGED)] ?? '');
  for (const path of changed) writeFileSync(join(root, path), 'changed\nand longer\n');
  return changed;
}
