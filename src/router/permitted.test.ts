// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
// A request that waited for a person's answer: what has changed meanwhile holds for it.
import { expect, test } from 'vitest';
import type { AskBudgetAnswer, ChatParams, ChatResult } from '../contract/messages.ts';
import { attempt } from '../usage/ledger.fixture.ts';
import { type RouterHere, routerHere } from './router.fixture.ts';

const FIRST = 'anthropic/claude-haiku-5-5';
const OTHER = 'openai/gpt-6-luna';
const policy = {
  version: 1,
  default: FIRST,
  budgets: [{ id: 'me', per: 'developer', period: 'day', usd: 1, then: 'ask' }],
};

interface Asked {
  readonly here: RouterHere;
  readonly questions: readonly string[];
  ask(text: string, more?: Partial<ChatParams>): Promise<{ readonly result: ChatResult; readonly targets: string[] }>;
}

/** A router whose budget is spent. @param answer what is done while the question stands, and what is said then */
async function spentOut(
  answer: (here: RouterHere) => Promise<AskBudgetAnswer | undefined>,
  rules: object = {},
): Promise<Asked> {
  const questions: string[] = [];
  const here: RouterHere = await routerHere(
    { ...policy, ...rules },
    {
      askPerson: ({ budget }) => {
        questions.push(budget);
        return answer(here);
      },
      files: { 'keys/b.ts': 'export const b = 1;\n' },
    },
  );
  here.ledger.record(attempt({ at: Date.now(), costNanoUsd: 2_000_000_000 }));
  return {
    here,
    questions,
    ask: async (text, more) => {
      const targets: string[] = [];
      const result = await here.router.chat({
        params: here.params(text, more),
        signal: AbortSignal.timeout(50_000),
        emit: () => undefined,
        asking: ({ target }) => targets.push(target),
      });
      return { result, targets };
    },
  };
}

test('it goes where the policy sends it that was saved while the question stood', async () => {
  const { ask, questions } = await spentOut(async (here) => {
    await here.policy({ ...policy, default: OTHER });
    return 'period';
  });
  expect(await ask('hello')).toMatchObject({ result: { kind: 'served' }, targets: [OTHER] });
  expect(questions).toEqual(['me']);
});

test.each<AskBudgetAnswer | undefined>(['period', 'no', undefined])(
  'after %s it is refused for a file that was staged while the question stood, and nobody is asked again',
  async (said) => {
    const { ask, questions } = await spentOut(
      async (here) => {
        await here.repository.write({ 'keys/b.ts': 'export const b = 2;\n' });
        await here.repository.git('add', '.');
        return said;
      },
      { constraints: [{ id: 'keys', when: { touches: ['keys/**'] }, block: true, reason: 'keys stay here' }] },
    );
    const { result, targets } = await ask('hello', { kind: 'agent' });
    expect(result.kind === 'blocked' && result.message).toMatch(/keys stay here/);
    expect([targets, questions]).toEqual([[], ['me']]);
  },
);

test('a no holds for a budget that stays, and one that comes meanwhile asks nobody', async () => {
  const { ask, questions } = await spentOut(async (here) => {
    await here.policy({ ...policy, budgets: [{ ...policy.budgets[0], id: 'more' }, ...policy.budgets] });
    return questions.length === 1 ? 'no' : 'period';
  });
  const { result, targets } = await ask('hello');
  expect(result.kind === 'blocked' && result.message).toMatch(/budget `me`/);
  expect([targets, questions]).toEqual([[], ['me']]);
});

test('a yes for the task holds though a commit is made while the question stands', async () => {
  const { ask, questions } = await spentOut(async (here) => {
    await here.repository.commit('Meanwhile');
    return 'task';
  });
  expect(await ask('hello', { conversationId: 'a' })).toMatchObject({ result: { kind: 'served' }, targets: [FIRST] });
  expect(questions).toEqual(['me']);
});
