import fc from 'fast-check';
import type {
  AssistantPart,
  Conversation,
  Effort,
  Message,
  ProviderNotes,
  ToolResultPart,
  UserPart,
} from '../conversation.ts';

const base64 = fc.uint8Array({ maxLength: 12 }).map((bytes) => btoa(String.fromCharCode(...bytes)));
const words = fc.oneof(
  fc.constantFrom('', ' ', '\n\t', 'hello', 'Grüße 🦊', '```ts\nx\n```', '</insert>', '\u0000'),
  fc.string({ maxLength: 20 }),
);
/** Few, so that calls and results meet; and some that no provider accepts. */
const callId = fc.constantFrom('a', 'b', 'call.1', 'call_1', 'call:1', '', 'x'.repeat(80), `${'x'.repeat(64)}y`, 'é🦊');
const toolName = fc.constantFrom('read', 'list', 'mcp.server/tool', 'ünsafe name', '', 'n'.repeat(70));
const mediaType = fc.constantFrom('image/png', 'image/jpeg', 'image/svg+xml', 'application/x');
const breakpoint = fc
  .option(fc.boolean(), { nil: undefined })
  .map((asked) => (asked === undefined ? {} : { cacheBreakpoint: asked }));

const text = fc.tuple(words, breakpoint).map(([said, asked]) => ({ kind: 'text' as const, text: said, ...asked }));
const resultPart: fc.Arbitrary<ToolResultPart> = fc.oneof(
  words.map((said) => ({ kind: 'text' as const, text: said })),
  fc.record({ kind: fc.constant('image' as const), mediaType, base64 }),
);
const userPart: fc.Arbitrary<UserPart> = fc.oneof(
  text,
  fc.tuple(mediaType, base64, breakpoint).map(([type, data, asked]) => ({
    kind: 'image' as const,
    mediaType: type,
    base64: data,
    detail: 'low' as const,
    ...asked,
  })),
  fc
    .constantFrom('https://a.test/i.png', 'http://a.test/i.png', 'data:image/png;base64,AAAA', 'file:///etc/passwd')
    .map((url) => ({ kind: 'image-url' as const, url })),
  fc.record(
    {
      kind: fc.constant('document' as const),
      mediaType: fc.constantFrom('application/pdf', 'text/plain', 'text/csv', 'application/zip'),
      base64,
      name: words,
    },
    { requiredKeys: ['kind', 'mediaType', 'base64'] },
  ),
  fc
    .tuple(callId, fc.array(resultPart, { maxLength: 2 }), fc.boolean(), breakpoint)
    .map(([id, parts, failed, asked]) => ({ kind: 'tool-result' as const, callId: id, parts, failed, ...asked })),
);
const assistantPart: fc.Arbitrary<AssistantPart> = fc.oneof(
  text,
  fc.record(
    {
      kind: fc.constant('thinking' as const),
      text: words,
      signature: fc.constantFrom('', 'sig'),
      sealed: fc.constantFrom('', 'sealed'),
      id: fc.constantFrom('rs_1', ''),
      maker: fc.constantFrom('anthropic', 'openai', 'deepseek', 'google'),
      model: fc.constantFrom('claude-sonnet-5-5', 'gpt-6-sol', 'gemini-3.8-flash', 'other'),
    },
    { requiredKeys: ['kind', 'text'] },
  ),
  fc.record({
    kind: fc.constant('tool-call' as const),
    callId,
    name: toolName,
    arguments: fc.constantFrom('', '{}', '{"path":"a"}', '[1]', '{"cut', 'null'),
  }),
);
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ role: fc.constant('user' as const), parts: fc.array(userPart, { maxLength: 5 }) }),
  fc.record({ role: fc.constant('assistant' as const), parts: fc.array(assistantPart, { maxLength: 5 }) }),
);
const schema = fc.constantFrom<unknown>({ type: 'object', properties: { a: { type: 'string' } } }, {}, null, 'no', []);

/** What is said to a provider, of which at least something. */
export const anyNotes: fc.Arbitrary<ProviderNotes> = fc
  .record(
    {
      tier: fc.constantFrom('flex' as const, 'scale' as const, 'priority' as const),
      metadata: fc.dictionary(fc.constantFrom('team', 'run', '__proto__'), fc.string(), { minKeys: 1 }),
      user: fc.string({ minLength: 1 }),
      safetyId: fc.string({ minLength: 1 }),
    },
    { requiredKeys: [] },
  )
  .filter((notes) => Object.keys(notes).length > 0);

/** Any conversation that a client could send, sensible or not. */
export const anyConversation: fc.Arbitrary<Conversation> = fc.record(
  {
    system: fc.array(
      fc.tuple(words, breakpoint).map(([said, asked]) => ({ text: said, ...asked })),
      { maxLength: 3 },
    ),
    messages: fc.array(message, { maxLength: 8 }),
    tools: fc.array(
      fc
        .tuple(toolName, schema, breakpoint)
        .map(([name, parameters, asked]) => ({ name, description: name, parameters, strict: true as const, ...asked })),
      { maxLength: 4 },
    ),
    toolChoice: fc.oneof(
      fc.constantFrom('auto' as const, 'none' as const, 'required' as const).map((kind) => ({ kind })),
      toolName.map((name) => ({ kind: 'tool' as const, name })),
    ),
    maxOutputTokens: fc.integer({ min: 1, max: 100_000 }),
    temperature: fc.double({ min: 0, max: 2, noNaN: true }),
    topP: fc.double({ min: 0, max: 1, noNaN: true }),
    stop: fc.array(words, { maxLength: 6 }),
    parallelToolCalls: fc.constant(false as const),
    verbosity: fc.constantFrom('low' as const, 'high' as const),
    effort: fc.constantFrom<Effort>('none', 'minimal', 'low', 'medium', 'high', 'max'),
    output: fc.record({ kind: fc.constant('json-schema' as const), name: toolName, schema }),
    notes: anyNotes,
  },
  { requiredKeys: ['system', 'messages', 'tools'] },
);
