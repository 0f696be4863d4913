import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Message, Tool } from '../../src/chat/conversation.ts';
import type { ChatEvent } from '../../src/chat/events.ts';
import { ask, setStage, textOf, userMessage } from '../host/routerStage.ts';

const stage = setStage();

const tools: Tool[] = ['read_file', 'replace_string_in_file'].map((name) => ({
  name,
  description: name,
  parameters: { type: 'object', properties: { filePath: { type: 'string' } } },
}));
const called = (callId: string, name: string, path: string): Message[] => [
  {
    role: 'assistant',
    parts: [
      {
        kind: 'tool-call',
        callId,
        name,
        arguments: JSON.stringify({ filePath: `${stage.repository.folder}/${path}`, oldString: 'a', newString: 'b' }),
      },
    ],
  },
  { role: 'user', parts: [{ kind: 'tool-result', callId, parts: [{ kind: 'text', text: 'done' }] }] },
];
const agent = (messages: readonly Message[]) =>
  ask(stage.client, messages, { surface: 'agent', conversation: { system: [], messages, tools } });
const written = (events: readonly ChatEvent[]): boolean =>
  events.some((event) => (event.kind === 'text' || event.kind === 'thinking') && event.text !== '');
const lastModel = (): string | undefined => stage.simulated.anthropic.requests.at(-1)?.model;

describe('where a chat goes', () => {
  test('a question without files goes to the default model, and its cost is known', async () => {
    const chat = ask(stage.client, 'hello');
    expect(await chat.result).toMatchObject({
      kind: 'served',
      status: { state: 'routed', class: 'default', target: 'anthropic/claude-sonnet-5-5' },
    });
    expect(textOf(chat.events)).toContain('claude-sonnet-5-5');
    expect(chat.events.map((event) => event.kind)).toContain('usage');
    expect(stage.simulated.anthropic.requests.at(-1)).toMatchObject({ method: 'POST', path: '/v1/messages' });
    expect(stage.client.statuses.at(-1)?.label).toMatch(/^sonnet-5-5 \(simulated\) · \$0\.\d+$/);
    const [row, ...others] = stage.rows();
    expect(others).toEqual([]);
    expect(row).toMatchObject({ outcome: 'served', usage_estimated: 0, surface: 'chat', provider: 'anthropic' });
    expect(row?.cost_nano_usd).toBeGreaterThan(0);
  });

  test('work on a test goes to the small model, work on two modules to the large one', async () => {
    await ask(stage.client, stage.attach('packages/core/src/sum.test.ts')).result;
    expect(lastModel()).toBe('claude-haiku-5-5');
    await ask(stage.client, stage.attach('packages/core/src/sum.ts', 'packages/ui/src/view.ts')).result;
    expect(lastModel()).toBe('claude-opus-5-5');
  });

  test('the title of a conversation goes to the small model, whatever file is open', async () => {
    const chat = ask(stage.client, 'Write a title', {
      surface: 'utility',
      activeFile: stage.client.uri('.env'),
      selected: true,
    });
    expect(await chat.result).toMatchObject({ kind: 'served', status: { class: 'utility' } });
    expect(lastModel()).toBe('claude-haiku-5-5');
  });

  test('a secret that would go out is refused, and nothing is sent', async () => {
    const result = await ask(stage.client, stage.attach('.env')).result;
    expect(result).toMatchObject({ kind: 'blocked', status: { state: 'blocked' } });
    expect(result.kind === 'blocked' && result.message).toContain('keys never leave this machine');
    expect(stage.simulated.anthropic.requests).toHaveLength(0);
    expect(stage.simulated.openai.requests).toHaveLength(0);
    expect(stage.rows()).toMatchObject([{ outcome: 'blocked', provider: null, cost_nano_usd: null }]);
  });

  test('a secret that is named in the prompt counts as given', async () => {
    expect((await ask(stage.client, 'append "x" to .env').result).kind).toBe('blocked');
  });

  test.each(['/somewhere/else/.env', '../elsewhere/.env.local'])(
    'a file outside the workspace is guarded too: %s',
    async (path) => {
      const text = `<attachments><attachment filePath="${path}">x</attachment></attachments><userRequest>help</userRequest>`;
      expect((await ask(stage.client, text).result).kind).toBe('blocked');
      expect(stage.simulated.anthropic.requests).toHaveLength(0);
    },
  );

  test.each([
    ['inside the workspace', (): string => stage.client.uri('.env')],
    ['outside of it', (): string => 'file:///home/somebody/.env'],
  ])('a file that is merely open does not go out, what is selected in it does: %s', async (_where, uri) => {
    const open = await ask(stage.client, 'hello', { activeFile: uri() }).result;
    expect(open).toMatchObject({ kind: 'served', status: { class: 'default' } });
    const selected = await ask(stage.client, 'hello', { activeFile: uri(), selected: true }).result;
    expect(selected.kind).toBe('blocked');
  });

  test('the editor’s own small requests do not hide what became of a person’s', async () => {
    await ask(stage.client, 'hello').result;
    const shown = stage.client.statuses.at(-1);
    expect(await ask(stage.client, 'Write a title', { surface: 'utility' }).result).toMatchObject({ kind: 'served' });
    expect(stage.client.statuses.at(-1)).toEqual(shown);
    expect(shown?.class).toBe('default');
  });

  test.each([
    ['agent', ['replace_string_in_file']],
    ['chat', ['read_file', 'grep_search']],
    ['inline-chat', ['inline_chat_exit']],
  ])('the surface %s is told by the tools that it offers', async (surface, names) => {
    const conversation = {
      system: [],
      messages: [userMessage('hello')],
      tools: names.map((name) => ({ name, description: name, parameters: { type: 'object', properties: {} } })),
    };
    await ask(stage.client, 'hello', { surface: 'chat', conversation }).result;
    expect(stage.rows()).toMatchObject([{ surface }]);
  });
});

