// The makers' own libraries, as a program uses them: only their base URL and key are set.
import { Anthropic } from '@anthropic-ai/sdk';
import { OpenAI } from 'openai';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type GatewayStage, startStage } from './testing/stage.ts';

let stage: GatewayStage;
let openai: OpenAI;
let anthropic: Anthropic;
/** How often each library sent a request. */
let sent = 0;
beforeAll(async () => {
  stage = await startStage();
  const counting: typeof fetch = (input, init) => {
    sent += 1;
    return fetch(input, init);
  };
  openai = new OpenAI({ baseURL: `${stage.url}/v1`, apiKey: stage.token, fetch: counting });
  anthropic = new Anthropic({ baseURL: stage.url, apiKey: stage.token, fetch: counting });
});
beforeEach(() => {
  sent = 0;
});
afterAll(() => stage.stop());

const chat = (content: string) =>
  openai.chat.completions.create({ model: 'auto', messages: [{ role: 'user', content }] });
const respond = (input: string) => openai.responses.create({ model: 'gpt-6-sol', input });
const message = (content: string) =>
  anthropic.messages.create({ model: 'claude-sonnet-5-5', max_tokens: 300, messages: [{ role: 'user', content }] });

it('answers reach them', async () => {
  expect((await chat('hello')).choices[0]?.message.content).toContain('Simulated answer');
  expect((await respond('hello')).output_text).toContain('Simulated answer');
  const { content } = await message('hello');
  expect(content.flatMap((block) => (block.type === 'text' ? block.text : [])).join('')).toContain('Simulated answer');
});

it('streams reach them', async () => {
  const messages = [{ role: 'user', content: 'hello' }] as const;
  let text = '';
  for await (const chunk of await openai.chat.completions.create({
    model: 'auto',
    messages: [...messages],
    stream: true,
  })) {
    text += chunk.choices[0]?.delta.content ?? '';
  }
  expect(text).toContain('Simulated answer');
  const stream = anthropic.messages.stream({ model: 'claude-sonnet-5-5', max_tokens: 300, messages: [...messages] });
  expect(await stream.finalText()).toContain('Simulated answer');
});

it('a refusal by policy is shown at once, and is not asked for again', async () => {
  const guarded = `<attachments><attachment filePath="${stage.repository.folder}/.env">x</attachment></attachments>`;
  for (const [ask, status] of [
    [chat, 402],
    [respond, 400],
    [message, 402],
  ] as const) {
    sent = 0;
    await expect(ask(guarded)).rejects.toMatchObject({
      status,
      message: expect.stringContaining('Refused by `secrets`'),
    });
    expect(sent).toBe(1);
  }
});

it('models are listed to them', async () => {
  const ids = async (list: AsyncIterable<{ readonly id: string }>): Promise<string[]> => {
    const found: string[] = [];
    for await (const { id } of list) found.push(id);
    return found;
  };
  expect(await ids(await openai.models.list())).toEqual(expect.arrayContaining(['auto', 'gpt-6-sol']));
  expect(await ids(await anthropic.models.list())).toEqual(expect.arrayContaining(['auto', 'claude-sonnet-5-5']));
});
