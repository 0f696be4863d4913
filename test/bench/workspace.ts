// What the facts about a repository cost on 50,000 files: node test/bench/workspace.ts [FILES]
// Counting known paths must stay far below counting all; the ratio is what to watch, the milliseconds are this machine's.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countTracked, listChanged } from '../../src/workspace/changes.ts';
import { findGit } from '../../src/workspace/git.ts';
import { openWorkspace } from '../../src/workspace/workspace.ts';

const size = Number(process.argv[2] ?? 50_000);
const root = realpathSync(mkdtempSync(join(tmpdir(), 'bench-workspace-')));

function run(...args: string[]): void {
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.com', '-c', 'gc.auto=0'];
  execFileSync('git', [...identity, ...args], { cwd: root, stdio: 'ignore' });
}

function build(): string[] {
  const paths: string[] = [];
  for (let at = 0; at < size; at++) {
    const folder = `packages/p${at % 250}/src/d${Math.floor(at / 250) % 20}`;
    if (at < 250 * 20) mkdirSync(join(root, folder), { recursive: true });
    if (at < 250) writeFileSync(join(root, `packages/p${at}/package.json`), '{}\n');
    paths.push(`${folder}/f${at}.ts`);
    writeFileSync(join(root, folder, `f${at}.ts`), `export const a${at} = ${at};\n`);
  }
  run('init', '--quiet');
  run('add', '--all');
  run('commit', '--quiet', '--message', 'a commit');
  const changed = Array.from({ length: 20 }, (_, at) => paths[Math.floor((at * size) / 20)] ?? '');
  for (const path of changed) writeFileSync(join(root, path), 'changed\nand longer\n');
  return changed;
}

async function median(name: string, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 9; round++) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  const middle = times.sort((a, b) => a - b)[4] ?? Number.NaN;
  console.log(`${name.padEnd(58)} ${middle.toFixed(1).padStart(8)} ms`);
  return middle;
}

try {
  const changed = build();
  const git = await findGit();
  const place = { git, root };
  const commit = { kind: 'commit', commit: 'HEAD', staged: false } as const;
  console.log(`${size} files, ${changed.length} changed, git ${git.version}`);
  await median('start of git alone', () => findGit(git.executable));
  const known = await median('numstat of the known paths', () => countTracked(place, commit, changed));
  const all = await median('numstat without paths', () => countTracked(place, commit, undefined));
  await median('status, untracked files included', () => listChanged(place));
  await median('all facts of the known paths, first time', async () => {
    const workspace = await openWorkspace(root);
    await workspace.facts({ paths: changed });
  });
  const workspace = await openWorkspace(root);
  await workspace.facts({ paths: changed });
  await median('all facts again, nothing changed', () => workspace.facts({ paths: changed }));
  await median('all facts, one of the files unsaved', () =>
    workspace.facts({ paths: changed, buffers: [{ path: changed[0] ?? '', text: 'typed\nby\nhand\n' }] }),
  );
  console.log(`known paths against all: ${(all / known).toFixed(1)} times faster`);
} finally {
  rmSync(root, { recursive: true, force: true });
}
