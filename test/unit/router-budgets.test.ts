// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { type AskBudgetAnswer, type AskBudgetParams, toEditor, toRouter } from '../../src/contract/messages.ts';
import { formatUsd } from '../../src/routing/labels.ts';
import { openFiled } from '../host/filedLedger.ts';
import type { LspClient } from '../host/lspClient.ts';
import { ask, type LedgerRow, ledgerRows, setStage, userMessage } from '../host/routerStage.ts';

const stage = setStage();

const opus = 'anthropic/claude-opus-5-5';
const budget = (usd: number, more: object = { then: 'block' }) => ({
  version: 1,
  default: opus,
  budgets: [{ id: 'me', per: 'developer', period: 'month', usd, ...more }],
});
/** Of which one request has room by its estimate, and that one with a long answer spends more than all of. */
const SMALL = 0.05;
const answersAtLength = (): void =>
  stage.simulated.anthropic.behave({ kind: 'answer', answer: { text: 'word'.repeat(4_500) } });
const costOf = (rows: readonly LedgerRow[]): number => rows.reduce((sum, row) => sum + (row.cost_nano_usd ?? 0), 0);

/** Each test counts from nothing. */
beforeEach(() => {
  const database = openFiled(stage.stateFolder);
  database.exec(
    `DELETE FROM attempts; DELETE FROM attempt_classes; DELETE FROM attempt_conditions; DELETE FROM reservations;
     -- Sums go on from the row where they ended, and rows begin anew with the first number: with this none goes on.
     INSERT OR REPLACE INTO sync (name, value) VALUES ('retention.folded', '1000000000')`,
  );
  database.close();
});
const rows = () => ledgerRows(stage.stateFolder);

