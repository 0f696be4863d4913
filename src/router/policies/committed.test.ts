import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { POLICY_FILE } from '../../workspace/policyFile.ts';
import { scratch } from '../../workspace/scratch.fixture.ts';
import { openWorkspace } from '../../workspace/workspace.ts';
import { inForce, policies, policyText, shape } from './sources.fixture.ts';

describe('what is merged holds beside what is being edited:', () => {
  it('the same text stands once', async () => {
    const { root, commit } = scratch();
    commit({ [POLICY_FILE]: policyText('own', { extends: './base.json' }), 'base.json': policyText('base') });
    expect(shape(await inForce(root)).layers).toEqual(['base extended both', '- repository both']);
  });

  it('a rule that an edit takes out stays, and one that it adds holds at once', async () => {
    const { root, commit, write } = scratch();
    commit({ [POLICY_FILE]: policyText('merged') });
    write(POLICY_FILE, policyText('edited'));
    const found = await inForce(root);
    expect(shape(found)).toEqual({
      layers: ['committed committed committed', '- repository working'],
      constraints: ['committed:merged', 'edited'],
    });
    expect(found.kind === 'in-force' && found.policy.layers.map(({ prefers }) => prefers)).toEqual([false, true]);
  });

  it('what git is told to put in the place of the merged file is not the merged file', async () => {
    const { root, commit, write, git } = scratch();
    commit({ [POLICY_FILE]: policyText('merged') });
    write(POLICY_FILE, policyText('edited'));
    git('replace', git('rev-parse', `HEAD:${POLICY_FILE}`).trim(), git('hash-object', '-w', POLICY_FILE).trim());
    expect(shape(await inForce(root)).constraints).toEqual(['committed:merged', 'edited']);
  });

  it('the mode of what is merged is not relaxed by an edit, and may be tightened by one', async () => {
    const { root, commit, write } = scratch();
    commit({ [POLICY_FILE]: policyText('own') });
    write(POLICY_FILE, policyText('own', { mode: 'observe' }));
    expect(await inForce(root)).toMatchObject({ policy: { mode: 'enforce' } });
    commit({ [POLICY_FILE]: policyText('own', { mode: 'observe' }) });
    expect(await inForce(root)).toMatchObject({ policy: { mode: 'observe' } });
    write(POLICY_FILE, policyText('own', { mode: 'enforce' }));
    expect(await inForce(root)).toMatchObject({ policy: { mode: 'enforce' } });
  });

  it('what a merged file extends is read from the same commit', async () => {
    const { root, commit, write } = scratch();
    commit({ [POLICY_FILE]: policyText('own', { extends: './org/base.json' }), 'org/base.json': policyText('merged') });
    write('org/base.json', policyText('edited'));
    expect(shape(await inForce(root)).constraints).toEqual(['base:edited', 'base-2:merged', 'committed:own', 'own']);
    rmSync(join(root, 'org'), { recursive: true });
    write(POLICY_FILE, policyText('alone'));
    expect(shape(await inForce(root)).constraints).toEqual(['base:merged', 'committed:own', 'alone']);
  });

  it('a file that was deleted is the committed one, with what it extends, however it was deleted', async () => {
    const { root, commit } = scratch();
    commit({ [POLICY_FILE]: policyText('own', { extends: './base.json' }), 'base.json': policyText('base') });
    rmSync(join(root, POLICY_FILE));
    rmSync(join(root, 'base.json'));
    const found = await inForce(root);
    expect(found).toMatchObject({ kind: 'in-force', from: 'head' });
    expect(shape(found)).toEqual({
      layers: ['base extended both', '- repository both'],
      constraints: ['base:base', 'own'],
    });
  });

  it('a file that was never committed stands alone, also in a repository without commits', async () => {
    const { root, commit, write } = scratch();
    write(POLICY_FILE, policyText('own'));
    expect(shape(await inForce(root)).layers).toEqual(['- repository both']);
    commit({ 'a.ts': '' });
    expect(shape(await inForce(root)).layers).toEqual(['- repository both']);
  });

  it('on a branch of its own, the default branch counts, as the remote has it', async () => {
    const { root, commit, git } = scratch();
    commit({ [POLICY_FILE]: policyText('main') });
    git('update-ref', 'refs/remotes/origin/trunk', 'HEAD');
    git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/trunk');
    commit({ [POLICY_FILE]: policyText('local') });
    git('checkout', '--quiet', '-b', 'feature');
    commit({ [POLICY_FILE]: policyText('feature') });
    expect(shape(await inForce(root)).constraints).toEqual(['committed:main', 'feature']);
  });

  it.each<readonly [what: string, upstream: readonly (readonly string[])[]]>([
    ['a local branch of another name', []],
    ['one fetched branch', [['update-ref', 'refs/remotes/origin/develop', 'HEAD']]],
    [
      'a remote of another name',
      [
        ['update-ref', 'refs/remotes/upstream/develop', 'HEAD'],
        ['update-ref', 'refs/remotes/upstream/old', 'HEAD'],
        ['symbolic-ref', 'refs/remotes/upstream/HEAD', 'refs/remotes/upstream/develop'],
      ],
    ],
    ['an origin/HEAD that dangles', [['symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/gone']]],
  ])('an edit loosens nothing where there is only %s', async (_what, upstream) => {
    const { root, commit, git, write } = scratch();
    git('checkout', '--quiet', '-b', 'develop');
    commit({ [POLICY_FILE]: policyText('merged') });
    for (const args of upstream) git(...args);
    write(POLICY_FILE, policyText('edited'));
    expect(shape(await inForce(root)).constraints).toEqual(['committed:merged', 'edited']);
  });

  it('what was fetched comes before a commit that nobody else has, as of the next request', async () => {
    const { root, commit, git, write } = scratch();
    git('checkout', '--quiet', '-b', 'develop');
    commit({ [POLICY_FILE]: policyText('first') });
    const first = git('rev-parse', 'HEAD').trim();
    commit({ [POLICY_FILE]: policyText('second') });
    write(POLICY_FILE, policyText('edited'));
    const asked = policies();
    const workspace = await openWorkspace(root);
    const constraints = async () => shape(await asked.inForce(workspace)).constraints;
    expect(await constraints()).toEqual(['committed:second', 'edited']);
    git('update-ref', 'refs/remotes/upstream/develop', first);
    expect(await constraints()).toEqual(['committed:first', 'edited']);
    // Several branches and none that is the default: which of them is merged, nobody can tell.
    git('update-ref', 'refs/remotes/upstream/other', first);
    expect(await constraints()).toEqual(['committed:second', 'edited']);
    git('symbolic-ref', 'refs/remotes/upstream/HEAD', 'refs/remotes/upstream/other');
    expect(await constraints()).toEqual(['committed:first', 'edited']);
  });

  it('names HEAD as the place of a broken file where no branch tells what is merged', async () => {
    const { root, commit, git, write } = scratch();
    git('checkout', '--quiet', '-b', 'develop');
    commit({ [POLICY_FILE]: '{' });
    write(POLICY_FILE, policyText('mended'));
    const found = await inForce(root);
    expect(found.kind === 'in-force' && found.layers.at(-1)?.source).toBe(`${POLICY_FILE} on HEAD`);
  });

  it('holds also while the edited file is broken', async () => {
    const { root, commit, write } = scratch();
    commit({ [POLICY_FILE]: policyText('own') });
    write(POLICY_FILE, policyText('edited'));
    const asked = policies();
    await inForce(root, asked);
    write(POLICY_FILE, '{');
    const found = await inForce(root, asked);
    expect(found.kind).toBe('last-good');
    expect(shape(found).constraints).toEqual(['committed:own', 'edited']);
    const fresh = await inForce(root);
    expect([fresh.kind, shape(fresh).constraints]).toEqual(['last-good', ['own']]);
  });

  it('a broken file that was merged lets nothing leave the machine until its mending is merged, and is told', async () => {
    const { root, commit, write } = scratch();
    commit({ [POLICY_FILE]: '{' });
    write(POLICY_FILE, policyText('mended'));
    const found = await inForce(root);
    expect(shape(found).constraints).toEqual(['committed:broken-policy', 'mended']);
    expect(found.kind === 'in-force' && found.layers.at(-1)).toMatchObject({
      source: `${POLICY_FILE} on the default branch`,
      state: { kind: 'failed' },
    });
    commit({});
    expect(shape(await inForce(root)).constraints).toEqual(['mended']);
  });

  it('stays what it was while git does not answer', async () => {
    const { root, commit, write } = scratch();
    commit({ [POLICY_FILE]: policyText('merged') });
    write(POLICY_FILE, policyText('edited'));
    const asked = policies();
    const workspace = await openWorkspace(root);
    await asked.inForce(workspace);
    writeFileSync(join(root, '.git/config'), '[broken');
    write('.git/packed-refs', '# changed\n');
    expect(shape(await asked.inForce(workspace)).constraints).toEqual(['committed:merged', 'edited']);
  });

  it('a merge is seen by the next request', async () => {
    const { root, commit, write } = scratch();
    commit({ [POLICY_FILE]: policyText('before') });
    write(POLICY_FILE, policyText('after'));
    const asked = policies();
    expect(shape(await inForce(root, asked)).constraints).toEqual(['committed:before', 'after']);
    commit({});
    expect(shape(await inForce(root, asked)).constraints).toEqual(['after']);
  });
});
