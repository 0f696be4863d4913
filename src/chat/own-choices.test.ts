import { describe, expect, test } from 'vitest';
import { anthropicMessages } from './anthropic/index.ts';
import { openAiChat } from './openai-chat/index.ts';
import { openAiResponses } from './openai-responses/index.ts';
import { rewritten } from './testing/rewritten.ts';

const dialects = { anthropicMessages, openAiChat, openAiResponses };

function without(dialect: keyof typeof dialects, more: object, changes: object = { isChosen: true }) {
  const body = { model: 'm', ...more };
  const { body: text, lost } = rewritten(dialects[dialect], body, { model: 'm', ...changes });
  const { model: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
  return { rest, lost: lost.map(({ where }) => where) };
}

const own = { type: 'function', function: { name: 'model', parameters: { properties: { model: {} } } } };
const flat = { type: 'function', name: 'pick', parameters: { type: 'object', model: 'x' } };
const typed = { name: 'pick', input_schema: { type: 'object' }, model: 'a client’s own word' };
const advisor = { type: 'advisor_20260301', name: 'advisor', model: 'claude-opus-5-5' };
const search = { type: 'web_search_20250305', name: 'web_search' };
const asked = { type: 'server_tool_use', id: 's', name: 'advisor', input: {} };
const advice = { type: 'advisor_tool_result', tool_use_id: 's', content: { type: 'advisor_result', text: 'a' } };
const found = { type: 'server_tool_use', id: 't', name: 'web_search', input: {} };
const said = { type: 'text', text: 'on' };

describe('where the policy chose who answers', () => {
  test.each<[keyof typeof dialects, string, object, object, string[]]>([
    ['openAiChat', 'other models', { models: ['a'], route: 'fallback' }, {}, ['models', 'route']],
    ['openAiChat', 'other models of LiteLLM', { fallbacks: ['a'] }, {}, ['fallbacks']],
    ['openAiChat', 'settings that may name other models', { preset: 'p' }, {}, ['preset']],
    ['openAiResponses', 'other models', { models: ['a'] }, {}, ['models']],
    ['anthropicMessages', 'other models', { models: ['a'], fallbacks: [{ model: 'a' }] }, {}, ['fallbacks', 'models']],
    ['openAiChat', 'hosts', { provider: { order: ['a'], only: ['a'], allow_fallbacks: true } }, {}, ['provider']],
    ['openAiChat', 'hosts by a word', { provider: 'a' }, {}, ['provider']],
    [
      'openAiChat',
      'hosts, and not what keeps hosts out',
      { provider: { order: ['a'], data_collection: 'deny', zdr: true, ignore: ['b'] } },
      { provider: { data_collection: 'deny', zdr: true, ignore: ['b'] } },
      ['provider'],
    ],
    [
      'openAiChat',
      'what lets more hosts in than the account does',
      { provider: { data_collection: 'allow', zdr: false, max_price: { prompt: 1 } } },
      { provider: { max_price: { prompt: 1 } } },
      ['provider'],
    ],
    [
      'openAiChat',
      'what Vercel’s gateway is told',
      { providerOptions: { gateway: { models: ['a'], order: ['b'] }, openai: { x: 1 } } },
      { providerOptions: { openai: { x: 1 } } },
      ['providerOptions.gateway'],
    ],
    [
      'openAiChat',
      'plugins that ask models',
      { plugins: [{ id: 'web' }, { id: 'fusion' }, { id: 'x', analysis_models: ['a'] }] },
      { plugins: [{ id: 'web' }] },
      ['plugins[1]', 'plugins[2]'],
    ],
    [
      'openAiChat',
      'tools that ask models',
      { tools: [own, { type: 'openrouter:advisor', parameters: { model: 'a' } }], tool_choice: 'auto' },
      { tools: [own], tool_choice: 'auto' },
      ['tools[1]'],
    ],
    [
      'openAiResponses',
      'the only tool, with the demand for it',
      { tools: [{ type: 'openrouter:subagent' }], tool_choice: 'required' },
      {},
      ['tools[0]'],
    ],
    [
      'anthropicMessages',
      'an adviser, with the demand for it and its earlier advice',
      {
        tools: [search, advisor],
        tool_choice: { type: 'tool', name: 'advisor' },
        messages: [
          { role: 'assistant', content: [asked, advice, found, said] },
          { role: 'assistant', content: [asked] },
          { role: 'user', content: 'x' },
        ],
      },
      {
        tools: [search],
        messages: [
          { role: 'assistant', content: [found, said] },
          { role: 'user', content: 'x' },
        ],
      },
      ['tools[1]'],
    ],
  ])('%s loses %s, and tells it', (dialect, _, body, rest, lost) => {
    expect(without(dialect, body)).toEqual({ rest, lost });
    expect(without(dialect, body, {}), 'elsewhere it goes on').toEqual({ rest: body, lost: [] });
  });

  test.each<[keyof typeof dialects, object]>([
    ['openAiChat', { models: null, provider: null, provider_note: 1, tools: [own], plugins: [{ id: 'web' }] }],
    ['openAiChat', { provider: { data_collection: 'deny' }, providerOptions: { openai: {} } }],
    ['openAiResponses', { tools: [flat, { type: 'image_generation', model: 'gpt-image-2' }] }],
    ['anthropicMessages', { tools: [typed, search], tool_choice: { type: 'any' } }],
  ])('%s keeps what asks no other model: %j', (dialect, body) => {
    expect(without(dialect, body)).toEqual({ rest: body, lost: [] });
  });

  test('a region is the client’s as long as no rule asks for one', () => {
    expect(without('anthropicMessages', { inference_geo: 'us' }).lost).toEqual([]);
    expect(without('anthropicMessages', { inference_geo: 'us' }, { ownRegion: true }).lost).toEqual(['inference_geo']);
  });
});
