import { chmodSync, chownSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { POLICY_FILE } from '../../workspace/policyFile.ts';
import { type Scratch, scratch } from '../../workspace/scratch.fixture.ts';
import { openWorkspace } from '../../workspace/workspace.ts';
import { layerWarning, type PolicyInForce } from './inForce.ts';
import { folder, inForce, policies, policyText, shape } from './sources.fixture.ts';

/** A repository with a merged policy that extends a file, and an edit that loosens both. */
function loosened(): Scratch {
  const made = scratch();
  made.commit({
    [POLICY_FILE]: policyText('merged', { extends: './org/base.json' }),
    'org/base.json': policyText('base'),
    'src/a.ts': 'a\n',
  });
  made.write(POLICY_FILE, policyText('edited'));
  return made;
}

const constraintsOf = (found: PolicyInForce): readonly string[] => shape(found).constraints;

const told = (found: PolicyInForce): string | undefined => layerWarning(found);

/** Ways to keep git from reading a repository that is there, without touching what is committed. */
const refusals: readonly (readonly [what: string, refuse: (made: Scratch) => void, words: RegExp])[] = [
  ['says that it is bare', ({ git }) => git('config', 'core.bare', 'true'), /core\.bare/],
  ['is of a version that git does not know', ({ git }) => git('config', 'core.repositoryFormatVersion', '99'), /99/],
  [
    'has an extension that git does not know',
    ({ git }) => {
      git('config', 'core.repositoryFormatVersion', '1');
      git('config', 'extensions.unheardOf', 'true');
    },
    /extension/,
  ],
  ['has a broken configuration', ({ write }) => write('.git/config', '[broken'), /config/],
  ['has no HEAD', ({ root }) => rmSync(join(root, '.git/HEAD')), /HEAD is missing/],
  ['has a broken HEAD', ({ write }) => write('.git/HEAD', 'nonsense\n'), /HEAD is missing/],
  ['claims another working tree', ({ git }) => git('config', 'core.worktree', folder()), /core\.worktree/],
];

describe('a merged policy while its repository', () => {
  it.each(refusals)('%s: nothing leaves the machine, which is told', async (_what, refuse, words) => {
    const made = loosened();
    refuse(made);
    const found = await inForce(made.root);
    expect(constraintsOf(found)).toEqual(['committed:broken-policy', 'edited']);
    expect(found).toMatchObject({ kind: 'in-force', policy: { mode: 'enforce' } });
    expect(told(found)).toMatch(words);
    expect(told(found)).toContain(made.root);
  });

  it.each(refusals)(
    '%s: what was read of it in an earlier run holds, with what it extends',
    async (_what, refuse, words) => {
      const made = loosened();
      const stateFolder = folder();
      await inForce(made.root, { stateFolder });
      refuse(made);
      const found = await inForce(made.root, { stateFolder });
      expect(constraintsOf(found)).toEqual(['base:base', 'committed:merged', 'edited']);
      expect(told(found)).toMatch(words);
    },
  );

  it.each(refusals)('%s: the same holds for whoever has it open', async (_what, refuse) => {
    const made = loosened();
    const asked = policies();
    await inForce(made.root, asked);
    refuse(made);
    expect(constraintsOf(await inForce(made.root, asked))).toEqual(['base:base', 'committed:merged', 'edited']);
  });

  it.each(refusals)('%s: a file that is not there is not known to be none', async (_what, refuse, words) => {
    const made = loosened();
    rmSync(join(made.root, POLICY_FILE));
    const stateFolder = folder();
    const before = await inForce(made.root, { stateFolder });
    refuse(made);
    const fresh = await inForce(made.root);
    expect(fresh.kind).toBe('local-only');
    expect(fresh).toMatchObject({ problem: expect.stringMatching(words) });
    const later = await inForce(made.root, { stateFolder });
    expect([later.kind, constraintsOf(later)]).toEqual(['last-good', constraintsOf(before)]);
  });

  it('is seen from a folder deep inside it, and from inside a repository around it', async () => {
    const outer = scratch();
    outer.commit({ [POLICY_FILE]: policyText('outer') });
    const inner = join(outer.root, 'inner');
    outer.git('init', '--quiet', inner);
    outer.write('inner/deep/a.ts', 'a\n');
    outer.write(`inner/${POLICY_FILE}`, policyText('inner'));
    rmSync(join(inner, '.git/HEAD'));
    const workspace = await openWorkspace(join(inner, 'deep/a.ts'));
    expect(workspace.root).toBe(inner);
    expect(constraintsOf(await policies().inForce(workspace))).toEqual(['committed:broken-policy', 'inner']);
  });

  it('has no git to be read with: what was merged holds, else nothing leaves the machine', async () => {
    const { root } = loosened();
    const stateFolder = folder();
    await inForce(root, { stateFolder });
    const workspace = await openWorkspace(root, '/nowhere/git');
    const known = await policies({ stateFolder }).inForce(workspace);
    expect(constraintsOf(known)).toEqual(['base:base', 'committed:merged', 'edited']);
    const unknown = await policies().inForce(workspace);
    expect(constraintsOf(unknown)).toEqual(['committed:broken-policy', 'edited']);
    expect(told(unknown)).toContain('git was not found');
  });

  it.runIf(process.getuid?.() === 0)('belongs to another user: git says whom it trusts, and so do we', async () => {
    const { root } = loosened();
    for (const path of [root, join(root, '.git')]) chownSync(path, 12_345, 12_345);
    const found = await inForce(root);
    expect(constraintsOf(found)).toEqual(['committed:broken-policy', 'edited']);
    expect(told(found)).toContain(`git config --global --add safe.directory "${root}"`);
  });

  it('is read again as soon as git can', async () => {
    const { root, git } = loosened();
    const asked = policies();
    git('config', 'core.bare', 'true');
    expect(constraintsOf(await inForce(root, asked))).toContain('committed:broken-policy');
    git('config', 'core.bare', 'false');
    expect(constraintsOf(await inForce(root, asked))).toEqual(['base:base', 'committed:merged', 'edited']);
  });
});

it('an answer that git owes for a moment is asked for again, though nothing else changed', async () => {
  const { root, git } = loosened();
  const object = git('rev-parse', 'HEAD^{tree}').trim();
  const path = join(root, '.git/objects', object.slice(0, 2), object.slice(2));
  const asked = policies();
  const workspace = await openWorkspace(root);
  const ask = async () => constraintsOf(await asked.inForce(workspace));
  renameSync(path, `${path}-away`);
  expect(await ask()).toEqual(['committed:broken-policy', 'edited']);
  // Long enough that what was found would be believed.
  await new Promise((resolve) => setTimeout(resolve, 80));
  expect(await ask()).toEqual(['committed:broken-policy', 'edited']);
  renameSync(`${path}-away`, path);
  expect(await ask()).toEqual(['base:base', 'committed:merged', 'edited']);
});

describe('a folder without a repository', () => {
  it.each<readonly [what: string, make: (root: string) => void]>([
    ['stands by its own file', () => undefined],
    ['is none because of an empty .git', (root) => mkdirSync(join(root, '.git'))],
  ])('%s', async (_what, make) => {
    const root = folder();
    make(root);
    writeFileSync(join(root, POLICY_FILE), policyText('own'));
    const found = await inForce(root);
    expect([constraintsOf(found), told(found)]).toEqual([['own'], undefined]);
    rmSync(join(root, POLICY_FILE));
    expect((await inForce(root)).kind).toBe('none');
  });
});

describe('a merged policy with a mistake', () => {
  const broken = '{ "version": 1, "default": 7 }';

  it('is not out of force because the edited one has none: nothing leaves the machine', async () => {
    const { root, commit, write } = scratch();
    commit({ [POLICY_FILE]: broken });
    write(POLICY_FILE, policyText('edited'));
    const found = await inForce(root);
    expect(constraintsOf(found)).toEqual(['committed:broken-policy', 'edited']);
    expect(told(found)).toContain('on the default branch');
  });

  it.each<readonly [what: string, merged: string | Uint8Array]>([
    ['a mistake', broken],
    ['bytes that are no text', new Uint8Array([0x7b, 0, 1, 2])],
  ])('leaves the last good one in force, for whoever has it open and after a restart: %s', async (_what, merged) => {
    const { root, commit, write } = scratch();
    const stateFolder = folder();
    const asked = policies({ stateFolder });
    commit({ [POLICY_FILE]: policyText('good') });
    await inForce(root, asked);
    commit({ [POLICY_FILE]: merged });
    write(POLICY_FILE, policyText('edited'));
    for (const ports of [asked, { stateFolder }]) {
      const found = await inForce(root, ports);
      expect(constraintsOf(found)).toEqual(['committed:good', 'edited']);
      expect(told(found)).toContain('is not in force as written');
    }
    expect(constraintsOf(await inForce(root))).toEqual(['committed:broken-policy', 'edited']);
  });

  it('is said once where the edited one has it too', async () => {
    const { root, commit } = scratch();
    commit({ [POLICY_FILE]: broken });
    const found = await inForce(root);
    expect([found.kind, constraintsOf(found)]).toEqual(['local-only', ['broken-policy']]);
  });
});

describe('what is kept of a merged policy', () => {
  it('goes when its removal is merged', async () => {
    const { root, commit, git, write } = scratch();
    const stateFolder = folder();
    commit({ [POLICY_FILE]: policyText('merged') });
    await inForce(root, { stateFolder });
    git('rm', '--quiet', POLICY_FILE);
    commit({});
    write(POLICY_FILE, policyText('own'));
    expect(constraintsOf(await inForce(root, { stateFolder }))).toEqual(['own']);
    git('config', 'core.bare', 'true');
    expect(constraintsOf(await inForce(root, { stateFolder }))).toEqual(['committed:broken-policy', 'own']);
  });

  it('is not needed by who saw that nothing is merged, while git fails them', async () => {
    const { root, commit, git, write } = scratch();
    commit({ 'a.ts': 'a\n' });
    write(POLICY_FILE, policyText('own'));
    const asked = policies();
    await inForce(root, asked);
    git('config', 'core.bare', 'true');
    const found = await inForce(root, asked);
    expect(constraintsOf(found)).toEqual(['own']);
    expect(told(found)).toContain('core.bare');
  });

  it('is of one repository, and not used where it was damaged or cannot be written', async () => {
    const stateFolder = folder();
    const [one, other] = [loosened(), loosened()];
    await inForce(one.root, { stateFolder });
    for (const { git } of [one, other]) git('config', 'core.bare', 'true');
    expect(constraintsOf(await inForce(other.root, { stateFolder }))).toContain('committed:broken-policy');
    expect(constraintsOf(await inForce(one.root, { stateFolder }))).toContain('committed:merged');
    const [file = ''] = readdirSync(join(stateFolder, 'merged'));
    writeFileSync(join(stateFolder, 'merged', file), '{');
    expect(constraintsOf(await inForce(one.root, { stateFolder }))).toContain('committed:broken-policy');
    const closed = folder();
    writeFileSync(join(closed, 'merged'), 'a file where a folder should be');
    chmodSync(closed, 0o500);
    const third = loosened();
    expect(constraintsOf(await inForce(third.root, { stateFolder: closed }))).toContain('committed:merged');
  });
});
