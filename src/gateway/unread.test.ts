import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dialect } from '../chat/dialect.ts';
import { clientDialects } from './dialects.ts';
import { type Answered, type GatewayStage, startStage } from './testing/stage.ts';
import { readUnread } from './unread.ts';

const KEY = 'API_KEY=9f27c1d0a4b84e6f9d3e5b7a1c2d4e6f';
const PLAIN = 'the weather is fine today, and nothing else is to be said';

let stage: GatewayStage;
beforeAll(async () => {
  stage = await startStage();
  await stage.repository.write({ '.env': `${KEY}\n` });
});
afterAll(() => stage.stop());

type Asked = readonly [path: string, body: object];

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const responses = (...items: object[]): Asked => [
  '/v1/responses',
  { model: 'auto', input: [{ role: 'user', content: 'help' }, ...items] },
];
const messages = (...blocks: object[]): Asked => [
  '/v1/messages',
  {
    model: 'auto',
    max_tokens: 100,
    messages: [
      { role: 'user', content: 'help' },
      { role: 'assistant', content: blocks },
      { role: 'user', content: 'go on' },
    ],
  },
];
const result = (content: object): Asked => [
  '/v1/messages',
  {
    model: 'auto',
    max_tokens: 100,
    tools: [{ name: 'Read', input_schema: { type: 'object' } }],
    messages: [
      { role: 'user', content: 'help' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'Read', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: [content] }] },
    ],
  },
];
const attached = (block: object): Asked => [
  '/v1/messages',
  { model: 'auto', max_tokens: 100, messages: [{ role: 'user', content: [{ type: 'text', text: 'help' }, block] }] },
];
const called = { type: 'function_call', call_id: 'c', name: 'read', arguments: '{}' };
const gemini = (...parts: object[]): Asked => [
  '/v1beta/models/gemini-4-argon:generateContent',
  {
    contents: [
      { role: 'user', parts: [{ text: 'help' }] },
      { role: 'model', parts: [{ functionCall: { name: 'read', args: {} } }] },
      { role: 'user', parts: [{ functionResponse: { name: 'read', response: { output: 'x' } } }, ...parts] },
    ],
  },
];
const chat = (...said: object[]): Asked => [
  '/v1/chat/completions',
  { model: 'auto', messages: [{ role: 'user', content: 'help' }, ...said, { role: 'user', content: 'go on' }] },
];
const chatPart = (part: object): Asked => chat({ role: 'user', content: [{ type: 'text', text: 'this' }, part] });

