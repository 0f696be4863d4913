import fc from 'fast-check';
import type {
  AssistantPart,
  Conversation,
  Effort,
  ImageDetail,
  Message,
  Tool,
  ToolResultPart,
  UserPart,
} from '../conversation.ts';
import { anyNotes } from './conversations.ts';

/**
 * What a dialect can say beyond text, images, documents of PDF, functions, parallel calls, results, a length and a
 * schema of the answer, which all of them can. Two dialects have in common what both can say.
 */
export interface Sayings {
  /** Instructions in parts; else they are one text. */
  readonly systemParts: boolean;
  readonly breakpoints: boolean;
  readonly gifs: boolean;
  readonly documentNames: boolean;
  /** Documents of text; else they are text of the message. */
  readonly textDocuments: boolean;
  /** That a tool failed; else its result says so in words. */
  readonly failedResults: boolean;
  readonly resultImages: boolean;
  readonly customTools: boolean;
  readonly namespaces: boolean;
  readonly stop: boolean;
  /** The name of the schema of an answer, and whether it is to be obeyed to the letter. */
  readonly schemaNames: boolean;
  /** That calls are to come one at a time. */
  readonly singleCalls: boolean;
  /** That calls obey the schema of their tool to the letter. */
  readonly strictTools: boolean;
  /** How closely an image is to be looked at. */
  readonly details: boolean;
  /** How wordy the answer is to be; only models that reason can be told. */
  readonly verbosity: boolean;
  /** What is said to the provider and not to the model. */
  readonly notes: boolean;
}

export function both(one: Sayings, other: Sayings): Sayings {
  return Object.fromEntries(
    Object.entries(one).map(([name, can]) => [name, can && other[name as keyof Sayings]]),
  ) as unknown as Sayings;
}

/** Models of two kinds: those that take a temperature and the demand for a tool, and those that take an effort. */
export type ModelKind = 'samples' | 'reasons';

const said = fc.oneof(
  fc.constantFrom(
    'hello',
    'Grüße 🦊',
    '```ts\nx\n```',
    '</insert>\r\n',
    ' padded ',
    '{"a":1}',
    'a\u2028b',
    '"\\u0041"',
  ),
  fc.string({ minLength: 1, maxLength: 20 }).map((text) => `.${text}`),
);
const base64 = fc.uint8Array({ minLength: 1, maxLength: 12 }).map((bytes) => btoa(String.fromCharCode(...bytes)));
const optionally = <Value extends object>(can: boolean, value: fc.Arbitrary<Value>): fc.Arbitrary<Value | object> =>
  can ? fc.oneof(fc.constant({}), value) : fc.constant({});

function userPart(can: Sayings): fc.Arbitrary<UserPart> {
  const mediaType = fc.constantFrom('image/png', 'image/jpeg', 'image/webp', ...(can.gifs ? ['image/gif'] : []));
  const name = can.documentNames ? fc.record({ name: fc.constantFrom('plan.pdf', 'ünï.pdf') }) : fc.constant({});
  const pdf = base64.chain((data) =>
    name.map((named) => ({ kind: 'document' as const, mediaType: 'application/pdf', base64: data, ...named })),
  );
  const plain = said.chain((text) => {
    const data = btoa(String.fromCharCode(...new TextEncoder().encode(text)));
    return name.map((named) => ({ kind: 'document' as const, mediaType: 'text/plain', base64: data, ...named }));
  });
  const detail = optionally(can.details, fc.record({ detail: fc.constantFrom<ImageDetail>('low', 'high') }));
  const image = fc.record({ kind: fc.constant('image' as const), mediaType, base64 });
  const address = fc.constantFrom('https://a.test/i.png', 'https://a.test/i?x=1');
  return fc.oneof(
    fc.tuple(image, detail).map(([shown, wanted]) => ({ ...shown, ...wanted })),
    fc.tuple(address, detail).map(([url, wanted]) => ({ kind: 'image-url' as const, url, ...wanted })),
    pdf,
    ...(can.textDocuments ? [plain] : []),
  );
}

