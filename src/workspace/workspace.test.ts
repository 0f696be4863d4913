import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FactFile } from '../routing/facts.ts';
import { scratch } from './scratch.fixture.ts';
import { openWorkspace, type WorkRequest, Workspace } from './workspace.ts';

/** `path +added -deleted`, "?" for an unknown count, sorted. */
async function counts(root: string | Workspace, request: WorkRequest): Promise<string[]> {
  const workspace = root instanceof Workspace ? root : await openWorkspace(root);
  const { files, unknown } = await workspace.facts(request);
  expect(unknown).toEqual([]);
  return (files ?? []).map(show).sort();
}

function show({ path, added, deleted }: FactFile): string {
  return `${path} +${added ?? '?'} -${deleted ?? '?'}`;
}

/** Lets the time pass in which a just changed file may change again unseen. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 80));
}

describe('lines of known paths against HEAD', () => {
  it('counts changed, new, deleted, staged, untouched and absent files', async () => {
    const { root, git, write, commit } = scratch();
    commit({ 'changed.ts': 'a\nb\n', 'gone.ts': 'a\n', 'same.ts': 'a\n', 'staged.ts': 'a\n' });
    write('changed.ts', 'a\nx\ny\n');
    write('staged.ts', 'a\nb\n');
    git('add', 'staged.ts');
    write('new.ts', 'one\ntwo');
    rmSync(join(root, 'gone.ts'));
    const paths = ['changed.ts', 'gone.ts', 'same.ts', 'staged.ts', 'new.ts', 'absent.ts'];
    expect(await counts(root, { paths })).toEqual([
      'absent.ts +0 -0',
      'changed.ts +2 -1',
      'gone.ts +0 -1',
      'new.ts +2 -0',
      'same.ts +0 -0',
      'staged.ts +1 -0',
    ]);
  });

  it('gives 0 lines to files that are binary by their name, tracked, open or not', async () => {
    const { root, write, commit } = scratch();
    commit({ 'a.png': new Uint8Array([0, 1, 2]), 'c.PNG': 'a\n' });
    write('a.png', new Uint8Array([0, 1, 2, 10, 3]));
    write('b.zip', new Uint8Array([10, 0, 10]));
    const buffers = [{ path: 'c.PNG', text: 'b\n' }];
    const paths = ['a.png', 'b.zip', 'c.PNG'];
    expect(await counts(root, { paths, buffers })).toEqual(['a.png +0 -0', 'b.zip +0 -0', 'c.PNG +0 -0']);
  });

  it('counts a source file with a NUL byte, tracked, staged, open or new', async () => {
    const { root, git, write, commit } = scratch();
    commit({ 'a.ts': 'a\nb\n', 'open.ts': 'a\n\0\n' });
    write('a.ts', 'a\n\0\nc\n\r@@ -1,90 +1,90 @@\rdiff --git b b\n');
    write('new.ts', '\0\nb\n');
    const buffers = [{ path: 'open.ts', text: 'a\nb\nc\n' }];
    const paths = ['a.ts', 'new.ts', 'open.ts'];
    expect(await counts(root, { paths, buffers })).toEqual(['a.ts +3 -1', 'new.ts +2 -0', 'open.ts +2 -1']);
    git('add', 'a.ts');
    expect(await counts(root, { paths: ['a.ts'], base: 'staged' })).toEqual(['a.ts +3 -1']);
  });

  it.each([
    ['.gitattributes', '*.ts -diff\n'],
    ['src/.gitattributes', '* binary\n'],
    ['.git/info/attributes', 'src/** binary\n'],
  ])('counts what %s declares to be binary', async (attributes, text) => {
    const { root, git, write, commit } = scratch();
    const names = ['src/a.ts', 'src/ünï "q"\\\t\n.ts', 'src/same.ts', 'src/gone.ts'];
    commit(Object.fromEntries(names.map((name) => [name, 'a\nb\nc\nd\ne\n'])));
    write(attributes, text);
    git('config', 'diff.interHunkContext', '9');
    git('config', 'diff.mnemonicPrefix', 'true');
    for (const name of names.slice(0, 2)) write(name, 'x\nb\nc\nd\ny\nz');
    rmSync(join(root, 'src/gone.ts'));
    expect(await counts(root, { paths: names })).toEqual(
      ['+3 -2', '+3 -2', '+0 -0', '+0 -5'].map((lines, at) => `${names[at]} ${lines}`).sort(),
    );
  });

  it('counts both paths of a rename', async () => {
    const { root, git, commit } = scratch();
    commit({ 'old.ts': 'a\nb\nc\n' });
    git('mv', 'old.ts', 'new.ts');
    expect(await counts(root, {})).toEqual(['new.ts +3 -0', 'old.ts +0 -3']);
  });

  it('works before the first commit, in either hash function', async () => {
    const { root, git, write } = scratch();
    write('staged.ts', 'a\n');
    git('add', 'staged.ts');
    write('new.ts', 'a\nb\n');
    expect(await counts(root, {})).toEqual(['new.ts +2 -0', 'staged.ts +1 -0']);
    const other = scratch('folder');
    other.git('init', '--quiet', '--object-format=sha256');
    other.write('a.ts', 'a\n');
    other.git('add', 'a.ts');
    expect(await counts(other.root, {})).toEqual(['a.ts +1 -0']);
  });

  it('measures an unsaved text against HEAD, whatever its line ends and whether the file exists', async () => {
    const { root, write, commit } = scratch();
    commit({ 'a.ts': 'a\nb\nc\n', 'b.ts': 'b\n' });
    write('a.ts', 'on disk\n');
    const buffers = [
      { path: 'a.ts', text: 'a\r\nB\r\nc\r\nd\r\n' },
      { path: 'fresh.ts', text: 'x\ny\n' },
      { path: 'b.ts', text: 'not asked for\n' },
    ];
    expect(await counts(root, { paths: ['a.ts', 'fresh.ts'], buffers })).toEqual(['a.ts +2 -1', 'fresh.ts +2 -0']);
    expect(await counts(root, { buffers })).toEqual(['a.ts +2 -1', 'b.ts +1 -1', 'fresh.ts +2 -0']);
  });

  it('leaves an open file that reads like HEAD out of the whole change', async () => {
    const { root, commit } = scratch();
    commit({ 'a.ts': 'a\n' });
    expect(await counts(root, { buffers: [{ path: 'a.ts', text: 'a\n' }] })).toEqual([]);
  });

  it('takes names literally, however odd', async () => {
    const names = [
      'new\nline.ts',
      'quote".ts',
      "it's.ts",
      'ünï✓.ts',
      ' lead.ts',
      '-rf',
      '--all',
      ':(top)x',
      ':!x',
      '*.ts',
      '[a].ts',
      '\\b.ts',
      'a\tb.ts',
    ];
    const { root, git, write } = scratch();
    git('commit', '--quiet', '--allow-empty', '-m', 'x');
    for (const name of names.slice(0, 7)) write(name, 'a\n');
    git('add', '--all');
    git('commit', '--quiet', '-m', 'y');
    for (const name of names) write(name, 'a\nb\n');
    const expected = names.map((name, at) => `${name} +${at < 7 ? 1 : 2} -0`).sort();
    expect(await counts(root, { paths: names })).toEqual(expected);
    expect(await counts(root, {})).toEqual(expected);
    expect(await counts(root, { paths: ['*.ts'] })).toEqual(['*.ts +2 -0']);
    const buffers = names.map((path) => ({ path, text: 'a\nb\nc\n' }));
    expect(await counts(root, { paths: names, buffers })).toEqual(
      names.map((name, at) => `${name} +${at < 7 ? 2 : 3} -0`).sort(),
    );
  });

  it('counts a thousand paths in one walk and in chunks alike', async () => {
    const { root, write, commit } = scratch();
    const paths = Array.from({ length: 1000 }, (_, at) => `${'long-folder-name/'.repeat(5)}file-${at}.ts`);
    commit(Object.fromEntries(paths.map((path) => [path, 'a\n'])));
    for (const path of paths) write(path, 'a\nb\n');
    write('other.ts', 'x\n');
    expect(await counts(root, { paths: paths.slice(0, 390) })).toHaveLength(390);
    const all = await counts(root, { paths });
    expect(all).toHaveLength(1000);
    expect(all.every((line) => line.endsWith('+1 -0'))).toBe(true);
  });

  it('knows a conflicted file and a link, and reads nothing through one that leads out', async () => {
    const outside = scratch('folder');
    outside.write('secret.txt', 'a\nb\nc\n');
    const { root, git, commit } = scratch();
    commit({ 'a.ts': 'a\n' });
    git('checkout', '--quiet', '-b', 'other');
    commit({ 'a.ts': 'b\n' });
    git('checkout', '--quiet', 'main');
    commit({ 'a.ts': 'c\n' });
    expect(() => git('merge', 'other')).toThrow();
    symlinkSync(outside.root, join(root, 'out'));
    symlinkSync('a.ts', join(root, 'link.ts'));
    const workspace = await openWorkspace(root);
    expect(await workspace.changed()).toContainEqual({ path: 'a.ts', kind: 'conflicted', staged: true });
    const { files } = await workspace.facts({ paths: ['a.ts', 'out/secret.txt', 'link.ts'] });
    expect(files?.map(show)).toEqual(['a.ts +4 -0', 'out/secret.txt +? -?', 'link.ts +1 -0']);
  });
});

describe('other bases', () => {
  it('measures what is staged, and the branch since it left the default branch', async () => {
    const { root, git, write, commit } = scratch();
    commit({ 'a.ts': 'a\n', 'b.ts': 'b\n' });
    git('checkout', '--quiet', '-b', 'feature');
    commit({ 'a.ts': 'a\nbranch\n' });
    write('b.ts', 'b\nstaged\n');
    git('add', 'b.ts');
    write('b.ts', 'b\nstaged\nnot staged\n');
    write('new.ts', 'x\n');
    expect(await counts(root, { base: 'staged' })).toEqual(['b.ts +1 -0']);
    expect(await counts(root, { base: 'staged', paths: ['a.ts', 'b.ts'] })).toEqual(['a.ts +0 -0', 'b.ts +1 -0']);
    expect(await counts(root, { base: 'head' })).toEqual(['b.ts +2 -0', 'new.ts +1 -0']);
    expect(await counts(root, { base: 'merge-base' })).toEqual(['a.ts +1 -0', 'b.ts +2 -0', 'new.ts +1 -0']);
  });

  it('says that a branch without a default branch cannot be measured, and invents nothing', async () => {
    const { root, git, commit } = scratch();
    git('checkout', '--quiet', '-b', 'lonely');
    commit({ 'a.ts': 'a\n' });
    const { files, unknown, branch } = await (await openWorkspace(root)).facts({ base: 'merge-base', paths: ['a.ts'] });
    expect(files).toEqual([{ path: 'a.ts', module: '.', generated: false }]);
    expect(unknown).toEqual([expect.stringContaining('no default branch')]);
    expect(branch).toBe('lonely');
  });
});

describe('what is remembered', () => {
  it('is asked anew when the file, the index or HEAD changes', async () => {
    const { root, git, write, commit } = scratch();
    commit({ 'a.ts': 'a\n' });
    write('a.ts', 'b\nb\n');
    await settled();
    const workspace = await openWorkspace(root);
    const ask = () => counts(workspace, { paths: ['a.ts'] });
    expect([await ask(), await ask()]).toEqual([['a.ts +2 -1'], ['a.ts +2 -1']]);
    write('a.ts', 'c\n');
    expect(await ask()).toEqual(['a.ts +1 -1']);
    git('commit', '--quiet', '--all', '-m', 'x');
    expect(await ask()).toEqual(['a.ts +0 -0']);
    appendFileSync(join(root, 'a.ts'), 'd\n');
    await settled();
    expect(await ask()).toEqual(['a.ts +1 -0']);
    write('.gitattributes', 'a.ts -diff\n');
    expect(await ask()).toEqual(['a.ts +1 -0']);
    rmSync(join(root, '.gitattributes'));
    git('rm', '--cached', '--quiet', 'a.ts');
    git('commit', '--quiet', '-m', 'y');
    expect(await ask()).toEqual(['a.ts +2 -0']);
  });

  it('saves the question to git', async () => {
    const { root, write, commit } = scratch();
    commit({ 'a.ts': 'a\n' });
    write('a.ts', 'b\n');
    await settled();
    const workspace = await openWorkspace(root);
    await workspace.facts({ paths: ['a.ts'] });
    renameSync(join(root, '.git/objects'), join(root, '.git/moved'));
    expect(await counts(workspace, { paths: ['a.ts'] })).toEqual(['a.ts +1 -1']);
    expect((await workspace.facts({ paths: ['a.ts'], base: 'staged' })).unknown).not.toEqual([]);
  });
});

describe('a hostile repository', () => {
  it('runs none of the programs that its configuration and attributes name', async () => {
    const canary = scratch('folder');
    const { root, git, write, commit } = scratch();
    commit({ 'a.ts': 'a\n', 'b.txt': 'b\n' });
    const bite = join(canary.root, 'bite.sh');
    writeFileSync(bite, `#!/bin/sh\necho "$0 $*" >> '${canary.root}/bitten'\ncat\n`, { mode: 0o755 });
    write('.gitattributes', '*.ts filter=evil=x diff=evil\n*.txt filter=worse diff=evil\n');
    for (const key of [
      'core.fsmonitor',
      'diff.external',
      'diff.evil.textconv',
      'diff.evil.command',
      'core.pager',
      'core.sshCommand',
      'core.askPass',
      'filter.evil=x.clean',
      'filter.worse.process',
      'filter.worse.smudge',
      'credential.helper',
      'alias.status',
      'core.alternateRefsCommand',
    ]) {
      git('config', key, bite);
    }
    git('config', 'filter.worse.required', 'true');
    git('config', 'core.hooksPath', canary.root);
    for (const hook of ['post-index-change', 'pre-commit', 'fsmonitor-watchman', 'reference-transaction']) {
      writeFileSync(join(canary.root, hook), `#!/bin/sh\necho hook >> '${canary.root}/bitten'\n`, { mode: 0o755 });
    }
    write('a.ts', 'a\nb\n');
    write('b.txt', 'b\nb\n');
    const workspace = await openWorkspace(root);
    expect(await counts(workspace, { paths: ['a.ts', 'b.txt'] })).toEqual(['a.ts +1 -0', 'b.txt +1 -0']);
    expect(await counts(workspace, {})).toContain('a.ts +1 -0');
    await workspace.facts({ base: 'staged' });
    await workspace.facts({ base: 'merge-base', buffers: [{ path: 'a.ts', text: 'x' }] });
    await workspace.tracked();
    await workspace.policyFile();
    const bitten = () => execFileSync('ls', [canary.root], { encoding: 'utf8' }).includes('bitten');
    expect(bitten()).toBe(false);
    // The trap works: plain git walks into it, and then fails because the filter speaks no protocol.
    expect(() => git('diff', '--stat', 'HEAD')).toThrow();
    expect(bitten()).toBe(true);
  });

  it('does not fetch what a partial clone is missing', async () => {
    const canary = scratch('folder');
    const { root, git, write, commit } = scratch();
    commit({ 'a.ts': 'a\n' });
    const object = git('rev-parse', 'HEAD:a.ts').trim();
    writeFileSync(join(canary.root, 'bite.sh'), `#!/bin/sh\ntouch '${canary.root}/bitten'\n`, { mode: 0o755 });
    git('config', 'core.repositoryFormatVersion', '1');
    git('config', 'extensions.partialClone', 'origin');
    git('config', 'remote.origin.url', `ext::${canary.root}/bite.sh`);
    git('config', 'remote.origin.promisor', 'true');
    git('config', 'protocol.ext.allow', 'always');
    rmSync(join(root, '.git/objects', object.slice(0, 2), object.slice(2)), { force: true });
    write('a.ts', 'b\n');
    const { files, unknown } = await (await openWorkspace(root)).facts({ paths: ['a.ts'] });
    expect(files?.map(show)).toEqual(['a.ts +? -?']);
    expect(unknown).toHaveLength(1);
    expect(execFileSync('ls', [canary.root], { encoding: 'utf8' })).not.toContain('bitten');
  });

  it('cannot stall a count with a pipe or a folder in place of a file', async () => {
    const { root, commit } = scratch();
    commit({ 'x/a.ts': 'a\n' });
    execFileSync('mkfifo', [join(root, 'pipe.ts')]);
    mkdirSync(join(root, 'folder.ts'));
    expect(await counts(root, { paths: ['pipe.ts', 'folder.ts'] })).toEqual(['folder.ts +? -?', 'pipe.ts +? -?']);
  });
});

describe('the facts together', () => {
  it('carry module, generated and branch', async () => {
    const { root, write, commit } = scratch();
    commit({ 'web/package.json': '{}', 'web/a.ts': 'a\n', '.gitattributes': 'web/made.ts linguist-generated\n' });
    write('web/a.ts', 'b\n');
    write('web/made.ts', 'x\n');
    const facts = await (await openWorkspace(root)).facts({ paths: ['web/a.ts', 'web/made.ts'] });
    expect(facts).toEqual({
      files: [
        { path: 'web/a.ts', added: 1, deleted: 1, module: 'web', generated: false },
        { path: 'web/made.ts', added: 1, deleted: 0, module: 'web', generated: true },
      ],
      branch: 'main',
      unknown: [],
    });
  });

  it('keep modules apart whose manifests were deleted since HEAD', async () => {
    const { root, git, write, commit } = scratch();
    commit({ 'packages/a/package.json': '{}', 'packages/b/package.json': '{}' });
    const workspace = await openWorkspace(root);
    const paths = ['packages/a/x/a.ts', 'packages/b/x/b.ts', 'packages/c/x/c.ts'];
    write('packages/package.json', '{}');
    for (const name of ['a', 'b']) rmSync(join(root, `packages/${name}/package.json`));
    const modules = async () => [...(await workspace.modules(paths)).values()];
    expect(await modules()).toEqual(['packages/a', 'packages/b', 'packages']);
    git('rm', '--quiet', '--cached', 'packages/a/package.json', 'packages/b/package.json');
    expect(await modules()).toEqual(['packages/a', 'packages/b', 'packages']);
    git('commit', '--quiet', '-m', 'One package less is what the history says');
    expect(await modules()).toEqual(['packages', 'packages', 'packages']);
  });

  it('keep modules apart whose manifests a branch has deleted, until that is merged', async () => {
    const { root, git, commit } = scratch();
    commit({ 'packages/a/package.json': '{}', 'packages/b/package.json': '{}', 'packages/package.json': '{}' });
    git('checkout', '--quiet', '-b', 'work');
    git('rm', '--quiet', 'packages/a/package.json', 'packages/b/package.json');
    git('commit', '--quiet', '-m', 'One package');
    const workspace = await openWorkspace(root);
    const modules = async () => [...(await workspace.modules(['packages/a/x/a.ts', 'packages/b/x/b.ts'])).values()];
    expect(await modules()).toEqual(['packages/a', 'packages/b']);
    git('branch', '--quiet', '--force', 'main', 'work');
    expect(await modules()).toEqual(['packages', 'packages']);
  });

  it('stay unknown without git, and say why', async () => {
    const { root, write } = scratch('folder');
    write('src/core/a.ts', 'a\n');
    for (const workspace of [await openWorkspace(root), await openWorkspace(root, '/nonexistent/git')]) {
      const facts = await workspace.facts({ paths: ['src/core/a.ts'] });
      expect(facts.files).toEqual([{ path: 'src/core/a.ts', module: 'src/core', generated: false }]);
      expect(facts).not.toHaveProperty('branch');
      expect(facts.unknown).toEqual([expect.stringMatching(/^(?:This is no git repository|git was not found)/)]);
      expect(await workspace.facts({})).not.toHaveProperty('files');
    }
  });

  it('are not given to a cancelled request or by a closed workspace', async () => {
    const { root, commit } = scratch();
    commit({ 'a.ts': 'a\n' });
    const workspace = await openWorkspace(root);
    const cancelled = workspace.facts({ paths: ['a.ts'], signal: AbortSignal.abort() });
    await expect(cancelled).rejects.toMatchObject({ code: 'aborted' });
    workspace.dispose();
    await expect(workspace.facts({ paths: ['a.ts'] })).rejects.toMatchObject({ code: 'aborted' });
  });

  it('name no more files than the limit, and say so', async () => {
    const { root } = scratch();
    const paths = Array.from({ length: 5001 }, (_, at) => `f${at}.ts`);
    const { files, unknown } = await (await openWorkspace(root)).facts({ paths });
    expect(files).toHaveLength(5000);
    expect(unknown).toEqual(['Only the first 5000 of 5001 files are looked at.']);
  });

  it('leave out paths that are none, and say so', async () => {
    const { root } = scratch();
    const paths = ['../x', '', 'a\0b', '/etc/passwd', 'ok.ts'];
    const { files, unknown } = await (await openWorkspace(root)).facts({ paths });
    expect(files?.map(show)).toEqual(['ok.ts +0 -0']);
    expect(unknown).toEqual(['4 of 5 paths are not relative to the repository and are left out.']);
  });

  it('list tracked and changed paths', async () => {
    const { root, git, write, commit } = scratch();
    commit({ 'a.ts': 'a\n', 'b/c.ts': 'c\n', '.gitignore': 'ignored\n' });
    write('b/c.ts', 'd\n');
    write('b/new.ts', '');
    write('ignored', '');
    write('added.ts', '');
    git('add', 'added.ts');
    rmSync(join(root, 'a.ts'));
    const workspace = await openWorkspace(root);
    expect(await workspace.tracked()).toEqual(['.gitignore', 'a.ts', 'added.ts', 'b/c.ts']);
    expect(await workspace.changed()).toEqual([
      { path: 'a.ts', kind: 'deleted', staged: false },
      { path: 'added.ts', kind: 'added', staged: true },
      { path: 'b/c.ts', kind: 'modified', staged: false },
      { path: 'b/new.ts', kind: 'untracked', staged: false },
    ]);
  });
});