/** Every place that holds a text which the neutral conversation does not. */
const places: readonly (readonly [what: string, asked: (text: string) => Asked])[] = [
  [
    'document in a result',
    (data) => result({ type: 'document', source: { type: 'text', media_type: 'text/plain', data } }),
  ],
  [
    'packed document in a result',
    (text) => result({ type: 'document', source: { type: 'base64', media_type: 'text/plain', data: base64(text) } }),
  ],
  [
    'document of blocks in a result',
    (text) => result({ type: 'document', source: { type: 'content', content: [{ type: 'text', text }] } }),
  ],
  ['unknown block in a result', (text) => result({ type: 'some_result', content: { stdout: text } })],
  ['unknown block of a message', (text) => messages({ type: 'some_block', inner: [{ deeper: { text } }] })],
  [
    'document of blocks in a message',
    (text) => attached({ type: 'document', source: { type: 'content', content: [{ type: 'text', text }] } }),
  ],
  [
    'document that calls itself JSON',
    (text) =>
      attached({ type: 'document', source: { type: 'base64', media_type: 'application/json', data: base64(text) } }),
  ],
  [
    'file in a result',
    (text) =>
      responses(called, {
        type: 'function_call_output',
        call_id: 'c',
        output: [
          { type: 'input_file', filename: 'a.bin', file_data: `data:application/octet-stream;base64,${base64(text)}` },
        ],
      }),
  ],
  [
    'text file in a result',
    (text) =>
      responses(called, {
        type: 'function_call_output',
        call_id: 'c',
        output: [{ type: 'input_file', filename: 'a.txt', file_data: `data:text/plain,${encodeURIComponent(text)}` }],
      }),
  ],
  [
    'unknown part of a result',
    (text) => responses(called, { type: 'function_call_output', call_id: 'c', output: [{ type: 'odd', said: text }] }),
  ],
  ['unknown part of a message', (text) => responses({ role: 'user', content: [{ type: 'odd', said: text }] })],
  [
    'thinking beside its summary',
    (text) =>
      responses({
        type: 'reasoning',
        id: 'rs',
        summary: [{ type: 'summary_text', text: 'short' }],
        content: [{ type: 'reasoning_text', text }],
      }),
  ],
  ['result without a call', (output) => responses({ type: 'function_call_output', output })],
  ['item of a type that is long', (type) => responses({ type: `${type}${' '.repeat(200)}` })],
  [
    'file of a message',
    (text) =>
      responses({
        role: 'user',
        content: [{ type: 'input_file', filename: 'a', file_data: `data:application/json;base64,${base64(text)}` }],
      }),
  ],
  [
    'parts of a result',
    (text) =>
      gemini({
        functionResponse: {
          name: 'read',
          response: { output: 'x' },
          parts: [{ inlineData: { mimeType: 'text/plain', data: base64(text) } }],
        },
      }),
  ],
  ['result of code', (output) => gemini({ codeExecutionResult: { outcome: 'OUTCOME_OK', output } })],
  [
    'result beside an empty text',
    (output) => gemini({ text: '', functionResponse: { name: 'read', response: { output } } }),
  ],
  ['unknown part', (text) => gemini({ oddPart: { [text]: text } })],
  [
    'attachment of any type',
    (text) => gemini({ inlineData: { mimeType: 'application/octet-stream', data: base64(text) } }),
  ],
  [
    'instructions under both names',
    (text) => {
      const [path, body] = gemini();
      const systemInstruction = { parts: [{ text: 'be brief' }] };
      return [path, { ...body, systemInstruction, system_instruction: { parts: [{ text }] } }];
    },
  ],
  ['thinking', (reasoning) => chat({ role: 'assistant', content: 'so', reasoning })],
  [
    'details of thinking',
    (text) => chat({ role: 'assistant', content: 'so', reasoning_details: [{ type: 'reasoning.text', text }] }),
  ],
  [
    'annotations',
    (title) =>
      chat({
        role: 'assistant',
        content: 'so',
        annotations: [{ type: 'url_citation', url_citation: { url: 'https://h', title } }],
      }),
  ],
  ['unknown part of a chat', (text) => chatPart({ type: 'odd', odd: { text } })],
  [
    'file of a chat',
    (text) =>
      chatPart({
        type: 'file',
        file: { filename: 'a', file_data: `data:application/octet-stream;base64,${base64(text)}` },
      }),
  ],
  [
    'prediction',
    (content) => {
      const [path, body] = chat();
      return [path, { ...body, prediction: { type: 'content', content } }];
    },
  ],
  [
    'field of the body',
    (text) => {
      const [path, body] = chat();
      return [path, { ...body, some_field: { [`${text}${' '.repeat(70)}`]: 1 } }];
    },
  ],
];

const isSecretRefused = ({ status, text }: Answered): boolean =>
  (status === 400 || status === 402) && text.includes('Refused by `secrets`');

describe('a guarded text that only the client’s own body holds', () => {
  it.each(places)('%s: refused, and another text is not', async (_what, asked) => {
    const [path, guarded] = asked(KEY);
    const refused = await stage.ask(path, { body: guarded });
    expect(isSecretRefused(refused), refused.text).toBe(true);
    const [, plain] = asked(PLAIN);
    const served = await stage.ask(path, { body: plain });
    expect(isSecretRefused(served), served.text).toBe(false);
  });
});

function dialectAt(path: string): Exclude<Dialect, 'completions'> {
  if (path.endsWith('/responses')) return 'openai-responses';
  if (path.endsWith('/messages')) return 'anthropic-messages';
  return path.endsWith('/completions') ? 'openai-chat' : 'gemini';
}

function unreadIn(dialect: Exclude<Dialect, 'completions'>, body: object): ReturnType<typeof readUnread> {
  // As they come: what both hold is one and the same text.
  const value: unknown = JSON.parse(JSON.stringify(body));
  return readUnread(dialect, value, clientDialects[dialect].readRequest(value).conversation);
}

const shellOutput = { type: 'local_shell_call_output', id: 'c', output: 'KEY=1' };

