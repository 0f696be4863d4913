import { describe, expect, test } from 'vitest';
import type { CancellationToken, MessageConnection } from 'vscode-languageserver/node';
import type { ChatEvent } from '../../src/chat/events.ts';
import {
  type EditorChatParams,
  type EditorChatResult,
  type EditorModel,
  toEditor,
  toRouter,
} from '../../src/contract/messages.ts';
import type { LspClient } from '../host/lspClient.ts';
import { ask, setStage, textOf } from '../host/routerStage.ts';
import { startSimulatedProviders } from '../simulated/main.ts';

const stage = setStage();

const model: EditorModel = {
  vendor: 'copilot',
  id: 'mai-code-1.1-flash',
  name: 'MAI',
  family: 'mai',
  maxInputTokens: 256_000,
};
const copilot = { version: 1, default: 'copilot/mai-code-1.1-flash' };

/** An editor with models of its own that answers as told. */
function editorWith(
  answer: (
    request: EditorChatParams,
    say: (event: ChatEvent) => Promise<void>,
    cancelled: Promise<void>,
  ) => Promise<EditorChatResult>,
  models: readonly EditorModel[] = [model],
): (connection: MessageConnection) => void {
  return (connection) => {
    connection.onRequest(toEditor.secret, () => null);
    connection.onRequest(toEditor.models, ({ vendor }: { vendor?: string }) =>
      models.filter((one) => vendor === undefined || one.vendor === vendor),
    );
    connection.onRequest<EditorChatResult, void>(
      toEditor.chat,
      (request: EditorChatParams, token: CancellationToken) => {
        const say = (event: ChatEvent): Promise<void> =>
          connection.sendNotification(toRouter.editorChatEvent, { id: request.id, event });
        const cancelled = new Promise<void>((settle) => token.onCancellationRequested(() => settle()));
        return answer(request, say, cancelled);
      },
    );
  };
}

describe('the editor’s own models', () => {
  test('stream through, and what they do not count is estimated', async () => {
    await stage.policy(copilot);
    const asked: EditorChatParams[] = [];
    const client = await stage.start({
      editor: editorWith(async (request, say) => {
        asked.push(request);
        for (const text of ['Hello ', 'from ', 'the editor.']) await say({ kind: 'text', text });
        return { kind: 'done' };
      }),
    });
    const chat = ask(client, 'hello there');
    expect(await chat.result).toMatchObject({ kind: 'served', status: { target: 'copilot/mai-code-1.1-flash' } });
    expect(textOf(chat.events)).toBe('Hello from the editor.');
    expect(asked).toMatchObject([{ vendor: 'copilot', model: 'mai-code-1.1-flash' }]);
    expect(stage.rows()).toMatchObject([{ provider: 'copilot', outcome: 'served', usage_estimated: 1 }]);
    expect(stage.rows()[0]?.output_tokens).toBeGreaterThan(0);
    expect(client.statuses.at(-1)?.tooltip).toContain('estimated');
  });

  test.each([
    ['permission', 'permission'],
    ['something-new', 'server'],
  ])('that fail with "%s" are followed by the next target', async (failure, written) => {
    await stage.policy({ version: 1, default: ['copilot/mai-code-1.1-flash', 'openai/gpt-6-sol'] });
    const client = await stage.start({
      editor: editorWith(async () => ({ kind: 'failed', failure, message: 'The editor says no.' })),
    });
    expect(await ask(client, 'hello').result).toMatchObject({ kind: 'served', status: { target: 'openai/gpt-6-sol' } });
    expect(stage.rows()).toMatchObject([{ outcome: 'failed', failure: written }, { outcome: 'served' }]);
  });

  test('are told when a person stops', async () => {
    await stage.policy(copilot);
    let wasCancelled = false;
    const client = await stage.start({
      editor: editorWith(async (_request, say, cancelled) => {
        await say({ kind: 'text', text: 'Well' });
        await cancelled;
        wasCancelled = true;
        return { kind: 'failed', failure: 'cancelled', message: 'Stopped.' };
      }),
    });
    const chat = ask(client, 'hello');
    await expect.poll(() => textOf(chat.events)).toBe('Well');
    chat.cancel();
    expect(await chat.result).toEqual({ kind: 'cancelled' });
    await expect.poll(() => wasCancelled).toBe(true);
  });

  test('that there are none of are said to be missing', async () => {
    await stage.policy(copilot);
    const client = await stage.start({ editor: editorWith(async () => ({ kind: 'done' }), []) });
    const result = await ask(client, 'hello').result;
    expect(result.kind === 'answered-by-routing' && result.markdown).toContain('has no models from');
  });

  test('that come while the router runs are usable at once', async () => {
    await stage.policy(copilot);
    const models: EditorModel[] = [];
    const client = await stage.start({
      editor: editorWith(async (_request, say) => {
        await say({ kind: 'text', text: 'Here.' });
        return { kind: 'done' };
      }, models),
    });
    expect((await ask(client, 'hello').result).kind).toBe('answered-by-routing');
    models.push(model);
    await client.connection.sendNotification(toRouter.editorModelsChanged);
    await expect.poll(async () => (await ask(client, 'hello').result).kind).toBe('served');
  });
});