describe('an agent', () => {
  test('is offered its tools, and its call is streamed through', async () => {
    stage.simulated.anthropic.behave({
      kind: 'answer',
      answer: { text: 'Reading.', toolCalls: [{ name: 'read_file', arguments: { filePath: '/x' } }] },
    });
    const chat = agent([userMessage('look')]);
    expect((await chat.result).kind).toBe('served');
    expect(stage.simulated.anthropic.requests.at(-1)?.body['tools']).toHaveLength(2);
    const call = chat.events.find((event) => event.kind === 'tool-call');
    expect(call).toMatchObject({ name: 'read_file', arguments: JSON.stringify({ filePath: '/x' }) });
    expect(chat.events.at(-1)).toMatchObject({ kind: 'finished', reason: 'tool-calls' });
  });

  test('what it has edited decides the class, and what it has read does not', async () => {
    await agent([userMessage('tidy up'), ...called('1', 'read_file', 'packages/core/src/sum.ts')]).result;
    const edited = ['packages/core/src/sum.test.ts', 'packages/core/src/sum.ts', 'packages/ui/src/view.ts'];
    await stage.repository.write(Object.fromEntries(edited.map((path) => [path, '// edited\n'])));
    // Other conversations: one that has begun stays with its model in the middle of a turn.
    await agent([
      userMessage('tidy up the test'),
      ...called('1', 'read_file', 'packages/core/src/sum.ts'),
      ...called('2', 'replace_string_in_file', 'packages/core/src/sum.test.ts'),
    ]).result;
    await agent([
      userMessage('tidy up both'),
      ...called('1', 'replace_string_in_file', 'packages/core/src/sum.ts'),
      ...called('2', 'replace_string_in_file', 'packages/ui/src/view.ts'),
    ]).result;
    expect(stage.simulated.anthropic.requests.map(({ model }) => model)).toEqual([
      'claude-sonnet-5-5',
      'claude-haiku-5-5',
      'claude-opus-5-5',
    ]);
  });

  test('what it has read is guarded all the same', async () => {
    expect((await agent([userMessage('go'), ...called('1', 'read_file', '.env')]).result).kind).toBe('blocked');
  });

  test('an image reaches the model', async () => {
    const image = { kind: 'image', mediaType: 'image/png', base64: 'iVBORw0KGgo=' } as const;
    const chat = ask(stage.client, [{ role: 'user', parts: [image, { kind: 'text', text: 'what is this' }] }]);
    expect((await chat.result).kind).toBe('served');
    expect(textOf(chat.events)).toContain('image/png');
  });

  test('thinking comes back with whose it is, is returned to the same model, and to no other maker', async () => {
    stage.simulated.anthropic.behave({ kind: 'answer', answer: { thinking: 'Hm.', text: 'Yes.' } });
    const chat = ask(stage.client, 'think');
    await chat.result;
    const ended = chat.events.find((event) => event.kind === 'thinking-ended');
    expect(ended).toMatchObject({ maker: 'anthropic', model: 'claude-sonnet-5-5' });
    const signature = ended?.kind === 'thinking-ended' ? ended.signature : undefined;
    expect(signature).toBeTruthy();
    const next: Message[] = [
      userMessage('think'),
      {
        role: 'assistant',
        parts: [
          { kind: 'thinking', text: 'Hm.', signature: signature ?? '', maker: 'anthropic', model: 'claude-sonnet-5-5' },
          { kind: 'text', text: 'Yes.' },
        ],
      },
      userMessage('go on'),
    ];
    await ask(stage.client, next).result;
    expect(JSON.stringify(stage.simulated.anthropic.requests.at(-1)?.body)).toContain(signature);
    stage.simulated.anthropic.behave({ kind: 'status', status: 500 });
    await ask(stage.client, next).result;
    expect(stage.simulated.openai.requests).toHaveLength(1);
    expect(JSON.stringify(stage.simulated.openai.requests.at(-1)?.body)).not.toContain(signature);
  });

  test('a conversation has one random name for caches, and never the client’s', async () => {
    await stage.policy({ version: 1, default: 'openai/gpt-6-sol' });
    for (const text of ['one', 'two']) await ask(stage.client, text, { conversationId: 'sam-and-the-bug' }).result;
    const keys = stage.simulated.openai.requests.map(({ body }) => body['prompt_cache_key']);
    expect(keys[0]).toBe(keys[1]);
    expect(keys[0]).not.toContain('sam');
  });
});