describe('a call that only the client’s own body holds', () => {
  it.each<[string, Asked]>([
    [
      'a local shell that reads a guarded file',
      responses(
        {
          type: 'local_shell_call',
          call_id: 'c',
          action: { type: 'exec', command: ['cat', '.env'] },
          status: 'completed',
        },
        shellOutput,
      ),
    ],
    [
      'a shell that reads a guarded file',
      responses(
        { type: 'shell_call', call_id: 'c', action: { commands: ['ls', 'cat .env'] } },
        { type: 'shell_call_output', call_id: 'c', output: [{ stdout: 'KEY=1', stderr: '' }] },
      ),
    ],
    [
      'a patch of a guarded file',
      responses({
        type: 'apply_patch_call',
        call_id: 'c',
        operation: { type: 'update_file', path: '.env', diff: '+KEY=2' },
      }),
    ],
    [
      'a shell on the provider’s side that reads a guarded file',
      messages(
        { type: 'server_tool_use', id: 's', name: 'bash_code_execution', input: { command: 'cat .env' } },
        { type: 'bash_code_execution_tool_result', tool_use_id: 's', content: { stdout: 'KEY=1' } },
      ),
    ],
    [
      'a guarded file that is attached by its name',
      responses(called, {
        type: 'function_call_output',
        call_id: 'c',
        output: [{ type: 'input_file', filename: '.env', file_data: 'data:;base64,QQ==' }],
      }),
    ],
  ])('%s is refused', async (_, [path, body]) => {
    const answer = await stage.ask(path, { body });
    expect(isSecretRefused(answer), answer.text).toBe(true);
  });

  it('goes through where it touches nothing that is guarded', async () => {
    const [path, body] = responses(
      { type: 'local_shell_call', call_id: 'c', action: { type: 'exec', command: ['ls'] }, status: 'completed' },
      { ...shellOutput, output: 'packages' },
    );
    expect((await stage.ask(path, { body })).status).toBe(200);
  });
});

describe('what the conversation holds', () => {
  const long = 'const sum = (a: number, b: number): number => a + b;\n'.repeat(20);
  const schema = { type: 'object', properties: { path: { type: 'string', description: 'Where it is.' } } };
  const image = Buffer.from([
    0x89,
    0x50,
    0x4e,
    0x47,
    0,
    0,
    0,
    ...Array.from({ length: 300 }, (_, n) => n % 256),
  ]).toString('base64');
  it.each<[string, Asked]>([
    [
      'Anthropic’s',
      [
        '/v1/messages',
        {
          model: 'auto',
          max_tokens: 9,
          system: [{ type: 'text', text: 'be brief' }],
          tools: [{ name: 'Read', description: 'Reads.', input_schema: schema }],
          messages: [
            {
              role: 'user',
              content: [
                { type: 'text', text: long },
                { type: 'image', source: { type: 'base64', media_type: 'image/png', data: image } },
              ],
            },
            {
              role: 'assistant',
              content: [
                { type: 'thinking', thinking: 'hm', signature: 'c2ln' },
                { type: 'text', text: 'so' },
                { type: 'tool_use', id: 't', name: 'Read', input: { path: 'a.ts', more: [1] } },
              ],
            },
            { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: long }] },
          ],
        },
      ],
    ],
    [
      'responses’',
      [
        '/v1/responses',
        {
          model: 'auto',
          instructions: 'be brief',
          tools: [{ type: 'function', name: 'read', description: 'Reads.', parameters: schema }],
          input: [
            {
              role: 'user',
              content: [
                { type: 'input_text', text: long },
                { type: 'input_image', image_url: `data:image/png;base64,${image}` },
              ],
            },
            called,
            { type: 'function_call_output', call_id: 'c', output: long },
          ],
        },
      ],
    ],
    [
      'chat’s',
      [
        '/v1/chat/completions',
        {
          model: 'auto',
          tools: [{ type: 'function', function: { name: 'read', description: 'Reads.', parameters: schema } }],
          messages: [
            { role: 'system', content: 'be brief' },
            {
              role: 'user',
              content: [
                { type: 'text', text: long },
                { type: 'image_url', image_url: { url: `data:image/png;base64,${image}` } },
              ],
            },
            {
              role: 'assistant',
              content: 'so',
              tool_calls: [{ id: 'c', type: 'function', function: { name: 'read', arguments: '{"path":"a.ts"}' } }],
            },
            { role: 'tool', tool_call_id: 'c', content: long },
          ],
        },
      ],
    ],
    [
      'Gemini’s',
      [
        '/v1beta/models/g:generateContent',
        {
          systemInstruction: { parts: [{ text: 'be brief' }] },
          tools: [{ functionDeclarations: [{ name: 'read', description: 'Reads.', parameters: schema }] }],
          contents: [
            { role: 'user', parts: [{ text: long }, { inlineData: { mimeType: 'image/png', data: image } }] },
            {
              role: 'model',
              parts: [
                { text: 'hm', thought: true },
                { functionCall: { name: 'read', args: { path: 'a.ts' } }, thoughtSignature: 'c2ln' },
              ],
            },
            { role: 'user', parts: [{ functionResponse: { name: 'read', response: { output: long } } }] },
          ],
        },
      ],
    ],
  ])('of %s ordinary bodies is looked at once', (_what, [path, body]) => {
    expect(unreadIn(dialectAt(path), body)).toEqual({ messages: [], keptAt: undefined });
  });

  it('is told from what is not, however often and in whatever order it is said', () => {
    const [path, body] = chat(
      ...Array.from({ length: 20 }, (_, n) => ({ role: n % 2 ? 'assistant' : 'user', content: `text ${n % 5}` })),
    );
    expect(unreadIn(dialectAt(path), body).messages).toEqual([]);
  });

  it('leaves out nothing because of its depth or its size', () => {
    let deep: unknown = KEY;
    for (let depth = 0; depth < 200; depth += 1) deep = [deep];
    const { messages: found } = unreadIn('openai-responses', {
      model: 'm',
      input: [{ type: 'odd', text: 'x'.repeat(5_000_000), deep }],
    });
    expect(JSON.stringify(found)).toContain(KEY);
  });
});

