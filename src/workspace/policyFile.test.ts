import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { POLICY_FILE, policyFileKey } from './policyFile.ts';
import { scratch } from './scratch.fixture.ts';
import { openWorkspace } from './workspace.ts';

async function inForce(root: string) {
  return (await openWorkspace(root)).policyFile();
}

describe('the policy file in force', () => {
  it('is the working tree’s, without its byte order mark and with its line ends', async () => {
    const { root, commit, write } = scratch();
    commit({ [POLICY_FILE]: '{"old": 1}' });
    write(POLICY_FILE, '\ufeff{\r\n}\r\n');
    expect(await inForce(root)).toEqual({ kind: 'found', from: 'working-tree', text: '{\r\n}\r\n' });
  });

  it('is the committed one when it was deleted, from HEAD or else from the default branch', async () => {
    const { root, git, commit } = scratch();
    commit({ [POLICY_FILE]: '{"main": 1}' });
    const main = git('rev-parse', 'HEAD').trim();
    git('checkout', '--quiet', '-b', 'feature');
    commit({ [POLICY_FILE]: '{"feature": 1}' });
    const feature = git('rev-parse', 'HEAD').trim();
    rmSync(join(root, POLICY_FILE));
    expect(await inForce(root)).toEqual({ kind: 'found', from: 'head', text: '{"feature": 1}', commit: feature });
    commit({});
    const found = { kind: 'found', from: 'default-branch', text: '{"main": 1}', commit: main };
    expect(await inForce(root)).toEqual(found);
    expect(await (await openWorkspace(root)).committedPolicy()).toEqual(found);
  });

  it('is read from the working tree even where git fails', async () => {
    const { root, write, commit } = scratch();
    commit({ [POLICY_FILE]: '{}' });
    const workspace = await openWorkspace(root);
    write('.git/config', '[broken');
    expect(await workspace.policyFile()).toMatchObject({ kind: 'found', from: 'working-tree' });
    rmSync(join(root, POLICY_FILE));
    await expect(workspace.policyFile()).rejects.toMatchObject({ name: 'GitError' });
  });

  it('is none where there never was one, with and without git', async () => {
    expect(await inForce(scratch().root)).toEqual({ kind: 'none' });
    const { root, commit } = scratch();
    commit({ 'a.ts': '' });
    expect(await inForce(root)).toEqual({ kind: 'none' });
    expect(await inForce(scratch('folder').root)).toEqual({ kind: 'none' });
  });

  it('may be a link inside the repository', async () => {
    const { root, write } = scratch('folder');
    write('config/policy.json', '{}');
    symlinkSync('config/policy.json', join(root, POLICY_FILE));
    expect(await inForce(root)).toMatchObject({ kind: 'found', text: '{}' });
  });

  it.each<[string, string, (at: string) => void]>([
    ['outside', 'a link out of the repository', (at) => symlinkSync('/etc/hostname', at)],
    ['not-a-file', 'a link to nothing', (at) => symlinkSync('nowhere', at)],
    ['not-a-file', 'a folder', (at) => mkdirSync(at)],
    ['not-a-file', 'a pipe', (at) => execFileSync('mkfifo', [at])],
    ['too-large', 'more than the limit', (at) => writeFileSync(at, Buffer.alloc(5 * 1024 * 1024 + 1, 32))],
    ['not-utf-8', 'Latin-1', (at) => writeFileSync(at, Buffer.from([0xe9]))],
  ])('is refused as %s: %s', async (reason, _name, make) => {
    const { root } = scratch();
    make(join(root, POLICY_FILE));
    expect(await inForce(root)).toMatchObject({ kind: 'refused', from: 'working-tree', reason });
  });

  it('is refused when the committed one is a link', async () => {
    const { root, git } = scratch();
    symlinkSync('/etc/hostname', join(root, POLICY_FILE));
    git('add', '--all');
    git('commit', '--quiet', '-m', 'x');
    rmSync(join(root, POLICY_FILE));
    expect(await inForce(root)).toMatchObject({ kind: 'refused', from: 'head', reason: 'not-a-file' });
  });

  it('has a key that changes when it does', async () => {
    const { root, write } = scratch('folder');
    expect(await policyFileKey(root)).toBeUndefined();
    write(POLICY_FILE, '{}');
    const before = await policyFileKey(root);
    expect(await policyFileKey(root)).toBe(before);
    write(POLICY_FILE, '{ }');
    expect(await policyFileKey(root)).not.toBe(before);
  });
});
