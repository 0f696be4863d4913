// A request that is asked again: what lies around its repository holds as it did the first time.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { createRepository } from '../../test/host/repository.ts';
import { attached, policyFile } from '../../test/host/routerStage.ts';
import { routerHere } from './router.fixture.ts';

/** Longer than a file that was just written is not believed. */
const SETTLED_MS = 120;

test('what an open folder forbids inside holds however often the same is asked in a repository there', async () => {
  const target = 'anthropic/claude-haiku-5-5';
  const forbids = { id: 'wide', when: { diff: { lines: '>=4' } }, block: true, reason: 'small changes only' };
  const { router, params, repository } = await routerHere({ version: 1, default: target, constraints: [forbids] });
  const folder = join(repository.folder, 'services/ledger');
  await createRepository({
    folder,
    // Its own commit makes it no smaller to whoever is around it.
    files: { 'book.ts': '1;\n2;\n3;\n4;\n', [policyFile]: JSON.stringify({ version: 1, default: target }) },
  });
  await sleep(SETTLED_MS);
  const asked = params(attached(folder, 'book.ts'), { roots: [pathToFileURL(folder).href] });
  const outcome = async (): Promise<string> =>
    (await router.decide(asked, AbortSignal.timeout(50_000))).decision.outcome.kind;
  const outcomes: string[] = [];
  for (let n = 0; n < 5; n += 1) outcomes.push(await outcome());
  expect(outcomes).toEqual(Array.from({ length: 5 }, () => 'blocked'));
});