it('a request that nobody could follow is refused before anybody is asked', async () => {
  const answer = await stage.ask('/v1/responses', { body: { model: 'auto', input: 'hi', background: true } });
  expect([answer.status, stage.simulated.openai.requests.filter(({ body }) => body['background'] === true)]).toEqual([
    400,
    [],
  ]);
  expect(answer.text).toContain('Leave it out');
});

it.each([
  { previous_response_id: 'resp_1' },
  { conversation: 'conv_1' },
  { input: [{ type: 'item_reference', id: 'm' }] },
  { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'file-1' }] }] },
])('a conversation that another provider keeps is not continued without it: %o', async (more) => {
  stage.simulated.anthropic.forget();
  const answer = await stage.ask('/v1/responses', {
    headers: { 'x-routing-root': stage.repository.folder },
    body: { model: 'auto', input: 'go on', ...more },
  });
  // The sample's first choice speaks another dialect; the next one has kept it, and is asked.
  expect([answer.status, answer.headers['x-routing-model']]).toEqual([200, 'openai/gpt-6-sol']);
  expect(stage.simulated.anthropic.requests).toHaveLength(0);
});

describe('what a provider keeps', () => {
  const gone = (path: string, more: object): [string, Asked] => [
    JSON.stringify(more),
    [path, { model: 'auto', ...more }],
  ];
  const content = (block: object): object => ({
    max_tokens: 9,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'read' }, block] }],
  });
  const parts = (part: object): object => ({ contents: [{ role: 'user', parts: [{ text: 'read' }, part] }] });
  const withContents = { contents: [{ role: 'user', parts: [{ text: 'read' }] }] };
  it.each([
    gone('/v1/messages', content({ type: 'document', source: { type: 'file', file_id: 'f' } })),
    gone('/v1/messages', content({ type: 'container_upload', file_id: 'f' })),
    gone('/v1/messages', {
      ...content({ type: 'text', text: 'on' }),
      thread: { type: 'continue', previous_message_id: 'm' },
    }),
    gone('/v1/chat/completions', content({ type: 'file', file: { file_id: 'f' } })),
    gone(
      '/v1beta/models/g:generateContent',
      parts({ fileData: { mimeType: 'application/pdf', fileUri: 'https://h/f' } }),
    ),
    gone(
      '/v1beta/models/g:generateContent',
      parts({ file_data: { mime_type: 'application/pdf', file_uri: 'https://h/f' } }),
    ),
    gone('/v1beta/models/g:generateContent', { ...withContents, cachedContent: 'cachedContents/1' }),
    gone('/v1beta/models/g:generateContent', { ...withContents, cached_content: 'cachedContents/1' }),
  ])('is known by its name: %s', (_what, [path, body]) => {
    expect(unreadIn(dialectAt(path), body).keptAt).toEqual(expect.any(String));
  });

  it.each([
    gone('/v1/responses', {
      input: [
        {
          type: 'message',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'so', annotations: [{ type: 'file_citation', file_id: 'f' }] }],
        },
        { role: 'user', content: 'go on' },
      ],
    }),
    gone('/v1/messages', {
      max_tokens: 9,
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'get', input: { file_id: 'mine' } }] },
      ],
    }),
    gone('/v1beta/models/g:generateContent', { ...withContents, cachedContent: '' }),
    gone('/v1/responses', { input: 'x', previous_response_id: null }),
    gone('/v1/messages', { ...content({ type: 'text', text: 'on' }), thread: { type: 'create' } }),
  ])('is not what merely has such a name: %s', (_what, [path, body]) => {
    expect(unreadIn(dialectAt(path), body).keptAt).toBeUndefined();
  });
});
