import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRepository, type Repository } from '../../../test/host/repository.ts';
import { openWorkspace, type Workspace } from '../../workspace/workspace.ts';
import { guardedFiles, guardedPrints, repeatedFiles } from './guardedFiles.ts';

const shared = Array.from({ length: 40 }, (_, at) => `FEATURE_${at}_ROLLOUT=percentage:${at}-of-customers-everywhere`);
const header = 'this is how every file here begins\nand this is how it always goes on';

const guard = { isGuarded: (path: string) => path.startsWith('secrets/'), namedBy: () => ({ kind: 'none' }) as const };

describe('guarded files are known by their text', () => {
  let repository: Repository;
  let workspace: Workspace;
  beforeEach(async () => {
    repository = await createRepository({
      files: {
        'sample.txt': shared.join('\n'),
        'secrets/app.env': `${shared.join('\n')}\nDB_PASSWORD=Zt9xQ27LrtPw\n`,
        'secrets/key.env': 'SERVICE_KEY=w9Xq27Lrt0pZ\n',
        'secrets/a.txt': header,
        'secrets/b.txt': header,
        'secrets/c.txt': header,
        'secrets/d.txt': `${header}\nnobody else says the first of it\nnor does anybody say the second`,
      },
    });
    workspace = await openWorkspace(repository.folder);
  });
  afterEach(async () => {
    workspace.dispose();
    await repository.remove();
  });
  const compared = async (texts: readonly string[]) => {
    const { signal } = new AbortController();
    const guarded = await guardedFiles(workspace, guard);
    return repeatedFiles(workspace, guarded, await guardedPrints(workspace, guarded, signal), [texts], signal);
  };
  const repeated = async (...texts: string[]): Promise<readonly string[]> => (await compared(texts)).paths;

  test('one that is changed is read again', async () => {
    expect(await repeated('got w9Xq27Lrt0pZ')).toEqual(['secrets/key.env']);
    await repository.write({ 'secrets/key.env': 'SERVICE_KEY=m4Tz81Kvq5nB\n' });
    await utimes(join(repository.folder, 'secrets/key.env'), 1_000, 1_000);
    expect(await repeated('got m4Tz81Kvq5nB')).toEqual(['secrets/key.env']);
    expect(await repeated('got w9Xq27Lrt0pZ')).toEqual([]);
  });

  test('one that is changed in its place is read again, though its size and time are as they were', async () => {
    const place = join(repository.folder, 'secrets/key.env');
    await utimes(place, 1_000, 1_000);
    expect(await repeated('got w9Xq27Lrt0pZ')).toEqual(['secrets/key.env']);
    await writeFile(place, 'SERVICE_KEY=m4Tz81Kvq5nB\n');
    await utimes(place, 1_000, 1_000);
    expect(await repeated('got m4Tz81Kvq5nB')).toEqual(['secrets/key.env']);
  });

  test('a key tells, however much of its file stands in a sample', async () => {
    expect(await repeated([...shared, 'DB_PASSWORD=Zt9xQ27LrtPw'].join('\n'))).toEqual(['secrets/app.env']);
    expect(await repeated(shared.join('\n'))).toEqual([]);
  });

  test('what many guarded files begin with tells nothing, and what one of them says does', async () => {
    expect(await repeated(header)).toEqual([]);
    expect(await repeated('nobody else says the first of it\nnor does anybody say the second')).toEqual([
      'secrets/d.txt',
    ]);
  });

  test('what is too big to be compared is said to be left out', async () => {
    expect((await compared(['x'])).complete).toBe(true);
    await repository.write({ 'secrets/a.txt': 'a line of it\n'.repeat(30_000) });
    expect((await compared(['x'])).complete).toBe(false);
  });
});
