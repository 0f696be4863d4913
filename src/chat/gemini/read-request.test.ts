import { describe, expect, test } from 'vitest';
import { writeSeal } from '../sealed-thinking.ts';
import { gemini } from './index.ts';

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
    expect(lost.map(({ where }) => where)).toEqual([
      'tools[1]',
      'generationConfig.topK',
      'safetySettings',
      'somethingNew',
    ]);
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
  test.each([
    [
      { type: 'OBJECT', properties: { score: { type: 'INTEGER' } } },
      { type: 'object', properties: { score: { type: 'integer' } } },
    ],
    [{ type: 'object', properties: { TYPE: { type: 'string', example: 'A' } } }, undefined],
  ])('its schema of an answer is JSON Schema whatever the field says: %j', (responseJsonSchema, read) => {
    const { conversation } = gemini.readRequest({ contents: [], generationConfig: { responseJsonSchema } });
    expect(conversation.output).toEqual({ kind: 'json-schema', name: 'response', schema: read ?? responseJsonSchema });
  });

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
