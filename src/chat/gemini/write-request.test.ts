import { describe, expect, test } from 'vitest';
import type { Conversation, ThinkingPart } from '../conversation.ts';
import { writeGeminiRequest } from './index.ts';

const ask: Conversation = {
  system: [{ text: 'Be brief.' }],
  messages: [{ role: 'user', parts: [{ kind: 'text', text: 'Read a.' }] }],
  tools: [],
};
const write = (conversation: Conversation, model = 'gemini-3.8-flash') => writeGeminiRequest(conversation, { model });

describe('a request to the Gemini API', () => {
  test('has instructions, contents, tools and settings each in its place', () => {
    const parameters = { type: 'object', properties: { path: { type: 'string' } }, $defs: {} };
    const { body, lost } = write({
      ...ask,
      tools: [{ name: 'read', description: 'Reads a file.', parameters }],
      toolChoice: { kind: 'tool', name: 'read' },
      maxOutputTokens: 100,
      temperature: 0.2,
      topP: 0.9,
      stop: ['END'],
      effort: 'high',
      output: { kind: 'json-schema', name: 'answer', schema: { type: 'object' } },
    });
    expect(lost).toEqual([]);
    expect(body).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'Read a.' }] }],
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      tools: [
        { functionDeclarations: [{ name: 'read', description: 'Reads a file.', parametersJsonSchema: parameters }] },
      ],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['read'] } },
      generationConfig: {
        maxOutputTokens: 100,
        temperature: 0.2,
        topP: 0.9,
        stopSequences: ['END'],
        responseMimeType: 'application/json',
        responseJsonSchema: { type: 'object' },
        thinkingConfig: { includeThoughts: true, thinkingLevel: 'HIGH' },
      },
    });
  });

  const thought: ThinkingPart = { kind: 'thinking', text: 'Hm', signature: 'CiEB', maker: 'google' };
  const loop = (thinking: readonly ThinkingPart[]): Conversation => ({
    ...ask,
    messages: [
      ...ask.messages,
      {
        role: 'assistant',
        parts: [
          ...thinking,
          { kind: 'tool-call', callId: 'a', name: 'read', arguments: '{"path":"a"}' },
          { kind: 'tool-call', callId: 'b', name: 'read', arguments: '{"path":"b"}' },
        ],
      },
      {
        role: 'user',
        parts: [
          { kind: 'tool-result', callId: 'b', parts: [{ kind: 'text', text: 'No b.' }], failed: true },
          {
            kind: 'tool-result',
            callId: 'a',
            parts: [
              { kind: 'text', text: 'A' },
              { kind: 'image', mediaType: 'image/png', base64: 'AAAA' },
            ],
          },
        ],
      },
    ],
  });
  const callA = { functionCall: { id: 'a', name: 'read', args: { path: 'a' } } };
  const callB = { functionCall: { id: 'b', name: 'read', args: { path: 'b' } } };
  const image = { inlineData: { mimeType: 'image/png', data: 'AAAA' } };

  test('gives results in the order of their calls, and images within them', () => {
    expect(write(loop([])).body.contents[2]).toEqual({
      role: 'user',
      parts: [
        { functionResponse: { id: 'a', name: 'read', response: { output: 'A' }, parts: [image] } },
        { functionResponse: { id: 'b', name: 'read', response: { error: 'No b.' } } },
      ],
    });
  });

  test('gives images beside the results where the model takes none within them', () => {
    expect(write(loop([]), 'gemini-2.5-pro').body.contents[2]?.parts).toEqual([
      {
        functionResponse: { id: 'a', name: 'read', response: { output: 'A\n[An image follows below.]' } },
      },
      { functionResponse: { id: 'b', name: 'read', response: { error: 'No b.' } } },
      { text: 'The image in the result of call a:' },
      image,
    ]);
  });

  test.each<[string, string, readonly ThinkingPart[], unknown[]]>([
    [
      'its signature stands on the call that followed',
      'gemini-3.8-flash',
      [{ ...thought, model: 'gemini-3.8-flash' }],
      [{ text: 'Hm', thought: true }, { ...callA, thoughtSignature: 'CiEB' }, callB],
    ],
    [
      'of another of Google’s models is left out',
      'gemini-3.8-flash',
      [{ ...thought, model: 'gemini-4-argon' }],
      [{ ...callA, thoughtSignature: 'skip_thought_signature_validator' }, callB],
    ],
    [
      'of another maker is left out',
      'gemini-3.8-flash',
      [{ ...thought, maker: 'anthropic' }],
      [{ ...callA, thoughtSignature: 'skip_thought_signature_validator' }, callB],
    ],
    ['that never was needs no word to older models', 'gemini-2.5-flash', [], [callA, callB]],
    [
      'signed twice keeps both signatures',
      'gemini-3.8-flash',
      [
        { ...thought, text: '' },
        { ...thought, text: '', signature: 'Cgw=' },
      ],
      [{ text: '', thoughtSignature: 'CiEB' }, { ...callA, thoughtSignature: 'Cgw=' }, callB],
    ],
  ])('with thinking: %s', (_, model, thinking, parts) => {
    expect(write(loop(thinking), model).body.contents[1]?.parts).toEqual(parts);
  });

  test('with thinking: a signature that nothing follows stands on an empty text', () => {
    const said = { kind: 'text' as const, text: 'Done.' };
    const { body } = write({
      ...ask,
      messages: [...ask.messages, { role: 'assistant', parts: [said, { ...thought, text: '' }] }, ...ask.messages],
    });
    expect(body.contents[1]?.parts).toEqual([{ text: 'Done.' }, { text: '', thoughtSignature: 'CiEB' }]);
  });

  test.each([
    ['gemini-3.8-flash', 'none', { thinkingLevel: 'MINIMAL', includeThoughts: true }],
    ['gemini-3-pro-preview', 'medium', { thinkingLevel: 'LOW', includeThoughts: true }],
    ['gemini-3.1-pro-preview', 'medium', { thinkingLevel: 'MEDIUM', includeThoughts: true }],
    ['gemini-4-argon', 'max', { thinkingLevel: 'HIGH', includeThoughts: true }],
    ['gemini-flash-latest', 'low', { thinkingLevel: 'LOW', includeThoughts: true }],
    ['gemini-2.5-flash', 'none', { thinkingBudget: 0, includeThoughts: false }],
    ['gemini-2.5-pro', 'none', { thinkingBudget: 128, includeThoughts: true }],
    ['gemini-2.5-pro', 'max', { thinkingBudget: 32_768, includeThoughts: true }],
    ['gemini-2.5-pro', undefined, { includeThoughts: true }],
    ['gemini-2.0-flash', 'high', undefined],
    ['gemma-4', 'high', undefined],
  ] as const)('tells %s of the effort "%s"', (model, effort, thinkingConfig) => {
    const { body, lost } = write({ ...ask, ...(effort !== undefined && { effort }) }, model);
    expect(body.generationConfig?.thinkingConfig).toEqual(thinkingConfig);
    expect(lost.map(({ where }) => where)).toEqual(thinkingConfig === undefined ? ['effort'] : []);
  });

  test('says what it could not carry', () => {
    const { body, lost } = write({
      ...ask,
      messages: [
        {
          role: 'user',
          parts: [
            { kind: 'image', mediaType: 'image/gif', base64: 'R0lG' },
            { kind: 'image-url', url: 'https://a.test/i.jpg' },
            { kind: 'image-url', url: 'http://a.test/i.jpg' },
            { kind: 'document', mediaType: 'application/pdf', base64: 'JVBE', name: 'plan.pdf' },
            { kind: 'document', mediaType: 'text/x-toml', base64: btoa('a = 1') },
            { kind: 'document', mediaType: 'application/zip', base64: 'UEsD' },
          ],
        },
      ],
      tools: [{ name: '1st', parameters: {} }],
    });
    expect(body.contents[0]?.parts).toEqual([
      { text: '[An image of type image/gif could not be passed on.]' },
      { fileData: { fileUri: 'https://a.test/i.jpg', mimeType: 'image/jpeg' } },
      { text: '[An image could not be passed on.]' },
      { inlineData: { mimeType: 'application/pdf', data: 'JVBE' } },
      { inlineData: { mimeType: 'text/plain', data: btoa('a = 1') } },
      { text: '[A document of type application/zip could not be passed on.]' },
    ]);
    expect(lost.map(({ where }) => where)).toEqual([
      'tools[0]',
      'messages[0].parts[0]',
      'messages[0].parts[2]',
      'messages[0].parts[3]',
      'messages[0].parts[5]',
    ]);
  });
});
