import { describe, expect, it } from 'vitest';
import { catalogue, findModel } from './catalogue.ts';
import { modelKey } from './modelKey.ts';
import { overlay } from './overlay.ts';
import { similarModels } from './similarModels.ts';

describe('a model is found by any spelling of its name', () => {
  it.each([
    ['claude-haiku-5-5', 'claude-haiku-5-5'],
    ['claude-haiku-5.5', 'claude-haiku-5-5'],
    ['Claude Haiku 5.5', 'claude-haiku-5-5'],
    ['openrouter/anthropic/claude-sonnet-5.5', 'claude-sonnet-5-5'],
    ['anthropic/claude-sonnet-5.5', 'claude-sonnet-5-5'],
    ['claude-sonnet-5-5-20260930', 'claude-sonnet-5-5'],
    ['claude-sonnet-5-5@20260930', 'claude-sonnet-5-5'],
    ['eu.anthropic.claude-sonnet-5-5-20260930-v1:0', 'claude-sonnet-5-5'],
    ['us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet-4-5'],
    ['global.openai.gpt-6-sol', 'gpt-6-sol'],
    ['claude-haiku-4-5-latest', 'claude-haiku-4-5'],
    ['gpt-5.4-mini-2026-03-05', 'gpt-5.4-mini'],
    ['gpt-5-4-mini', 'gpt-5.4-mini'],
    ['models/gemini-3.8-flash', 'gemini-3.8-flash'],
    ['~deepseek/deepseek-flash-latest', 'deepseek-flash'],
    ['codestral-latest', 'codestral-latest'],
    ['codestral-2508', 'codestral-latest'],
    ['mai-code-1.1-flash', 'mai-code-1.1-flash'],
    ['mai-code-1-flash', 'mai-code-1-flash-picker'],
    ['MAI-Thinking-1', 'mai-thinking-1'],
    ['qwen3-coder:30b', 'qwen3-coder'],
    ['qwen.qwen3-coder-30b-a3b-v1:0', 'qwen3-coder'],
    ['devstral-latest', 'devstral-2512'],
    ['mistral-large-latest', 'mistral-large-2512'],
    ['gpt-oss:20b', 'gpt-oss-20b'],
    ['gpt-oss:120b', 'gpt-oss-120b'],
    ['gpt-oss:latest', 'gpt-oss-20b'],
    ['workspace-copy', 'workspace-copy'],
  ])('%s is %s', (name, id) => {
    expect(findModel(name)?.id).toBe(id);
  });
});

describe('another generation is another model', () => {
  it.each([
    'claude-haiku-6',
    'claude-sonnet-5-6',
    'claude-sonnet',
    'claude-sonnet-5-5-5',
    'gpt-6.2-sol',
    'gpt-6',
    'gpt-5.6',
    'gpt-6-sol-pro',
    'mai-code-1.2-flash',
    'gemini-4-argon-lite',
    'deepseek-chat-v3',
    'mistral-large-5',
    'devstral:24b',
    'my-deployment',
    '',
    'anthropic/',
    '__proto__',
    'x'.repeat(10_000),
  ])('%s is not known', (name) => {
    expect(findModel(name)).toBeUndefined();
  });
});

describe('the catalogue', () => {
  it('gives no two models the same name', () => {
    const names = overlay
      .flatMap((row) => [row.id, ...(row.aliases ?? [])])
      .map((name) => JSON.stringify(modelKey(name)));
    expect(new Set(names).size).toBe(names.length);
  });

  it('names a successor that can be had', () => {
    const successors = catalogue.flatMap((model) => model.retired?.successor ?? model.superseded?.successor ?? []);
    expect(successors.length).toBeGreaterThan(5);
    for (const successor of successors) expect(findModel(successor)?.retired, successor).toBeUndefined();
    for (const successor of successors) expect(findModel(successor)?.id).toBe(successor);
  });

  it('dates every fact, and holds every price and limit to what is possible', () => {
    for (const row of overlay) {
      expect(row.asOf, row.id).toMatch(/^20\d\d-\d\d-\d\d$/);
      expect(row.source, row.id).not.toMatch(/:\/\/|\.(?:com|org|io)\b/);
      if (row.contextTokens) expect(row.maxOutputTokens ?? 1, row.id).toBeLessThanOrEqual(row.contextTokens);
      const [input = 1, output = 1, read = 0] = row.usd ?? [];
      expect(output > 0 && input > 0 && input <= output && read <= input, row.id).toBe(true);
    }
  });

  it('knows what each can do', () => {
    expect(findModel('codestral')).toMatchObject({ maker: 'mistral', completion: 'fim', images: false });
    expect(findModel('claude-haiku-5-5')).toMatchObject({ maker: 'anthropic', completion: 'prompted', tools: true });
    expect(findModel('workspace-copy')).toMatchObject({ chat: false, tools: false, completion: 'fim' });
    expect(findModel('claude-sonnet-4-20250514')?.retired).toEqual({
      since: '2026-06-15',
      successor: 'claude-sonnet-4-6',
    });
    expect(findModel('mai-code-1-flash')?.superseded).toEqual({ successor: 'mai-code-1.1-flash' });
  });
});

describe('a misspelt model is answered with near names', () => {
  it.each([
    ['anthropic/claude-sonet-5-5', 'claude-sonnet-5-5'],
    ['claude-haiku-5-6', 'claude-haiku-5-5'],
    ['gpt6-sol', 'gpt-6-sol'],
    ['mai-code-1.1-flsah', 'mai-code-1.1-flash'],
    ['sonnet-5.5', 'claude-sonnet-5-5'],
    ['qwen3-codre', 'qwen3-coder'],
  ])('%s: %s', (text, first) => {
    expect(similarModels(text)[0]).toBe(first);
  });

  it('and with nothing where nothing is near, or the name is no name', () => {
    expect(similarModels('zzzzzzzzzzzz')).toEqual([]);
    expect(similarModels('')).toEqual([]);
    expect(similarModels('x'.repeat(100_000))).toEqual([]);
    expect(similarModels('claude-opus-4').every((id) => findModel(id)?.retired === undefined)).toBe(true);
  });
});
