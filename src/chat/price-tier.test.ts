import { describe, expect, it } from 'vitest';
import { anthropicMessages } from './anthropic/index.ts';
import type { ClientDialect } from './dialect.ts';
import { gemini } from './gemini/index.ts';
import { openAiChat } from './openai-chat/index.ts';
import { openAiResponses } from './openai-responses/index.ts';
import { rewritten } from './testing/rewritten.ts';

describe.each<[ClientDialect, object, string]>([
  [anthropicMessages, { speed: 'fast' }, 'speed'],
  [openAiChat, { service_tier: 'priority' }, 'service_tier'],
  [openAiResponses, { service_tier: 'priority' }, 'service_tier'],
  [openAiResponses, { service_tier: 'faster-yet' }, 'service_tier'],
  [gemini, { serviceTier: 'PRIORITY' }, 'serviceTier'],
])('$0.id with %o', (dialect, wish, name) => {
  it('goes without it where only the list price will do, and says so', () => {
    const { body, lost } = rewritten(dialect, { model: 'm', ...wish }, { model: 'm', listPrice: true });
    expect(JSON.parse(body)).not.toHaveProperty(name);
    expect(lost).toEqual([{ where: name, what: expect.stringContaining('dearer') }]);
  });

  it('goes as it came elsewhere', () => {
    const { body, lost } = rewritten(dialect, { model: 'm', ...wish }, { model: 'm' });
    expect(JSON.parse(body)).toMatchObject(wish);
    expect(lost).toEqual([]);
  });
});

it.each([
  [anthropicMessages, { speed: 'standard', service_tier: 'auto' }],
  [openAiResponses, { service_tier: 'flex' }],
  [openAiChat, { service_tier: 'default' }],
])('$0.id keeps a tier that costs no more: %o', (dialect, wish) => {
  const body = { model: 'm', ...wish };
  expect(JSON.parse(rewritten(dialect, body, { model: 'm', listPrice: true }).body)).toMatchObject(wish);
});

describe('an answer', () => {
  const usageIn = (dialect: ClientDialect, body: unknown): object | undefined =>
    dialect.readWhole(body).flatMap((event) => (event.kind === 'usage' ? event.usage : []))[0];
  const message = (usage: object): object => ({
    model: 'm',
    content: [{ type: 'text', text: 'Hi.' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 3, output_tokens: 2, ...usage },
  });
  const chat = (more: object): object => ({
    choices: [{ index: 0, message: { content: 'Hi.' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 3, completion_tokens: 2 },
    ...more,
  });
  const response = (more: object): object => ({
    status: 'completed',
    output: [],
    usage: { input_tokens: 3, output_tokens: 2 },
    ...more,
  });
  const content = (usage: object): object => ({
    candidates: [{ content: { parts: [{ text: 'Hi.' }] }, finishReason: 'STOP' }],
    usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, ...usage },
  });

  it.each<[ClientDialect, object, object]>([
    [anthropicMessages, message({ speed: 'fast' }), message({ speed: 'standard', service_tier: 'priority' })],
    [openAiChat, chat({ service_tier: 'priority' }), chat({ service_tier: 'default' })],
    [openAiResponses, response({ service_tier: 'priority' }), response({ service_tier: 'flex' })],
    [gemini, content({ trafficType: 'ON_DEMAND_PRIORITY' }), content({ trafficType: 'ON_DEMAND' })],
  ])('of $0.id says when it was not served at the list price', (dialect, dear, usual) => {
    expect(usageIn(dialect, dear)).toMatchObject({ inputTokens: 3, otherPrice: true });
    expect(usageIn(dialect, usual)).not.toHaveProperty('otherPrice');
  });
});
