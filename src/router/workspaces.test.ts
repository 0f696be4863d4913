import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Workspace } from '../workspace/workspace.ts';
import { Workspaces } from './workspaces.ts';

let root: string;
let opened: Workspace[];
let forgotten: Workspace[];
let workspaces: Workspaces;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'routing-policy-')));
  opened = [];
  forgotten = [];
  workspaces = new Workspaces({
    opened: (workspace) => opened.push(workspace),
    forgotten: (workspace) => forgotten.push(workspace),
  });
});
afterEach(() => {
  workspaces.dispose();
  rmSync(root, { recursive: true, force: true });
});

const init = (folder: string) => execFileSync('git', ['init', '--quiet', folder]);
const around = (...paths: string[]) => workspaces.around(paths.map((path) => pathToFileURL(join(root, path)).href));

test('one workspace serves every folder of a repository', async () => {
  init(root);
  mkdirSync(join(root, 'src/deep'), { recursive: true });
  const workspace = await around('.');
  expect(workspace?.place.kind).toBe('git');
  expect(await around('src/deep/new-file.ts')).toBe(workspace);
  expect(await around('src')).toBe(workspace);
  expect(opened).toHaveLength(1);
});

test('a folder that becomes a repository is one at once, and so is a repository inside another', async () => {
  mkdirSync(join(root, 'inner'));
  expect((await around('.'))?.place.kind).toBe('folder');
  init(root);
  expect((await around('.'))?.place.kind).toBe('git');
  expect((await around('inner'))?.root).toBe(root);
  init(join(root, 'inner'));
  expect((await around('inner'))?.root).toBe(join(root, 'inner'));
  rmSync(join(root, 'inner/.git'), { recursive: true });
  expect((await around('inner'))?.root).toBe(root);
});

test('what is no local file has no workspace, and the next one counts', async () => {
  expect(await workspaces.around(['untitled:one', 'vscode-vfs://github/acme/app'])).toBeUndefined();
  expect((await workspaces.around(['untitled:one', pathToFileURL(root).href]))?.root).toBe(root);
  expect(workspaces.open()).toHaveLength(1);
});

test('however many folders of an open one are asked about, they are that one, and none is kept', async () => {
  await workspaces.setRoots([pathToFileURL(root).href]);
  for (let n = 0; n < 30; n++) {
    mkdirSync(join(root, `part${n}`));
    expect((await around(`part${n}`))?.root).toBe(root);
    rmSync(join(root, `part${n}`), { recursive: true });
  }
  expect(workspaces.open().map((workspace) => workspace.root)).toEqual([root]);
});

/** A repository. */
function build(name: string): string {
  const folder = join(root, name);
  mkdirSync(join(folder, '.git', 'refs'), { recursive: true });
  mkdirSync(join(folder, '.git', 'objects'));
  writeFileSync(join(folder, '.git', 'HEAD'), 'ref: refs/heads/main\n');
  return folder;
}

test('of repositories that come and go the last hundred are kept, and the open one always', async () => {
  init(root);
  await workspaces.setRoots([pathToFileURL(root).href]);
  const first = await around('.');
  for (let n = 0; n < 105; n++) {
    const folder = build(`built${n}`);
    expect((await around(`built${n}`))?.root).toBe(folder);
    rmSync(folder, { recursive: true });
  }
  expect(workspaces.open()).toHaveLength(100);
  expect(workspaces.open()).toContain(first);
});

test('a repository that is asked about stays, and one that is forgotten is another workspace when it is asked about again', async () => {
  for (const name of ['used', 'left']) build(name);
  mkdirSync(join(root, 'left', 'src'));
  const [used, left] = [await around('used'), await around('left')];
  expect(await around('left/src')).toBe(left);
  for (let n = 0; n < 100; n++) {
    build(`built${n}`);
    await around(`built${n}`);
    expect(await around('used')).toBe(used);
  }
  expect(workspaces.open()).toHaveLength(100);
  expect(forgotten).toContain(left);
  expect(forgotten).not.toContain(used);
  const again = await around('left/src');
  expect(again?.root).toBe(left?.root);
  expect(again).not.toBe(left);
  expect(await around('left')).toBe(again);
});

test('where more are open than are kept of others, the one that is asked about is kept all the same', async () => {
  const open = Array.from({ length: 101 }, (_, n) => build(`open${n}`));
  await workspaces.setRoots(open.map((folder) => pathToFileURL(folder).href));
  for (let n = 0; n < open.length; n++) await around(`open${n}`);
  build('other');
  const other = await around('other');
  expect(await around('other')).toBe(other);
  expect(forgotten).toEqual([]);
});
