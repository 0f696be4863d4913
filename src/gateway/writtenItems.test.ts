import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { jsonBody } from '../chat/testing/rewritten.ts';
import { fieldsOf, listOf } from '../chat/untrusted.ts';
import { type GatewayStage, startStage } from './testing/stage.ts';
import { WrittenItems } from './writtenItems.ts';

const named = (...ids: readonly unknown[]) =>
  jsonBody({ model: 'm', input: ids.map((id) => ({ type: 'item_reference', id })), store: true });
const item = (id: string, text = 'said') => ({ id, type: 'message', content: text });

describe('items that were written here', () => {
  it('stand where they are named, in the text as well, and what others keep stays named', () => {
    const items = new WrittenItems();
    items.remember(item('a'));
    const { bytes, value } = items.recall(named('a', 'b', 7));
    const reference = (id: unknown) => ({ type: 'item_reference', id });
    expect(value).toEqual({ model: 'm', input: [item('a'), reference('b'), reference(7)], store: true });
    expect(JSON.parse(bytes.toString())).toEqual(value);
  });

  it.each([
    named('b', undefined),
    jsonBody({ input: 'a' }),
    jsonBody({ input: [{ type: 'message', id: 'a' }, null, 'a'] }),
    jsonBody([]),
    jsonBody({ messages: [] }),
  ])('leave a body as it is that names none of them: %j', (body) => {
    const items = new WrittenItems();
    items.remember(item('a'));
    expect(items.recall(body)).toBe(body);
  });

  it('make room by their age, but for those that are still spoken of', () => {
    const items = new WrittenItems(3 * JSON.stringify(item('a')).length);
    for (const id of ['a', 'b', 'c']) items.remember(item(id));
    items.recall(named('a'));
    items.remember(item('d'));
    const { input } = fieldsOf(items.recall(named('a', 'b', 'c', 'd')).value);
    expect(listOf(input).map((one) => fieldsOf(one)['type'])).toEqual([
      'message',
      'item_reference',
      'message',
      'message',
    ]);
    items.remember(item('e', 'x'.repeat(1000)));
    const none = named('a', 'c', 'd', 'e');
    expect(items.recall(none)).toBe(none);
  });
});

describe('short items that were written here', () => {
  it('make room for others however short they are', () => {
    const items = new WrittenItems(undefined, 100);
    for (let n = 0; n < 1_000; n += 1) items.remember(item(`item ${n}`));
    const all = Array.from({ length: 1_000 }, (_, n) => `item ${n}`);
    const kept = listOf(fieldsOf(items.recall(named(...all)).value)['input']).filter(
      (one) => fieldsOf(one)['type'] === 'message',
    );
    expect(kept.map((one) => fieldsOf(one)['id'])).toEqual(all.slice(900));
  });
});

describe('a client that leaves its answers to the provider to keep', () => {
  let stage: GatewayStage;
  beforeAll(async () => {
    stage = await startStage();
  });
  beforeEach(() => {
    stage.simulated.anthropic.forget();
    stage.simulated.openai.forget();
  });
  afterAll(() => stage.stop());

  const route = (target: string) =>
    stage.repository.write({ '.routing-policy.json': JSON.stringify({ version: 1, default: [target] }) });
  const ask = (input: readonly object[], more: object) =>
    stage.ask('/v1/responses', {
      headers: { 'x-routing-root': stage.repository.folder },
      body: { model: 'auto', input, ...more },
    });

  /** The last whole item of a first answer, which is translated. */
  async function firstAnswer(question: object, more: object): Promise<{ readonly id: string }> {
    await route('anthropic/claude-sonnet-5-5');
    const { status, text } = await ask([question], more);
    expect(status, text).toBe(200);
    const done = text.startsWith('event:')
      ? text
          .split('\n')
          .filter((line) => line.startsWith('data: '))
          .map((line) => fieldsOf(JSON.parse(line.slice(6))))
          .filter(({ type }) => type === 'response.output_item.done')
          .map(({ item: written }) => written)
      : listOf(fieldsOf(JSON.parse(text))['output']);
    return done.at(-1) as { readonly id: string };
  }

  it.each([false, true])('is understood when it names one that was translated (stream: %s)', async (stream) => {
    const question = { role: 'user', content: `which way? ${stream}` };
    const said = await firstAnswer(question, { stream });
    const goOn = [question, { type: 'item_reference', id: said.id }, { role: 'user', content: 'go on' }];

    const translated = await ask(goOn, { stream });
    expect([translated.status, translated.headers['x-routing-lost']]).toEqual([200, undefined]);
    const told = fieldsOf(stage.simulated.anthropic.requests.at(-1)?.body);
    expect(JSON.stringify(listOf(told['messages'])[1])).toContain('Simulated answer from claude-sonnet-5-5');

    await route('openai/gpt-6-sol');
    expect((await ask(goOn, { stream })).headers['x-routing-model']).toBe('openai/gpt-6-sol');
    expect(stage.simulated.openai.requests.at(-1)?.body['input']).toEqual([question, said, goOn[2]]);
  });

  it('that says they are not to be kept has them sent back whole', async () => {
    const question = { role: 'user', content: 'which way, unkept?' };
    const { id } = await firstAnswer(question, { store: false });
    const answer = await ask([question, { type: 'item_reference', id }], {});
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('Send the conversation itself');
  });
});