/** A schema that every maker's models can be held to. */
const closed = {
  type: 'object',
  properties: { path: { type: 'string' } },
  required: ['path'],
  additionalProperties: false,
};

function tools(can: Sayings): fc.Arbitrary<Tool[]> {
  const parameters = fc.constantFrom(
    { type: 'object', properties: {} },
    { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
  );
  const plain = fc.record({ parameters, description: said });
  const one = fc.tuple(
    plain,
    optionally(can.customTools, fc.constant({ custom: {}, parameters: undefined })),
    optionally(can.strictTools, fc.constant({ strict: true as const, parameters: closed })),
    optionally(can.namespaces, fc.record({ namespace: fc.constantFrom('files', 'net') })),
  );
  return fc.array(one, { maxLength: 4 }).map((list) =>
    // Tools of one group stand together where there are groups.
    list
      .map(
        ([tool, custom, strict, namespace], index): Tool => ({
          ...tool,
          name: `tool_${index}`,
          ...('custom' in custom ? custom : strict),
          ...namespace,
        }),
      )
      .sort((a, b) => (a.namespace ?? '').localeCompare(b.namespace ?? '')),
  );
}

interface Round {
  readonly asked: string;
  readonly shown: readonly UserPart[];
  readonly thought: boolean;
  readonly answered: string;
  readonly calls: readonly {
    readonly tool: number;
    readonly args: unknown;
    readonly input: string;
    readonly result: string;
    readonly failed: boolean;
    readonly image: boolean;
  }[];
}

function round(can: Sayings): fc.Arbitrary<Round> {
  return fc.record({
    asked: said,
    shown: fc.array(userPart(can), { maxLength: 2 }),
    thought: fc.boolean(),
    answered: said,
    calls: fc.array(
      fc.record({
        tool: fc.nat(),
        args: fc.constantFrom<unknown>({}, { path: 'src/ä.ts' }, { n: [1, { a: null }], '\u2028': 'x' }),
        input: said,
        result: said,
        failed: can.failedResults ? fc.boolean() : fc.constant(false),
        image: can.resultImages ? fc.boolean() : fc.constant(false),
      }),
      { maxLength: 3 },
    ),
  });
}

function messagesOf(
  rounds: readonly Round[],
  offered: readonly Tool[],
  thinking: AssistantPart | undefined,
): Message[] {
  let count = 0;
  const messages: Message[] = [];
  for (const { asked, shown, thought, answered, calls } of rounds) {
    const made = offered.length === 0 ? [] : calls.map((call) => ({ ...call, callId: `call_${++count}` }));
    messages.push({ role: 'user', parts: [{ kind: 'text', text: asked }, ...shown] });
    messages.push({
      role: 'assistant',
      parts: [
        ...(thought && thinking !== undefined ? [thinking] : []),
        { kind: 'text', text: answered },
        ...made.map(({ callId, tool, args, input }): AssistantPart => {
          const { name, custom, namespace } = offered[tool % offered.length] as Tool;
          return {
            kind: 'tool-call',
            callId,
            name,
            arguments: custom === undefined ? JSON.stringify(args) : input,
            ...(custom !== undefined && { custom: true }),
            ...(namespace !== undefined && { namespace }),
          };
        }),
      ],
    });
    if (made.length > 0) messages.push({ role: 'user', parts: made.map(resultOf) });
  }
  return [...messages, { role: 'user', parts: [{ kind: 'text', text: 'Go on.' }] }];
}

function resultOf({ callId, result, failed, image }: Round['calls'][number] & { readonly callId: string }): UserPart {
  const shown: ToolResultPart[] = image ? [{ kind: 'image', mediaType: 'image/png', base64: 'AAAA' }] : [];
  const parts: ToolResultPart[] = [{ kind: 'text', text: result }, ...shown];
  return { kind: 'tool-result', callId, parts, ...(failed && { failed }) };
}

/** Conversations that say nothing but what `can` says, as agents have them; `thinking` is what this maker can be given back. */
export function conversationsOf(
  can: Sayings,
  kind: ModelKind,
  thinking: AssistantPart | undefined,
): fc.Arbitrary<Conversation> {
  const breakpoint = optionally(can.breakpoints, fc.constant({ cacheBreakpoint: true }));
  const system = fc.tuple(said, breakpoint).map(([text, asked]) => ({ text, ...asked }));
  const settings = {
    maxOutputTokens: fc.integer({ min: 16, max: 100_000 }),
    output: fc.record(
      {
        kind: fc.constant('json-schema' as const),
        name: fc.constantFrom('plan', 'an-answer'),
        schema: fc.constantFrom({ type: 'object' }, { type: 'object', properties: { a: { type: 'number' } } }),
        strict: fc.boolean(),
      },
      { requiredKeys: ['kind', 'name', 'schema', 'strict'] },
    ),
    temperature: fc.constantFrom(0, 0.5, 1),
    stop: fc.uniqueArray(fc.constantFrom('END', '\n}', '```'), { minLength: 1, maxLength: 3 }),
    effort: fc.constantFrom<Effort>('low', 'medium', 'high'),
    verbosity: fc.constantFrom('low' as const, 'high' as const),
    notes: anyNotes,
  };
  return fc
    .record({
      system: fc.array(system, { maxLength: 3 }),
      offered: tools(can),
      rounds: fc.array(round(can), { minLength: 1, maxLength: 3 }),
      choice: fc.constantFrom('auto', 'none', 'required', 'tool', undefined),
      single: can.singleCalls ? fc.boolean() : fc.constant(false),
      settings: fc.record(settings, { requiredKeys: ['maxOutputTokens'] }),
    })
    .map(
      ({
        system: instructions,
        offered,
        rounds,
        choice,
        single,
        settings: { temperature, stop, effort, verbosity, notes, ...rest },
      }) => {
        const demands = choice === 'required' || choice === 'tool';
        const first = offered[0];
        return {
          system: instructions,
          messages: messagesOf(rounds, offered, thinking),
          tools: offered,
          ...(choice !== undefined &&
            first !== undefined &&
            !(demands && kind === 'reasons') && {
              toolChoice: choice === 'tool' ? { kind: choice, name: first.name } : { kind: choice },
            }),
          // Some dialects say it as a part of the choice, and what is not to be called comes at no time.
          ...(single && first !== undefined && choice === 'auto' && { parallelToolCalls: false as const }),
          ...rest,
          ...(kind === 'reasons' && verbosity !== undefined && can.verbosity && { verbosity }),
          ...(notes !== undefined && can.notes && { notes }),
          ...(kind === 'samples' && temperature !== undefined && { temperature }),
          ...(kind === 'samples' && stop !== undefined && can.stop && { stop }),
          ...(kind === 'reasons' && effort !== undefined && { effort }),
        };
      },
    );
}

/** What a conversation says, in one form whatever the borders of its messages: of that, what `can` says. */
export function essence(conversation: Conversation, can: Sayings): unknown {
  const { system, messages, tools: offered, output, ...settings } = conversation;
  const texts = system.map(({ text, cacheBreakpoint }) =>
    can.breakpoints ? { text, cacheBreakpoint: cacheBreakpoint === true } : text,
  );
  const spans: { readonly role: string; readonly parts: unknown[] }[] = [];
  for (const { role, parts } of messages) {
    const last = spans.at(-1);
    const span = last?.role === role ? last : { role, parts: [] };
    if (span !== last) spans.push(span);
    span.parts.push(...parts.map((part) => partEssence(part, can)));
  }
  return {
    ...settings,
    system: can.systemParts ? texts : system.map(({ text }) => text).join('\n\n'),
    messages: spans,
    tools: offered.map(({ custom, parameters, ...tool }) =>
      custom === undefined ? { ...tool, parameters } : { ...tool, custom },
    ),
    output: output === undefined || can.schemaNames ? output : output.schema,
  };
}

function partEssence(part: UserPart | AssistantPart, can: Sayings): unknown {
  switch (part.kind) {
    case 'document':
      return can.documentNames ? part : { ...part, name: undefined };
    case 'tool-call':
      return part.custom === true ? part : { ...part, arguments: JSON.parse(part.arguments) as unknown };
    case 'tool-result':
      return { ...part, failed: part.failed === true };
    default:
      return part;
  }
}
