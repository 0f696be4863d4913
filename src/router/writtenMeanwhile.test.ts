// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
// What is known of the files of a task is of the moment at which its request goes out, also where it had to wait for a person.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { attached } from '../../test/host/routerStage.ts';
import type { Message } from '../chat/conversation.ts';
import { attempt } from '../usage/ledger.fixture.ts';
import { OutcomeTracker } from './outcomes/tracker.ts';
import { type RouterHere, routerHere } from './router.fixture.ts';

const FIRST = 'anthropic/claude-haiku-5-5';
const policy = {
  version: 1,
  default: FIRST,
  budgets: [{ id: 'me', per: 'developer', period: 'day', usd: 1, then: 'ask' }],
};
/** Longer than a disk's grain of time: what is looked at again is then known to be as it was. */
const LATER_MS = 300;

const said = (role: Message['role'], text: string): Message => ({ role, parts: [{ kind: 'text', text }] });

test('what a person writes while a budget’s question stands is not told as the agent’s work', async () => {
  const put = vi.spyOn(OutcomeTracker.prototype, 'put');
  let questions = 0;
  const here: RouterHere = await routerHere(policy, {
    files: { 'src/a.ts': 'export const a = 1;\n' },
    askPerson: async () => {
      questions += 1;
      await here.repository.write({
        'src/a.ts': 'export const a = 1;\n// written by hand, with care\nexport const b = 2;\n',
      });
      return 'period';
    },
  });
  const messages: Message[] = [said('user', attached(here.repository.folder, 'src/a.ts'))];
  const ask = async (
    next: readonly Message[] = [said('assistant', 'Done.'), said('user', 'Go on.')],
  ): Promise<void> => {
    messages.push(...next);
    const conversation = { system: [], messages: [...messages], tools: [] };
    const params = here.params('', { conversationId: 'a', kind: 'agent', conversation });
    const call = { params, signal: AbortSignal.timeout(50_000), emit: () => undefined };
    expect(await here.router.chat(call)).toMatchObject({ kind: 'served' });
    await sleep(LATER_MS);
  };
  await ask([]);
  for (let n = 0; n < 4; n++) await ask();
  here.ledger.record(attempt({ at: Date.now(), costNanoUsd: 2_000_000_000 }));
  await ask();
  expect(questions).toBe(1);
  const [callId, results] = ['c', [{ kind: 'text' as const, text: 'done' }]];
  await ask([
    { role: 'assistant', parts: [{ kind: 'tool-call', callId, name: 'think', arguments: '{}' }] },
    { role: 'user', parts: [{ kind: 'tool-result', callId, parts: results }] },
  ]);
  expect(put).not.toHaveBeenCalled();
});
