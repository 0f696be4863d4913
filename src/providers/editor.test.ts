import { describe, expect, test } from 'vitest';
import type { Conversation } from '../chat/conversation.ts';
import type { ChatEvent } from '../chat/events.ts';
import { StreamFault } from '../chat/fault.ts';
import { createEditorProvider, type EditorModel, type EditorModels, findModel } from './editor.ts';
import { ProviderFailure } from './failure.ts';
import { tabulate } from './table.ts';

const model = (id: string, vendor = 'copilot', family = id): EditorModel => ({
  vendor,
  id,
  name: id,
  family,
  maxInputTokens: 1,
});
const models = [
  model('claude-haiku-5.5'),
  model('mai-code-1.1-flash'),
  model('gpt-x', 'copilot', 'gpt-6-sol'),
  model('auto', 'routing-policy'),
];
const conversation: Conversation = {
  system: [],
  messages: [{ role: 'user', parts: [{ kind: 'text', text: 'Hello to everyone who reads this.' }] }],
  tools: [],
};

function providerFor(chat: EditorModels['chat'], listed: readonly EditorModel[] = models) {
  const row = tabulate({}).rows.get('copilot');
  if (row === undefined) throw new Error('no row');
  return createEditorProvider(row, { list: async () => listed, chat });
}

const streamOf = (next: () => Promise<IteratorResult<ChatEvent>>): AsyncIterable<ChatEvent> => ({
  [Symbol.asyncIterator]: () => ({ next }),
});
const never = () => new Promise<never>(() => undefined);
const silent: EditorModels['chat'] = () => streamOf(async () => ({ done: true, value: undefined }));

async function answer(chat: EditorModels['chat'], options: { deadlineMs?: number; signal?: AbortSignal } = {}) {
  const { deadlineMs = 20_000, signal = new AbortController().signal } = options;
  const { events } = await providerFor(chat).chat({ model: 'claude-haiku-5-5', conversation }, { deadlineMs, signal });
  const seen: ChatEvent[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}

test.each([
  ['claude-haiku-5.5', 'claude-haiku-5.5'],
  ['claude-haiku-5-5', 'claude-haiku-5.5'],
  ['MAI-Code-1-1-flash', 'mai-code-1.1-flash'],
  ['gpt-6.sol', 'gpt-x'],
  ['gpt-6', undefined],
])('%s is the model %s', (wanted, expected) => {
  expect(findModel(wanted, models)?.id).toBe(expected);
});

describe('an answer of the editor', () => {
  test('gets a beginning, an estimated usage and an end', async () => {
    const asked: unknown[] = [];
    const events = await answer(async function* (request) {
      asked.push(request);
      yield { kind: 'text', text: 'Hello yourself.' };
    });
    expect(asked).toEqual([{ vendor: 'copilot', model: 'claude-haiku-5.5', conversation }]);
    expect(events).toEqual([
      { kind: 'started', servedModel: 'claude-haiku-5.5' },
      { kind: 'text', text: 'Hello yourself.' },
      { kind: 'usage', usage: expect.objectContaining({ estimated: true }) },
      { kind: 'finished', reason: 'end' },
    ]);
    const usage = events.find((event) => event.kind === 'usage')!.usage;
    expect(usage.inputTokens).toBeGreaterThan(5);
    expect(usage.outputTokens).toBeGreaterThan(1);
  });

  test('keeps the usage that the model reports, and says that tools are called', async () => {
    const usage = { inputTokens: 5, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 2, estimated: false };
    const events = await answer(async function* () {
      yield { kind: 'tool-call', index: 0, callId: 'c', name: 'read', arguments: '{}' };
      yield { kind: 'usage', usage };
    });
    expect(events.filter((event) => event.kind === 'usage')).toEqual([{ kind: 'usage', usage }]);
    expect(events.at(-1)).toEqual({ kind: 'finished', reason: 'tool-calls' });
  });

  test.each<[string, EditorModels['chat'], string]>([
    ['is empty', silent, 'cut'],
    [
      'was refused',
      () => streamOf(() => Promise.reject(new StreamFault('permission', 'Consent was not given.'))),
      'permission',
    ],
    ['hangs', () => streamOf(never), 'timeout'],
  ])('that %s is a failure', async (_name, chat, kind) => {
    const thrown = await answer(chat, { deadlineMs: kind === 'timeout' ? 60 : 20_000 }).catch(
      (error: unknown) => error,
    );
    expect(thrown).toBeInstanceOf(ProviderFailure);
    expect(thrown).toMatchObject({ kind, provider: 'copilot' });
  });

  test('is cancelled at once, and the editor is told', async () => {
    const controller = new AbortController();
    let told = false;
    const thrown = await answer(
      async function* (_request, signal) {
        signal.addEventListener('abort', () => {
          told = true;
        });
        setTimeout(() => controller.abort(), 30);
        yield { kind: 'text', text: 'a' };
        await never();
      },
      { signal: controller.signal },
    ).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ kind: 'cancelled' });
    expect(told).toBe(true);
  });
});

describe('what the editor has', () => {
  test('makes the provider usable once it was asked, without our own vendor', async () => {
    const provider = providerFor(silent);
    expect(provider.facts()).toMatchObject({ usable: false });
    await provider.refresh();
    expect(provider.facts()).toMatchObject({ usable: true, serves: { chat: true, completion: true } });
    expect(provider.facts().host).toBeUndefined();
    const options = { deadlineMs: 20_000, signal: new AbortController().signal };
    expect(await provider.models(options)).toEqual(['claude-haiku-5.5', 'mai-code-1.1-flash', 'gpt-x']);
    await expect(provider.chat({ model: 'nope', conversation }, options)).rejects.toMatchObject({ kind: 'not-found' });
  });

  test('nothing, or no editor at all, is said in words', async () => {
    const provider = providerFor(silent, [model('auto', 'routing-policy')]);
    await provider.refresh();
    expect(provider.facts().unusableReason).toContain('no models from "copilot"');
    const alone = createEditorProvider(tabulate({}).rows.get('copilot')!, undefined);
    await alone.refresh();
    expect(alone.facts().unusableReason).toContain('inside an editor');
  });
});