describe('a budget', () => {
  test('lets requests through until it is spent, then blocks what costs something, and says whose rule it is', async () => {
    await stage.policy(budget(SMALL));
    answersAtLength();
    expect((await ask(stage.client, 'one').result).kind).toBe('served');
    const first = costOf(rows());
    expect(first).toBeGreaterThan(SMALL * 1e9);
    const blocked = await ask(stage.client, 'two').result;
    expect(blocked.kind === 'blocked' && blocked.message).toMatch(/Refused by budget `me`.*next month/);
    expect(rows().map(({ outcome }) => outcome)).toEqual(['served', 'blocked']);
  });

  test.each(['developer', 'repo', 'class'])(
    'with a condition is not spent by requests that do not meet it: per %s',
    async (per) => {
      const when = { context: { tokens: '<1000' } };
      const long = 'hello '.repeat(2_000);
      await stage.policy(budget(SMALL, { per, when, then: 'block' }));
      expect((await ask(stage.client, long).result).kind).toBe('served');
      answersAtLength();
      expect((await ask(stage.client, 'one').result).kind).toBe('served');
      expect((await ask(stage.client, 'two').result).kind).toBe('blocked');
      expect((await ask(stage.client, long).result).kind).toBe('served');
    },
  );

  test('refuses what may cost more than is left before it is asked, and serves what fits', async () => {
    await stage.policy(budget(0.03));
    const refused = await ask(stage.client, 'one').result;
    expect(refused.kind === 'blocked' && refused.message).toMatch(
      /Refused by budget `me` \(yours\): \$0 of \$0\.03 a month is spent; \$0\.03 is left, and this request may cost up to \$0\.04\d* on anthropic\/claude-opus-5-5\. Send less, use a model that costs less or nothing, or ask .* to raise it: it is less than this request may cost\./,
    );
    expect(stage.simulated.anthropic.requests).toEqual([]);
    await stage.policy({ ...budget(0.03), default: [opus, 'anthropic/claude-haiku-5-5'] });
    expect(await ask(stage.client, 'one').result).toMatchObject({ status: { target: 'anthropic/claude-haiku-5-5' } });
    expect(stage.client.statuses.at(-1)?.tooltip).toContain('keeps out what it has no room for');
  });

  test('asks before a request that may pass it, and goes on for a cheaper model where nobody allows it', async () => {
    await stage.policy({ ...budget(0.03, { then: 'ask' }), default: [opus, 'anthropic/claude-haiku-5-5'] });
    expect(await ask(stage.client, 'one').result).toMatchObject({ status: { target: 'anthropic/claude-haiku-5-5' } });
    expect(stage.client.statuses.at(-1)?.tooltip).toContain('keeps out what nobody has allowed');
  });

  test('chooses the cheaper model once it is spent', async () => {
    await stage.policy(budget(SMALL, { then: { downgradeTo: 'anthropic/claude-haiku-5-5' } }));
    answersAtLength();
    await ask(stage.client, 'one').result;
    expect(await ask(stage.client, 'two').result).toMatchObject({ status: { target: 'anthropic/claude-haiku-5-5' } });
    expect(stage.client.statuses.at(-1)?.tooltip).toContain('chose a cheaper model');
  });

  describe('that wants a person to be asked', () => {
    /** A router whose editor answers questions. */
    async function editorThat(answer: () => AskBudgetAnswer | null | Promise<null>) {
      const questions: AskBudgetParams[] = [];
      const client = await stage.start({
        stateFolder: await stage.folder(),
        editor: (connection) =>
          connection.onRequest<AskBudgetAnswer | null, void>(toEditor.askBudget, async (question: AskBudgetParams) => {
            questions.push(question);
            return await answer();
          }),
      });
      return { client, questions };
    }
    const one = (client: LspClient, text: string) => ask(client, text).result;

    test('refuses where there is nobody to ask, and says how to allow it', async () => {
      await stage.policy(budget(SMALL, { then: 'ask' }));
      answersAtLength();
      expect((await one(stage.client, 'one')).kind).toBe('served');
      const refused = await one(stage.client, 'two');
      expect(refused.kind === 'blocked' && refused.message).toMatch(
        /Refused by budget `me` \(yours\): .* Allow More of a Budget/,
      );
    });

    test('goes on for the task that it was allowed for, and asks again for another', async () => {
      await stage.policy(budget(SMALL, { then: 'ask' }));
      answersAtLength();
      const { client, questions } = await editorThat(() => (questions.length === 1 ? 'task' : 'no'));
      const named = (text: string, conversationId: string) => ask(client, text, { conversationId }).result;
      expect((await named('one', 'a')).kind).toBe('served');
      expect(questions).toEqual([]);
      expect((await named('two', 'a')).kind).toBe('served');
      expect((await named('three', 'a')).kind).toBe('served');
      expect(questions).toMatchObject([{ budget: 'me', spent: expect.stringMatching(/of \$0.05 a month is spent/) }]);
      expect((await named('four', 'b')).kind).toBe('blocked');
      expect(questions).toHaveLength(2);
      // A no holds for a while: an agent that tries again asks nobody.
      expect((await named('five', 'b')).kind).toBe('blocked');
      expect(questions).toHaveLength(2);
    });

    test('goes on until the period ends, in other windows too', async () => {
      await stage.policy(budget(SMALL, { then: 'ask' }));
      answersAtLength();
      const stateFolder = await stage.folder();
      const client = await stage.start({
        stateFolder,
        editor: (connection) => connection.onRequest(toEditor.askBudget, () => 'period'),
      });
      await one(client, 'one');
      expect((await one(client, 'two')).kind).toBe('served');
      const other = await stage.start({ stateFolder });
      expect((await one(other, 'three')).kind).toBe('served');
      expect(other.statuses.at(-1)?.tooltip).toContain('you allowed more');
    });

    test('asks nobody for a title, which the editor wants beside what it asked about', async () => {
      await stage.policy(budget(SMALL, { then: 'ask' }));
      answersAtLength();
      const { client, questions } = await editorThat(() => 'period');
      await one(client, 'one');
      expect((await ask(client, 'Write a title', { surface: 'utility' }).result).kind).toBe('blocked');
      expect(questions).toEqual([]);
    });

    test('asks once for several requests, and a request that is given up waits for no answer', async () => {
      await stage.policy(budget(SMALL, { then: 'ask' }));
      answersAtLength();
      const { client, questions } = await editorThat(() => new Promise<null>(() => undefined));
      await one(client, 'one');
      const waiting = [1, 2, 3].map(() => ask(client, 'two'));
      await expect.poll(() => questions.length).toBe(1);
      for (const { cancel } of waiting) cancel();
      for (const { result } of waiting) expect((await result).kind).toBe('cancelled');
      expect(questions).toHaveLength(1);
    });

    test('can be allowed more without a question', async () => {
      await stage.policy(budget(SMALL, { then: 'ask' }));
      answersAtLength();
      const roots = [pathToFileURL(stage.repository.folder).href];
      await one(stage.client, 'one');
      expect(await stage.client.connection.sendRequest(toRouter.askingBudgets, { roots })).toMatchObject([
        { id: 'me' },
      ]);
      await stage.client.connection.sendRequest(toRouter.permit, { roots, budget: 'me' });
      expect((await one(stage.client, 'two')).kind).toBe('served');
      await rm(join(stage.stateFolder, 'permits.jsonl'));
    });
  });

  test('counts a cancelled request', async () => {
    const long = 'hello '.repeat(5_000);
    // There is room for one such request by its estimate, and for another if the first had cost nothing.
    await stage.policy(budget(0.08));
    stage.simulated.anthropic.behave({ kind: 'hang' });
    const chat = ask(stage.client, long);
    await expect.poll(() => stage.simulated.anthropic.requests.length).toBe(1);
    chat.cancel();
    await chat.result;
    const refused = await ask(stage.client, long).result;
    expect(refused.kind === 'blocked' && refused.message).toMatch(
      /\$0\.0[1-4]\d* of \$0\.08 a month is spent; .* is left/,
    );
  });

  test('sets aside what is under way, and gives it up when it ends', async () => {
    await stage.policy(budget(0.06));
    // Before the request, which is given up after some seconds.
    const other = await stage.start();
    stage.simulated.anthropic.behave({ kind: 'hang' });
    const chat = ask(stage.client, 'one');
    await expect.poll(() => stage.simulated.anthropic.requests.length).toBe(1);
    expect((await ask(other, 'two').result).kind).toBe('blocked');
    chat.cancel();
    await chat.result;
    expect((await ask(other, 'three').result).kind).toBe('served');
  });

  test.each(['developer', 'class', 'repo'])(
    'that is nearly spent is not spent twice by two windows at once: per %s',
    async (per) => {
      await stage.policy({
        version: 1,
        default: opus,
        budgets: [{ id: 'me', per, period: 'month', usd: 0.06, then: 'block' }],
      });
      const other = await stage.start();
      expect((await ask(other, 'one').result).kind).toBe('served');
      stage.simulated.anthropic.behave({ kind: 'hang' });
      const chat = ask(stage.client, 'two');
      await expect.poll(() => stage.simulated.anthropic.requests.length).toBe(2);
      expect((await ask(other, 'three').result).kind).toBe('blocked');
      expect(stage.simulated.anthropic.requests).toHaveLength(2);
      chat.cancel();
      await chat.result;
      expect((await ask(other, 'four').result).kind).toBe('served');
    },
  );

  test('of a team is not known on one machine: closed, it blocks; open, it says that it is not enforced', async () => {
    const team = (onUnknown: string) => ({
      version: 1,
      default: opus,
      budgets: [{ id: 'team', per: 'team', period: 'month', usd: 100, then: 'block', onUnknown }],
    });
    await stage.policy(team('closed'));
    expect((await ask(stage.client, 'one').result).kind).toBe('blocked');
    await stage.policy(team('open'));
    expect((await ask(stage.client, 'two').result).kind).toBe('served');
    expect(stage.client.statuses.at(-1)?.tooltip).toContain('not enforced here');
  });

  test('for a task counts one conversation alone', async () => {
    await stage.policy({
      version: 1,
      default: opus,
      budgets: [{ id: 'task', per: 'task', usd: SMALL, then: 'block' }],
    });
    answersAtLength();
    await ask(stage.client, 'one', { conversationId: 'a' }).result;
    expect((await ask(stage.client, 'two', { conversationId: 'a' }).result).kind).toBe('blocked');
    expect((await ask(stage.client, 'three', { conversationId: 'b' }).result).kind).toBe('served');
  });
});

