import { mkdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { WholeBase } from '../routing/facts.ts';
import { type Scratch, scratch } from './scratch.fixture.ts';
import { openWorkspace } from './workspace.ts';

const hundred = Array.from({ length: 100 }, (_, n) => `${n}\n`).join('');
const other = Array.from({ length: 120 }, (_, n) => `other ${n}\n`).join('');

function repository(): Scratch {
  const made = scratch();
  made.commit({ 'src/a.ts': hundred, 'src/b.ts': hundred, 'c.ts': 'c\n' });
  return made;
}

async function named({ root }: Scratch, paths: readonly string[]): Promise<readonly string[] | undefined> {
  const { files } = await (await openWorkspace(root)).facts({ paths });
  return files?.map(({ path, added, deleted }) => `${path} +${added} -${deleted}`);
}

async function whole({ root }: Scratch, base: WholeBase): Promise<readonly string[] | undefined> {
  const { files } = await (await openWorkspace(root)).facts({ base });
  return files?.map(({ path, added, deleted }) => `${path} +${added} -${deleted}`).sort();
}

describe('a file that git was told not to look at', () => {
  it.each(['--assume-unchanged', '--skip-worktree'])('is counted against HEAD all the same: %s', async (flag) => {
    const made = repository();
    made.git('update-index', flag, 'src/a.ts', 'c.ts');
    expect(await named(made, ['src/a.ts', 'src/b.ts', 'c.ts'])).toEqual([
      'src/a.ts +0 -0',
      'src/b.ts +0 -0',
      'c.ts +0 -0',
    ]);
    made.write('src/a.ts', other);
    expect(await named(made, ['src/a.ts', 'c.ts'])).toEqual(['src/a.ts +120 -100', 'c.ts +0 -0']);
    expect(await whole(made, 'head')).toEqual(['src/a.ts +120 -100']);
    expect(await whole(made, 'merge-base')).toEqual(['src/a.ts +120 -100']);
  });

  it('is counted against HEAD also where the index has a part of the change', async () => {
    const made = repository();
    made.write('src/a.ts', `more\n${hundred}`);
    made.git('add', 'src/a.ts');
    made.git('update-index', '--assume-unchanged', 'src/a.ts');
    made.write('src/a.ts', other);
    expect(await named(made, ['src/a.ts'])).toEqual(['src/a.ts +120 -100']);
    expect(await whole(made, 'staged')).toEqual(['src/a.ts +1 -0']);
  });

  it('is deleted where it is gone, unless a sparse checkout left it out', async () => {
    const made = repository();
    made.git('update-index', '--assume-unchanged', 'src/a.ts');
    made.git('update-index', '--skip-worktree', 'src/b.ts');
    rmSync(join(made.root, 'src'), { recursive: true });
    expect(await named(made, ['src/a.ts', 'src/b.ts'])).toEqual(['src/a.ts +0 -100', 'src/b.ts +0 -0']);
    expect(await whole(made, 'head')).toEqual(['src/a.ts +0 -100']);
  });

  it('is seen as soon as it is told so, with a workspace that is open', async () => {
    const made = repository();
    const workspace = await openWorkspace(made.root);
    const changed = async () => (await workspace.facts({ base: 'head' })).files?.map(({ path }) => path);
    expect(await changed()).toEqual([]);
    made.write('src/a.ts', other);
    made.git('update-index', '--skip-worktree', 'src/a.ts');
    expect(await changed()).toEqual(['src/a.ts']);
    made.write('src/a.ts', hundred);
    expect(await changed()).toEqual([]);
  });

  it('has unknown lines where it is no regular file', async () => {
    const made = repository();
    made.git('update-index', '--assume-unchanged', 'c.ts');
    rmSync(join(made.root, 'c.ts'));
    mkdirSync(join(made.root, 'c.ts'));
    expect(await named(made, ['c.ts'])).toEqual(['c.ts +undefined -undefined']);
  });

  it('is found among more paths than git is asked about by name', async () => {
    const made = scratch();
    const paths = Array.from({ length: 500 }, (_, at) => `f${at}.ts`);
    made.commit(Object.fromEntries(paths.map((path) => [path, 'a\n'])));
    made.git('update-index', '--assume-unchanged', 'f7.ts');
    made.write('f7.ts', 'b\nc\n');
    expect((await named(made, paths))?.filter((line) => !line.endsWith('+0 -0'))).toEqual(['f7.ts +2 -1']);
  });
});

it('a change that keeps a file’s size and time is counted, whatever the repository says of times', async () => {
  const made = repository();
  const path = join(made.root, 'c.ts');
  made.git('config', 'core.trustctime', 'false');
  made.git('config', 'core.checkStat', 'minimal');
  utimesSync(path, 1_000_000_000, 1_000_000_000);
  made.git('update-index', '--refresh');
  // The time that nobody can set has a grain of a second in the index.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  made.write('c.ts', 'd\n');
  utimesSync(path, 1_000_000_000, 1_000_000_000);
  expect(await named(made, ['c.ts'])).toEqual(['c.ts +1 -1']);
});