describe('keys in the editor’s keeping', () => {
  test('go to the host that they were stored for, and a changed key is picked up without a restart', async () => {
    const guarded = await startSimulatedProviders({ key: 'right' });
    let key = 'wrong';
    const asked: { provider: string; host: string }[] = [];
    try {
      await stage.policy({ version: 1, default: 'anthropic/claude-sonnet-5-5' });
      const client = await stage.start({
        configuration: { providers: guarded.providers },
        editor: (connection) => {
          connection.onRequest(toEditor.models, () => []);
          connection.onRequest(toEditor.secret, (request: { provider: string; host: string }) => {
            asked.push(request);
            return request.provider === 'anthropic' ? key : null;
          });
        },
      });
      const refused = await ask(client, 'hello').result;
      expect(refused.kind === 'failed' && refused.message).toContain('Check its key');
      expect(asked).toContainEqual({ provider: 'anthropic', host: new URL(guarded.anthropic.url).host });
      key = 'right';
      await client.connection.sendNotification(toRouter.secretChanged, { provider: 'anthropic' });
      expect((await ask(client, 'hello').result).kind).toBe('served');
      expect(JSON.stringify(client.statuses)).not.toMatch(/"(?:right|wrong)"/);
    } finally {
      await guarded.stop();
    }
  });

  test('that are never handed over hold a request up for moments only', { retry: 2 }, async () => {
    await stage.policy({ version: 1, default: 'openai/gpt-6-sol' });
    const client = await stage.start({
      editor: (connection) => {
        connection.onRequest(toEditor.models, () => new Promise(() => undefined));
        connection.onRequest(toEditor.secret, () => new Promise(() => undefined));
      },
    });
    const timeOf = async (asked: LspClient): Promise<number> => {
      const started = performance.now();
      expect((await ask(asked, 'hello').result).kind).toBe('served');
      return performance.now() - started;
    };
    // Another one starts beside it, whose editor has nothing to hand over: a busy machine keeps both.
    const [held = 0, usual = 0] = await Promise.all([client, await stage.start()].map(timeOf));
    expect(held - usual).toBeLessThan(8_000);
  });
});

describe('settings that change while the router runs', () => {
  test('hold from the next request on, even when sent at once after the start', async () => {
    await stage.policy({ version: 1, default: ['openai/gpt-6-sol', 'anthropic/claude-sonnet-5-5'] });
    const { anthropic } = stage.simulated.providers;
    const client = await stage.start();
    await client.connection.sendNotification(
      toRouter.configure,
      stage.configuration({ providers: { anthropic, openai: { wire: 'openai-chat', baseUrl: 'ftp://nowhere' } } }),
    );
    expect(await ask(client, 'hello').result).toMatchObject({ status: { target: 'anthropic/claude-sonnet-5-5' } });
  });

  test('keep a request that is under way', async () => {
    stage.simulated.anthropic.behave({ kind: 'slow', perDeltaMs: 30 });
    const chat = ask(stage.client, 'hello');
    await expect.poll(() => chat.events.length).toBeGreaterThan(1);
    await stage.client.connection.sendNotification(
      toRouter.configure,
      stage.configuration({ completions: { enabled: false, maximumDelayMs: 100, timeoutMs: 3_000 } }),
    );
    expect((await chat.result).kind).toBe('served');
  });

  test('that make no sense are left out, and the rest holds', async () => {
    await stage.client.connection.sendNotification(toRouter.configure, {
      ...stage.configuration(),
      completions: { enabled: 'yes', maximumDelayMs: -5, timeoutMs: Number.MAX_VALUE },
      chat: null,
    });
    expect((await ask(stage.client, 'hello').result).kind).toBe('served');
  });
});