describe('a baseline’s budget per class', () => {
  const baseline = {
    version: 1,
    default: opus,
    classes: [{ id: 'talk', when: { kind: 'chat' } }],
    budgets: [{ id: 'each', per: 'class', period: 'month', usd: SMALL, then: 'block' }],
  };
  const child = {
    version: 1,
    extends: './org/base.json',
    default: opus,
    classes: [{ id: 'mine', when: { keywords: ['one'] }, use: opus }],
  };

  test('counts by the class that the baseline gives a request, not by the child’s', async () => {
    await stage.repository.write({ 'org/base.json': JSON.stringify(baseline) });
    await stage.policy(child);
    answersAtLength();
    const first = await ask(stage.client, 'one').result;
    expect(first).toMatchObject({ kind: 'served', status: { class: 'mine' } });
    const second = await ask(stage.client, 'two').result;
    expect(second.kind === 'blocked' && second.message).toContain('base:each');
    await stage.policy({ ...child, classes: [{ id: 'other', when: { kind: 'chat' }, use: opus }] });
    expect((await ask(stage.client, 'three').result).kind).toBe('blocked');
  });

  test('leaves another class of the baseline alone', async () => {
    const classes = [{ id: 'talk', when: { keywords: ['one'] } }];
    await stage.repository.write({ 'org/base.json': JSON.stringify({ ...baseline, classes }) });
    await stage.policy({ ...child, classes: [] });
    answersAtLength();
    expect((await ask(stage.client, 'one').result).kind).toBe('served');
    expect((await ask(stage.client, 'two').result).kind).toBe('served');
    expect((await ask(stage.client, 'one more').result).kind).toBe('blocked');
  });
});

