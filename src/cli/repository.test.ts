import { expect, it } from 'vitest';
import { scratch } from '../workspace/scratch.fixture.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import type { Call } from './command.ts';
import { commitsOf, type HistoryCommit } from './commits.ts';
import { openRepository } from './repository.ts';

it('counts a change whatever attributes and NUL bytes say, and leaves out what a log cannot tell', async () => {
  const { root, write, commit } = scratch();
  commit({ 'src/a.ts': 'a\nb\n', 'b.ts': 'b\n', 'c.png': new Uint8Array([0, 1]) });
  commit({
    'src/a.ts': 'x\ny\nz\n',
    'src/.gitattributes': '*.ts -diff\n',
    'b.ts': 'b\n\0\n',
    'c.png': new Uint8Array([0, 10, 1, 10]),
  });
  const call = { signal: new AbortController().signal, progress: () => undefined };
  const repository = await openRepository(call as unknown as Call, await openWorkspace(root));
  const changed = [
    { path: 'b.ts', added: 1, deleted: 0 },
    { path: 'c.png', added: 0, deleted: 0 },
    { path: 'src/.gitattributes', added: 1, deleted: 0 },
    { path: 'src/a.ts', added: 3, deleted: 2 },
  ];
  const inOrder = (files: readonly { path: string }[]) =>
    files.toSorted((one, other) => (one.path < other.path ? -1 : 1));
  expect(inOrder(await repository.changes('HEAD~', 'HEAD'))).toEqual(changed);
  write('b.ts', 'b\n\0\nc\n');
  expect(inOrder(await repository.changes('HEAD~'))[0]).toEqual({ path: 'b.ts', added: 2, deleted: 0 });
  const log: HistoryCommit[] = [];
  for await (const one of commitsOf(repository, 'HEAD~..HEAD', call)) log.push(one);
  expect(log[0]?.files).toEqual([{ path: 'b.ts' }, changed[1], changed[2], { path: 'src/a.ts' }]);
});
