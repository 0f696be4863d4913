import type { Dialect } from '../../chat/dialect.ts';

/** How each dialect says the same. */
export interface Spoken {
  readonly dialect: Exclude<Dialect, 'completions'>;
  path(stream: boolean): string;
  body(text: string, stream: boolean): object;
}

export const spoken: readonly Spoken[] = [
  {
    dialect: 'openai-chat',
    path: () => '/v1/chat/completions',
    body: (text, stream) => ({ model: 'gpt-6-sol', messages: [{ role: 'user', content: text }], stream }),
  },
  {
    dialect: 'openai-responses',
    path: () => '/v1/responses',
    body: (text, stream) => ({ model: 'gpt-6-sol', input: [{ role: 'user', content: text }], stream }),
  },
  {
    dialect: 'anthropic-messages',
    path: () => '/v1/messages?beta=true',
    body: (text, stream) => ({
      model: 'claude-sonnet-5-5',
      max_tokens: 500,
      messages: [{ role: 'user', content: text }],
      stream,
    }),
  },
  {
    dialect: 'gemini',
    path: (stream) =>
      stream
        ? '/v1beta/models/gemini-4-argon:streamGenerateContent?alt=sse'
        : '/v1beta/models/gemini-4-argon:generateContent',
    body: (text) => ({ contents: [{ role: 'user', parts: [{ text }] }] }),
  },
];