describe('a limit for one task', () => {
  const capped = {
    version: 1,
    default: opus,
    constraints: [{ id: 'cap', maxCostUsd: 0.0525, reason: 'one task may not run away' }],
  };
  const turn = (client: LspClient, id?: string) =>
    ask(
      client,
      [userMessage('mend the till'), { role: 'assistant', parts: [{ kind: 'text', text: 'How?' }] }, userMessage('go')],
      id ? { conversationId: id } : {},
    ).result;
  const turnsUntilBlocked = async (client: LspClient, id?: string): Promise<number> => {
    for (let turns = 0; turns < 14; turns += 1) if ((await turn(client, id)).kind === 'blocked') return turns;
    return 14;
  };

  test('holds for a conversation without a name, which is known by how it begins', async () => {
    await stage.policy(capped);
    const served = await turnsUntilBlocked(stage.client);
    expect(served).toBeGreaterThan(0);
    expect(served).toBeLessThan(14);
    const other = [userMessage('something else')];
    expect((await ask(stage.client, other).result).kind).toBe('served');
    expect((await ask(stage.client, other, { client: 'another' }).result).kind).toBe('served');
  });

  test('still holds after a restart, and the ledger does not tell the client’s name for it', async () => {
    await stage.policy(capped);
    expect(await turnsUntilBlocked(stage.client, 'sam-and-the-till')).toBeLessThan(14);
    const restarted = await stage.start();
    expect((await turn(restarted, 'sam-and-the-till')).kind).toBe('blocked');
    expect((await turn(restarted, 'another-till')).kind).toBe('served');
    expect(JSON.stringify(rows())).not.toContain('sam-and');
  });
});

test('a model without a price is unpriced, which is not zero, and stays out of a closed budget', async () => {
  const { anthropic } = stage.simulated.providers;
  await stage.client.connection.sendNotification(
    'routing/configure',
    stage.configuration({ providers: { lab: { ...anthropic, prices: {} } } }),
  );
  await stage.policy({ version: 1, default: 'lab/some-new-model' });
  const result = await ask(stage.client, 'hello').result;
  expect(result).toMatchObject({ kind: 'served', status: { label: expect.stringMatching(/unpriced$/) } });
  expect(rows()).toMatchObject([{ outcome: 'served', cost_nano_usd: null }]);
  expect(stage.client.statuses.at(-1)?.tooltip).toMatch(/1 unpriced/);
  await stage.policy({ ...budget(10), default: 'lab/some-new-model' });
  expect((await ask(stage.client, 'hello').result).kind).toBe('blocked');
});

test('two windows at once add up in one ledger, and each sees the other’s spending', async () => {
  await stage.policy({ version: 1, default: opus });
  const other = await stage.start();
  const clients = [stage.client, other];
  const results = await Promise.all(
    Array.from({ length: 12 }, (_, at) => ask(clients[at % 2]!, `question ${at}`).result),
  );
  expect(results.every(({ kind }) => kind === 'served')).toBe(true);
  expect(rows()).toHaveLength(12);
  expect(new Set(rows().map(({ request_id }) => request_id)).size).toBe(12);
  const usage = await Promise.all(
    clients.map((client) => client.connection.sendRequest<{ markdown: string }>('routing/usage', {})),
  );
  for (const { markdown } of usage) expect(markdown).toContain(`12 requests, ${formatUsd(costOf(rows()))}`);
  await stage.policy(budget(0.0005));
  for (const client of clients) expect((await ask(client, 'more').result).kind).toBe('blocked');
});

describe('a state folder that cannot be used', () => {
  test('serves without a record, and says so', async () => {
    const folder = await stage.folder();
    await writeFile(join(folder, 'state'), 'a file where the folder should be');
    const client = await stage.start({ stateFolder: join(folder, 'state') });
    const result = await ask(client, 'hello').result;
    expect(result).toMatchObject({ kind: 'served', status: { warning: expect.stringContaining('not written down') } });
    const { markdown } = await client.connection.sendRequest<{ markdown: string }>('routing/usage', {});
    expect(markdown).toContain('not written down');
  });

  test('keeps a closed budget shut, because nothing can be counted', async () => {
    await stage.policy(budget(10));
    const folder = await stage.folder();
    await writeFile(join(folder, 'state'), 'a file where the folder should be');
    const client = await stage.start({ stateFolder: join(folder, 'state') });
    expect((await ask(client, 'hello').result).kind).toBe('blocked');
  });

  test('that breaks while the router runs stops no request', async () => {
    const folder = await stage.folder();
    const client = await stage.start({ stateFolder: join(folder, 'state') });
    expect((await ask(client, 'one').result).kind).toBe('served');
    await rm(join(folder, 'state', 'ledger.sqlite'));
    await rm(join(folder, 'state'), { recursive: true, force: true, maxRetries: 5 });
    expect((await ask(client, 'two').result).kind).toBe('served');
  });
});
