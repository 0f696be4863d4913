import { describe, expect, it } from 'vitest';
import type { Conversation, Tool } from '../chat/conversation.ts';
import { recogniseClient } from './clients.ts';
import { isUtility } from './utility.ts';

const saying = (...system: readonly string[]): Conversation => ({
  system: system.map((text) => ({ text })),
  messages: [{ role: 'user', parts: [{ kind: 'text', text: 'hello' }] }],
  tools: [],
});
const edit: Tool = { name: 'Edit', parameters: {} };

describe('which client it is', () => {
  it.each([
    ['claude-code', { 'user-agent': 'claude-cli/2.1.4 (external, cli)' }, ''],
    ['claude-code', { 'x-claude-code-session-id': 'a', 'user-agent': 'node' }, ''],
    ['codex', { 'user-agent': 'codex_exec/0.169.0 (Linux)' }, ''],
    ['codex', { 'user-agent': 'codex_cli_rs/0.169.0' }, ''],
    ['copilot-cli', { 'x-interaction-type': 'user', 'user-agent': 'OpenAI/JS 7.1.0' }, ''],
    ['opencode', { 'user-agent': 'opencode/1.18.3 ai-sdk/provider-utils/4' }, ''],
    ['qwen-code', { 'user-agent': 'QwenCode/0.24.0 (linux; x64)' }, ''],
    ['gemini-cli', { 'user-agent': 'GeminiCLI/0.61.0/gemini-3-pro (linux; x64)' }, ''],
    ['cline', { 'user-agent': 'OpenAI/JS 7.1.0' }, 'You are Cline, a highly skilled software engineer'],
    ['openai-sdk', { 'user-agent': 'OpenAI/JS 7.1.0' }, 'You help.'],
    ['openai-sdk', { 'user-agent': 'AsyncOpenAI/Python 3.0' }, ''],
    ['anthropic-sdk', { 'user-agent': 'Anthropic/JS 1.12.0' }, ''],
    ['ai-sdk', { 'user-agent': 'ai/7.0 ai-sdk/openai-compatible/3' }, ''],
    ['gateway', {}, 'You are like Claude Code, but not it.'],
  ])('%s', (name, headers, system) => {
    expect(recogniseClient(headers, saying(system), {}).name).toBe(name);
  });
});

describe('which conversation it is of', () => {
  const session = '0c1f6a52-9d1d-4d6a-8f0e-3f5a1b2c3d4e';
  it.each([
    ['a header of Claude Code', { 'x-claude-code-session-id': session }, {}],
    ['Claude Code’s user id', {}, { metadata: { user_id: `user_abc_account__session_${session}` } }],
    ['the same as JSON', {}, { metadata: { user_id: JSON.stringify({ session_id: session }) } }],
    ['a header of Codex', { 'session-id': session }, {}],
    ['a header of opencode', { 'x-session-id': session }, {}],
    ['a cache key', {}, { prompt_cache_key: session }],
  ])('%s', (_what, headers, body) => {
    expect(recogniseClient(headers, saying(''), body).conversationId).toMatch(new RegExp(` ${session}$`));
  });

  it.each([
    ['a cache key that is a name', { prompt_cache_key: 'support-answers-and-more' }],
    ['a short cache key', { prompt_cache_key: 'v1' }],
    ['a user id without a session', { metadata: { user_id: 'ada' } }],
    ['metadata of another form', { metadata: ['x'] }],
    ['no object', 'x'],
  ])('not by %s', (_what, body) => {
    expect(recogniseClient({}, saying(''), body).conversationId).toBeUndefined();
  });

  it('two clients with one name of their own are not one conversation', () => {
    const body = { prompt_cache_key: session };
    const of = (agent: string) => recogniseClient({ 'user-agent': agent }, saying(''), body).conversationId;
    expect(of('OpenAI/JS 7')).not.toBe(of('opencode/1'));
  });

  it('a name is not longer than is kept', () => {
    const id = recogniseClient({ 'x-session-id': 'x'.repeat(9_000) }, saying(''), {}).conversationId;
    expect(id?.length).toBeLessThan(300);
  });
});

describe('what a client asks for itself', () => {
  it.each([
    ['a title', saying('You are a title generator. You output ONLY a thread title.'), true],
    [
      'a title after a first line',
      saying('You are Claude Code.', 'Generate a concise, sentence-case title (3-7 words)'),
      true,
    ],
    ['a topic', saying('Analyze if this message indicates a new conversation topic. If it does,'), true],
    ['a look at the key', { ...saying(), maxOutputTokens: 1 }, true],
    ['a title by one that could edit', { ...saying('You are a title generator.'), tools: [edit] }, false],
    ['a look by one that could edit', { ...saying(), maxOutputTokens: 1, tools: [edit] }, false],
    ['work', saying('You are Claude Code.'), false],
    ['a person who speaks of titles', saying('You help. You are a title generator.'), false],
  ])('%s: %s', (_what, conversation, is) => {
    expect(isUtility(conversation)).toBe(is);
  });
});