describe('cancelling', () => {
  test('stops the provider in the middle of its answer, and counts what was written by then as an estimate', async () => {
    stage.simulated.anthropic.behave({ kind: 'hang-mid-stream', afterDeltas: 2 });
    const chat = ask(stage.client, 'hello');
    await expect.poll(() => written(chat.events)).toBe(true);
    chat.cancel();
    expect(await chat.result).toEqual({ kind: 'cancelled' });
    await expect.poll(() => stage.simulated.anthropic.requests.at(-1)?.aborted).toBeDefined();
    expect(stage.rows()).toMatchObject([{ outcome: 'cancelled', usage_estimated: 1, failure: 'cancelled' }]);
    expect(stage.rows()[0]?.output_tokens).toBeGreaterThan(0);
    expect(stage.rows()[0]?.cost_nano_usd).toBeGreaterThan(0);
    expect(stage.client.statuses.at(-1)).toMatchObject({ state: 'idle', label: expect.stringContaining('cancelled') });
  });

  test('before the first byte costs the input that was sent, and no fallback is tried', async () => {
    stage.simulated.anthropic.behave({ kind: 'hang' });
    const chat = ask(stage.client, 'hello '.repeat(200));
    await expect.poll(() => stage.simulated.anthropic.requests.length).toBe(1);
    chat.cancel();
    expect(await chat.result).toEqual({ kind: 'cancelled' });
    expect(stage.rows()).toMatchObject([{ outcome: 'cancelled', usage_estimated: 1, output_tokens: 0 }]);
    expect(stage.rows()[0]?.input_tokens).toBeGreaterThan(100);
    expect(stage.simulated.openai.requests).toHaveLength(0);
  });

  test('at once sends nothing', async () => {
    const chat = ask(stage.client, 'hello');
    chat.cancel();
    expect(await chat.result).toEqual({ kind: 'cancelled' });
    expect(stage.rows()).toEqual([]);
  });

  test('by ending the process settles what is under way, and writes it down', async () => {
    stage.simulated.anthropic.behave({ kind: 'hang-mid-stream', afterDeltas: 1 });
    const client = await stage.start();
    const chat = ask(client, 'hello');
    await expect.poll(() => written(chat.events)).toBe(true);
    await client.stop();
    expect(await chat.result).toEqual({ kind: 'cancelled' });
    expect(stage.rows()).toMatchObject([{ outcome: 'cancelled', usage_estimated: 1 }]);
    expect(client.stderr).toBe('');
  });
});

