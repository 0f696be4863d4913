// Commits beside real routers: which tasks are over, whichever router finds them, and however late.
import { describe, expect, it } from 'vitest';
import { toRouter } from '../../src/contract/messages.ts';
import { openFiled } from '../host/filedLedger.ts';
import type { LspClient } from '../host/lspClient.ts';
import { ask, sampleFiles, setStage, userMessage } from '../host/routerStage.ts';

const stage = setStage();
const FILE = 'packages/core/src/sum.ts';
const OTHER = 'packages/ui/src/view.ts';
/** Commits are looked for every 3 seconds. */
const env = { ROUTING_POLICY_OUTCOME_TEMPO: '5' };

interface Task {
  readonly openedAt: number;
  readonly isClosed: boolean;
}

async function place() {
  const repository = await stage.newRepository(sampleFiles);
  const stateFolder = await stage.folder();
  const router = (): Promise<LspClient> => stage.start({ root: repository.folder, stateFolder, env });
  const tasks = (): readonly Task[] => {
    const ledger = openFiled(stateFolder);
    try {
      return ledger
        .prepare('SELECT opened_at, closed_at FROM tasks ORDER BY opened_at')
        .all()
        .map((row) => ({ openedAt: Number(row['opened_at']), isClosed: row['closed_at'] !== null }));
    } finally {
      ledger.close();
    }
  };
  const commit = async (...files: readonly string[]): Promise<void> => {
    for (const file of files) await repository.write({ [file]: `${sampleFiles[file] ?? ''}// changed\n` });
    await repository.git('add', '-A');
    await repository.git('commit', '-qm', 'change');
  };
  return { repository, router, tasks, commit };
}

/** Asks, and has what comes after the answer done as well. */
async function say(router: LspClient, conversationId: string, text: string): Promise<void> {
  await ask(router, [userMessage(text)], { surface: 'chat', conversationId }).result;
  for (let turn = 0; turn < 20; turn += 1) await router.connection.sendRequest(toRouter.status);
}

describe('a commit', () => {
  it.each([
    ['the router that was asked before it', 1],
    ['another router than the one that was asked before it', 2],
  ])('closes what came before it, and not what %s began after it', async (_what, routers) => {
    const { router, tasks, commit } = await place();
    const before = await router();
    const after = routers === 1 ? before : await router();
    await say(before, 'one', `Look at ${OTHER}.`);
    await commit(FILE, OTHER);
    const committedAt = Date.now();
    await say(after, 'two', `What is wrong with ${FILE}?`);
    await expect.poll(() => tasks()[0]?.isClosed).toBe(true);
    // Whoever else looks has looked by then.
    await new Promise((done) => setTimeout(done, 4_000));
    const begun = tasks().filter(({ openedAt }) => openedAt > committedAt);
    expect(begun.length).toBeGreaterThan(0);
    expect(begun.filter(({ isClosed }) => isClosed)).toEqual([]);
  });

  it('that comes to the branch from another one closes what was about it, though a request has met the other', async () => {
    const { repository, router, tasks, commit } = await place();
    const only = await router();
    await say(only, 'one', `Look at ${FILE}.`);
    await repository.git('checkout', '-qb', 'feature');
    await commit(FILE);
    await say(only, 'two', `Look at ${OTHER}.`);
    await repository.git('checkout', '-q', '-');
    await repository.git('merge', '-q', '--ff-only', 'feature');
    await expect.poll(() => tasks()[0]?.isClosed).toBe(true);
  });
});
