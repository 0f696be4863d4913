// Several folders open at once: what one forbids is for its own files.
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { createRepository } from '../../test/host/repository.ts';
import { attached, policyFile } from '../../test/host/routerStage.ts';
import { routerHere } from './router.fixture.ts';

const target = 'openai/gpt-6-sol';

test('a folder says nothing of a request that takes along what lies in another', async () => {
  const { router, params, repository } = await routerHere({ version: 1, default: target });
  const opened = async (constraints: readonly object[]): Promise<string> => {
    const policy = JSON.stringify({ version: 1, default: target, constraints });
    const { folder, remove } = await createRepository({ files: { [policyFile]: policy, 'a.ts': 'export {};\n' } });
    onTestFinished(remove);
    return folder;
  };
  const strict = await opened([{ id: 'no-openai', deny: ['openai/*'], reason: 'contract' }]);
  const lax = await opened([]);
  const roots = [repository.folder, strict, lax].map((folder) => pathToFileURL(folder).href);
  const outcome = async (folder: string): Promise<string> => {
    const asked = params(attached(folder, 'a.ts'), { roots });
    return (await router.decide(asked, AbortSignal.timeout(50_000))).decision.outcome.kind;
  };
  expect([await outcome(lax), await outcome(strict)]).toEqual(['routed', 'blocked']);
});