describe('a chat request that cannot be read', () => {
  const good = {
    id: '1',
    conversation: { system: [], messages: [userMessage('hello')], tools: [] },
    surface: 'chat',
    client: 'test',
    roots: [],
    requestedModel: 'auto',
  };
  const message = (value: object) => ({ ...good, conversation: { ...good.conversation, messages: [value] } });

  test.each<[string, unknown, string]>([
    ['nothing of it', {}, 'id'],
    ['no conversation', { ...good, conversation: undefined }, 'conversation'],
    ['a conversation without messages', { ...good, conversation: { system: [], tools: [] } }, 'conversation.messages'],
    ['a message without parts', message({ role: 'user' }), 'conversation.messages.0.parts'],
    ['a role that nobody has', message({ role: 'system', parts: [] }), 'conversation.messages.0.role'],
    [
      'a part without its text',
      message({ role: 'user', parts: [{ kind: 'text' }] }),
      'conversation.messages.0.parts.0.text',
    ],
    [
      'arguments that are no text',
      message({ role: 'assistant', parts: [{ kind: 'tool-call', callId: '1', name: 'x', arguments: {} }] }),
      'conversation.messages.0.parts.0.arguments',
    ],
    ['a tool without a name', { ...good, conversation: { ...good.conversation, tools: [{}] } }, 'tools.0.name'],
    ['roots that are no list', { ...good, roots: 'file:///' }, 'roots'],
    ['a model that is a number', { ...good, requestedModel: 5 }, 'requestedModel'],
    ['a kind that is not known', { ...good, kind: 'poem' }, 'kind'],
  ])('%s', async (_what, value, where) => {
    const result = await stage.client.connection.sendRequest('routing/chat', value);
    expect(result).toMatchObject({ kind: 'failed', message: expect.stringContaining(where) });
    expect(result).toMatchObject({ message: expect.stringMatching(/^This chat request cannot be read: /) });
  });

  test('leaves the next one alone', async () => {
    await stage.client.connection.sendRequest('routing/chat', {});
    expect((await ask(stage.client, 'hello').result).kind).toBe('served');
  });
});

describe('what is kept of a request', () => {
  const logged = async (): Promise<string> => {
    const folder = join(stage.stateFolder, 'decisions');
    const days = await readdir(folder);
    return (await Promise.all(days.map((day) => readFile(join(folder, day), 'utf8')))).join('');
  };

  test('has the person’s words in the local log, but none of a request that was refused', async () => {
    await ask(stage.client, 'words that may be kept').result;
    const refused = await ask(stage.client, `words that may not be kept ${stage.attach('.env')}`).result;
    expect(refused.kind).toBe('blocked');
    await ask(stage.client, 'what was asked after both').result;
    await expect.poll(logged).toContain('what was asked after both');
    expect(await logged()).toContain('words that may be kept');
    expect(await logged()).not.toContain('words that may not be kept');
  });

  test('has no text in the ledger by way of a model’s name', async () => {
    await ask(stage.client, 'hello there', { requestedModel: 'anthropic/my own words about src/a.ts' }).result;
    expect(stage.rows()).toMatchObject([{ requested_model: 'not a name' }]);
  });
});
