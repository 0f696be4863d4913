import { describe, expect, test } from 'vitest';
import type { AnswerHead } from '../dialect.ts';
import type { ChatEvent } from '../events.ts';
import { readSeal, writeSeal } from '../sealed-thinking.ts';
import { parseSse } from '../sse.ts';
import { gemini, readGeminiResponse } from './index.ts';

const conversation = { system: [], messages: [], tools: [] };
const head: AnswerHead = { model: 'gemini-3.8-flash', id: 'r1', createdAt: 0, conversation };
const said = { role: 'user', parts: [{ text: 'Hi' }] };

describe('a request of a Gemini client', () => {
  test('is read with instructions, tools and settings', () => {
    const { lost, ...read } = gemini.readRequest({
      systemInstruction: { role: 'user', parts: [{ text: 'Be brief.' }] },
      contents: [said],
      tools: [
        {
          functionDeclarations: [
            {
              name: 'read',
              description: 'Reads.',
              parameters: {
                type: 'OBJECT',
                properties: {
                  type: { type: 'STRING', nullable: true },
                  lines: { type: 'ARRAY', minItems: '1', items: { type: 'INTEGER', format: 'int32' } },
                },
                required: ['type'],
                propertyOrdering: ['type', 'lines'],
              },
            },
            { name: 'list', parametersJsonSchema: { type: 'object', $ref: '#/x' } },
          ],
        },
        { googleSearch: {} },
      ],
      toolConfig: { functionCallingConfig: { mode: 'ANY' } },
      generationConfig: {
        maxOutputTokens: 100,
        temperature: 0,
        topP: 0.9,
        topK: 64,
        stopSequences: ['END'],
        responseMimeType: 'application/json',
        responseSchema: { type: 'OBJECT' },
        thinkingConfig: { includeThoughts: true, thinkingLevel: 'HIGH' },
      },
      safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
      somethingNew: { a: 1 },
    });
    expect(read).toEqual({
      model: '',
      stream: false,
      conversation: {
        system: [{ text: 'Be brief.' }],
        messages: [{ role: 'user', parts: [{ kind: 'text', text: 'Hi' }] }],
        tools: [
          {
            name: 'read',
            description: 'Reads.',
            parameters: {
              type: 'object',
              properties: {
                type: { type: ['string', 'null'] },
                lines: { type: 'array', minItems: 1, items: { type: 'integer', format: 'int32' } },
              },
              required: ['type'],
            },
          },
          { name: 'list', parameters: { type: 'object', $ref: '#/x' } },
        ],
        toolChoice: { kind: 'required' },
        maxOutputTokens: 100,
        temperature: 0,
        topP: 0.9,
        stop: ['END'],
        effort: 'high',
        output: { kind: 'json-schema', name: 'response', schema: { type: 'object' } },
      },
    });
    expect(lost.map(({ where }) => where)).toEqual(['tools[1]', 'generationConfig.topK', 'safetySettings']);
  });

  test('matches results with calls by id, else by name and order', () => {
    const { conversation: read } = gemini.readRequest({
      contents: [
        said,
        {
          role: 'model',
          parts: [
            { functionCall: { name: 'read', args: { path: 'a' } } },
            { functionCall: { name: 'list' } },
            { functionCall: { name: 'read', args: { path: 'b' } } },
            { functionCall: { name: 'read', id: 'given', args: {} } },
          ],
        },
        {
          role: 'function',
          parts: [
            { functionResponse: { name: 'list', response: { error: 'No.' } } },
            { functionResponse: { name: 'read', id: 'given', response: { output: 'C' } } },
            { functionResponse: { name: 'read', response: { output: 'A' } } },
            { functionResponse: { name: 'read', response: { lines: 2, text: 'B' } } },
          ],
        },
        { role: 'model', parts: [{ functionCall: { name: 'list' } }] },
        { role: 'user', parts: [{ functionResponse: { name: 'list', response: {} } }] },
      ],
    });
    const call = (callId: string, name: string, args = '{}') => ({
      kind: 'tool-call',
      callId,
      name,
      arguments: args,
    });
    const result = (callId: string, text: string, more = {}) => ({
      kind: 'tool-result',
      callId,
      parts: text === '' ? [] : [{ kind: 'text', text }],
      ...more,
    });
    expect(read.messages.slice(1).map(({ parts }) => parts)).toEqual([
      [
        call('call_1', 'read', '{"path":"a"}'),
        call('call_2', 'list'),
        call('call_3', 'read', '{"path":"b"}'),
        call('given', 'read'),
      ],
      [
        result('call_2', 'No.', { failed: true }),
        result('given', 'C'),
        result('call_1', 'A'),
        result('call_3', '{"lines":2,"text":"B"}'),
      ],
      [call('call_5', 'list')],
      [result('call_5', '')],
    ]);
  });

  test('has its thinking back with its signatures, and what other makers sealed', () => {
    const seal = { maker: 'anthropic', model: 'claude-sonnet-5-5', signature: 'EqQB' };
    const { conversation: read } = gemini.readRequest({
      contents: [
        said,
        {
          role: 'model',
          parts: [
            { text: 'Er', thought: true },
            { text: 'st', thought: true },
            { text: 'A', thoughtSignature: 'CiEB' },
            { text: 'B' },
            { functionCall: { name: 'list' }, thoughtSignature: writeSeal(seal) },
            { functionCall: { name: 'list' }, thoughtSignature: 'skip_thought_signature_validator' },
          ],
        },
      ],
    });
    expect(read.messages[1]?.parts.filter(({ kind }) => kind !== 'tool-call')).toEqual([
      { kind: 'thinking', text: 'Erst', signature: 'CiEB', maker: 'google' },
      { kind: 'text', text: 'AB' },
      { kind: 'thinking', text: '', ...seal },
    ]);
  });

  test('has an answer of which each chunk was kept as a content of its own as one message', () => {
    const model = (part: object) => ({ role: 'model', parts: [part] });
    const { conversation: read } = gemini.readRequest({
      contents: [
        said,
        model({ text: 'Erst', thought: true }),
        model({ text: 'Grü', thoughtSignature: 'CiEB' }),
        model({ text: 'ße' }),
        model({ functionCall: { name: 'read', args: {} } }),
        model({ functionCall: { name: 'read', args: {} } }),
        model({ text: '' }),
        {
          role: 'user',
          parts: [
            { functionResponse: { name: 'read', response: { output: 'A' } } },
            { functionResponse: { name: 'read', response: { output: 'B' } } },
          ],
        },
      ],
    });
    expect(read.messages.slice(1).map(({ parts }) => parts)).toMatchObject([
      [
        { kind: 'thinking', text: 'Erst', signature: 'CiEB' },
        { kind: 'text', text: 'Grüße' },
        { kind: 'tool-call', callId: 'call_1' },
        { kind: 'tool-call', callId: 'call_2' },
      ],
      [
        { kind: 'tool-result', callId: 'call_1' },
        { kind: 'tool-result', callId: 'call_2' },
      ],
    ]);
  });

  test('may carry images, documents and addresses, in either spelling of the names', () => {
    const { conversation: read, lost } = gemini.readRequest({
      system_instruction: { parts: { text: 'S' } },
      contents: [
        {
          parts: [
            { inline_data: { mime_type: 'image/png', data: 'AAAA' } },
            { inlineData: { mimeType: 'application/pdf', data: 'JVBE', displayName: 'plan' } },
            { fileData: { mimeType: 'image/png', fileUri: 'https://a.test/i.png' } },
            {
              fileData: { mimeType: 'image/png', fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/x' },
            },
            { inlineData: { mimeType: 'audio/wav', data: 'UklG' } },
            { videoMetadata: {}, executableCode: { code: 'x' } },
          ],
        },
      ],
      generation_config: { max_output_tokens: 5, thinking_config: { thinking_budget: 0 } },
    });
    expect(read).toMatchObject({ system: [{ text: 'S' }], maxOutputTokens: 5, effort: 'none' });
    expect(read.messages[0]?.parts).toEqual([
      { kind: 'image', mediaType: 'image/png', base64: 'AAAA' },
      { kind: 'document', mediaType: 'application/pdf', base64: 'JVBE', name: 'plan' },
      { kind: 'image-url', url: 'https://a.test/i.png' },
      { kind: 'text', text: '[A file could not be passed on.]' },
      { kind: 'text', text: '[A recording could not be passed on.]' },
    ]);
    expect(lost.map(({ what }) => what)).toEqual([
      'a file that stands elsewhere',
      'media of type audio/wav',
      'a part of the kind "executableCode"',
    ]);
  });

  const deep = JSON.parse(`${'{"a":'.repeat(200)}1${'}'.repeat(200)}`);
  test.each<[string, unknown]>([
    ['The body is not a JSON object.', 'x'],
    ['contents: ', {}],
    ['contents[0]: ', { contents: ['Hi'] }],
    ['contents[1].role: ', { contents: [said, { role: 'system', parts: [] }] }],
    ['contents[0].parts[1]: ', { contents: [{ parts: [{ text: 'a' }, 5] }] }],
    ['tools[0].functionDeclarations[0]: ', { contents: [said], tools: [{ functionDeclarations: ['x'] }] }],
    [
      'contents[0].parts[0].functionCall.args: ',
      { contents: [{ role: 'model', parts: [{ functionCall: { args: deep } }] }] },
    ],
  ])('that is none is refused: %s', (message, body) => {
    expect(() => gemini.readRequest(body)).toThrow(
      expect.objectContaining({ name: 'RequestFault', message: expect.stringContaining(message) }),
    );
  });
});

describe('a request of a Gemini client that passes through', () => {
  const rewritten = (body: object, changes: Partial<Parameters<typeof gemini.rewrite>[2]>) => {
    const { body: text } = gemini.rewrite(JSON.stringify(body), body, { model: 'gemini-3.8-flash', ...changes });
    return { text, parsed: JSON.parse(text) };
  };

  test('is left byte for byte where nothing was decided', () => {
    const text =
      '{ "contents":[{"parts" : [{"text":"\\u00e4"}]}], "new": 1e2, "generationConfig":{"maxOutputTokens":5} }';
    const { body } = gemini.rewrite(text, JSON.parse(text), { model: 'gemini-3.8-flash', maxOutputTokens: 10 });
    expect(body).toBe(text);
  });

  test.each<[string, object, Partial<Parameters<typeof gemini.rewrite>[2]>, unknown]>([
    ['has its length capped', { maxOutputTokens: 50 }, { maxOutputTokens: 10 }, { maxOutputTokens: 10 }],
    ['is given a length', { topK: 1 }, { maxOutputTokens: 10 }, { topK: 1, maxOutputTokens: 10 }],
    [
      'has its budget of thinking replaced by a level',
      { thinkingConfig: { includeThoughts: true, thinkingBudget: 9 } },
      { effort: 'low' },
      { thinkingConfig: { includeThoughts: true, thinkingLevel: 'low' } },
    ],
    [
      'has a level made a budget for a model that knows no levels',
      { thinkingConfig: { thinkingLevel: 'HIGH' } },
      { model: 'gemini-2.5-flash' },
      { thinkingConfig: { thinkingBudget: 24_576 } },
    ],
    [
      'loses its thinking where the model has none',
      { thinkingConfig: { thinkingLevel: 'HIGH' }, topK: 1 },
      { model: 'gemma-4', effort: 'high' },
      { topK: 1 },
    ],
  ])('%s', (_, generationConfig, changes, expected) => {
    expect(rewritten({ contents: [], generationConfig }, changes).parsed.generationConfig).toEqual(expected);
    const snake = { contents: [], generation_config: { max_output_tokens: 50 } };
    expect(rewritten(snake, { maxOutputTokens: 10 }).parsed.generation_config).toEqual({ max_output_tokens: 10 });
  });

  test('has foreign seals taken out, and a word put where the model wants a signature', () => {
    const contents = (first?: string, second?: string, text?: string) => [
      said,
      {
        role: 'model',
        parts: [
          { text: 'x', thoughtSignature: text },
          { functionCall: { name: 'a' }, thoughtSignature: first },
          { functionCall: { name: 'b' }, thoughtSignature: second },
        ],
      },
    ];
    const foreign = writeSeal({ maker: 'anthropic', signature: 's' });
    const own = writeSeal({ maker: 'google', model: 'gemini-3.8-flash', signature: 'CiEB' });
    const sent = (first?: string, second?: string, text?: string, model = 'gemini-3.8-flash') =>
      rewritten({ contents: contents(first, second, text) }, { model }).parsed.contents;
    const asSent = (value: unknown) => JSON.parse(JSON.stringify(value));
    const word = 'skip_thought_signature_validator';
    expect(sent()).toEqual(asSent(contents(word)));
    expect(sent(foreign, foreign, foreign)).toEqual(asSent(contents(word)));
    expect(sent(own)).toEqual(asSent(contents('CiEB')));
    expect(sent('CiEB', undefined, 'Cgw=')).toEqual(asSent(contents('CiEB', undefined, 'Cgw=')));
    expect(sent(undefined, undefined, undefined, 'gemini-2.5-pro')).toEqual(asSent(contents()));
    // A stream's chunks, each a content of its own.
    const call = (thoughtSignature?: string) => ({
      role: 'model',
      parts: [{ functionCall: { name: 'a' }, ...(thoughtSignature !== undefined && { thoughtSignature }) }],
    });
    const body = { contents: [said, call(), call(), said, call('CiEB'), call()] };
    const expected = [said, call(word), call(), said, call('CiEB'), call()];
    expect(rewritten(body, {}).parsed.contents).toEqual(expected);
  });
});

describe('an answer to a Gemini client', () => {
  const events: ChatEvent[] = [
    { kind: 'started', servedModel: 'm' },
    { kind: 'thinking', text: 'Er' },
    { kind: 'thinking', text: 'st' },
    { kind: 'thinking-ended', signature: 'EqQB', maker: 'anthropic', model: 'claude-sonnet-5-5' },
    { kind: 'text', text: 'Grü' },
    { kind: 'text', text: 'ße' },
    { kind: 'tool-call-started', index: 0, callId: 'c', name: 'read' },
    { kind: 'tool-call-delta', index: 0, arguments: '{"a":1}' },
    { kind: 'tool-call', index: 0, callId: 'c', name: 'read', arguments: '{"a":1}' },
    {
      kind: 'usage',
      usage: {
        inputTokens: 5,
        cacheReadTokens: 3,
        cacheWriteTokens: 2,
        outputTokens: 9,
        reasoningTokens: 4,
        estimated: false,
      },
    },
    { kind: 'finished', reason: 'tool-calls' },
  ];
  const usageMetadata = {
    promptTokenCount: 10,
    cachedContentTokenCount: 3,
    candidatesTokenCount: 5,
    thoughtsTokenCount: 4,
    totalTokenCount: 19,
  };

  test('is whole in one body', () => {
    const { candidates, ...rest } = gemini.whole(events, head) as { candidates: [{ content: { parts: unknown[] } }] };
    expect(rest).toEqual({ usageMetadata, modelVersion: 'gemini-3.8-flash', responseId: 'r1' });
    expect(candidates).toMatchObject([
      {
        index: 0,
        finishReason: 'STOP',
        content: {
          role: 'model',
          parts: [
            { text: 'Erst', thought: true },
            { text: 'Grüße' },
            { functionCall: { id: 'c', name: 'read', args: { a: 1 } } },
          ],
        },
      },
    ]);
    const { thoughtSignature } = candidates[0].content.parts[1] as { thoughtSignature: string };
    expect(readSeal(thoughtSignature)).toEqual({ signature: 'EqQB', maker: 'anthropic', model: 'claude-sonnet-5-5' });
  });

  test('streams as events or as a list, which say the same', () => {
    const sse = gemini.stream(head);
    const list = gemini.stream({ ...head, form: { list: true } });
    const chunks = parseSse()
      .push(events.map((event) => sse.event(event)).join(''))
      .map(({ data }) => JSON.parse(data));
    expect(JSON.parse(events.map((event) => list.event(event)).join(''))).toEqual(chunks);
    expect(chunks.at(-1)).toMatchObject({ candidates: [{ finishReason: 'STOP' }], usageMetadata });
    expect(readGeminiResponse(chunks).at(-1)).toEqual({ kind: 'finished', reason: 'tool-calls' });
  });

  test('that cannot go on ends in an error, in both', () => {
    const fault = { kind: 'cut', message: 'Cut off.' } as const;
    const error = { error: { code: 500, message: 'Cut off.', status: 'INTERNAL' } };
    const sse = gemini.stream(head);
    sse.event(events[1]!);
    expect(sse.fail(fault)).toBe(`data: ${JSON.stringify(error)}\r\n\r\n`);
    const list = gemini.stream({ ...head, form: { list: true } });
    expect(JSON.parse(list.event(events[1]!) + list.fail(fault))).toMatchObject([{}, error]);
    expect(JSON.parse(gemini.stream({ ...head, form: { list: true } }).fail(fault))).toEqual([error]);
  });

  test('that is an error says its name, and when to come back', () => {
    expect(gemini.error(429, { kind: 'rate-limit', message: 'Slow.', retryAfterMs: 1500 })).toEqual({
      error: {
        code: 429,
        message: 'Slow.',
        status: 'RESOURCE_EXHAUSTED',
        details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '2s' }],
      },
    });
    expect(gemini.error(400, { kind: 'bad-request', message: 'No.' })).toEqual({
      error: { code: 400, message: 'No.', status: 'INVALID_ARGUMENT' },
    });
  });
});
