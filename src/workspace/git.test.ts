import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findGit, runGit } from './git.ts';
import { scratch } from './scratch.fixture.ts';

function program(folder: string, script: string): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'git'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'git'), 0o755);
  return join(folder, 'git');
}

describe('finding git', () => {
  it('finds an absolute program and its version', async () => {
    const git = await findGit();
    expect(git.executable).toMatch(/^(?:\/|[A-Z]:\\)/);
    expect(git.version).toMatch(/^\d+\.\d+/);
  });

  it('says that git is missing', async () => {
    await expect(findGit(undefined, { PATH: '/nonexistent' })).rejects.toMatchObject({ code: 'missing' });
    await expect(findGit('/nonexistent/git')).rejects.toMatchObject({ code: 'missing' });
  });

  it('never looks in a folder that PATH names relative to where we are', async () => {
    await expect(findGit(undefined, { PATH: '.:bin:' })).rejects.toMatchObject({ code: 'missing' });
  });

  it('says that git is too old', async () => {
    const old = program(scratch('folder').root, 'echo git version 2.20.1');
    await expect(findGit(old)).rejects.toMatchObject({ code: 'too-old', message: expect.stringContaining('2.20.1') });
  });
});

describe('running git', () => {
  it('stops a command at its deadline and names it', async () => {
    const { root } = scratch('folder');
    const executable = program(root, 'exec sleep 30');
    const running = runGit({ executable, version: '2.40' }, { cwd: root, args: ['status'], deadlineMs: 50 });
    await expect(running).rejects.toMatchObject({ code: 'deadline', message: expect.stringContaining('git status') });
  });

  it('settles at once when the request is cancelled, before and during', async () => {
    const { root } = scratch('folder');
    const git = { executable: program(root, 'exec sleep 30'), version: '2.40' };
    const cancel = new AbortController();
    const running = runGit(git, { cwd: root, args: ['status'], signal: cancel.signal });
    cancel.abort();
    await expect(running).rejects.toMatchObject({ code: 'aborted' });
    await expect(runGit(git, { cwd: root, args: [], signal: cancel.signal })).rejects.toMatchObject({
      code: 'aborted',
    });
  });

  it('stops a command that writes without end', async () => {
    const { root } = scratch('folder');
    const git = { executable: program(root, 'exec yes 0123456789012345678901234567890123456789'), version: '2.40' };
    await expect(runGit(git, { cwd: root, args: ['log'] })).rejects.toMatchObject({ code: 'too-much-output' });
  });

  it('tells a folder without a repository from a failure', async () => {
    const git = await findGit();
    const { root } = scratch('folder');
    const nowhere = runGit(git, { cwd: root, args: ['rev-parse', '--show-toplevel'] });
    await expect(nowhere).rejects.toMatchObject({ code: 'not-a-repository' });
    await expect(runGit(git, { cwd: root, args: ['nonsense'] })).rejects.toMatchObject({ code: 'failed' });
    await expect(runGit(git, { cwd: join(root, 'gone'), args: ['--version'] })).rejects.toMatchObject({
      code: 'missing',
    });
  });
});
