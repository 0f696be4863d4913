import { deltas, type Stop, stopOf } from './answer.ts';
import { type Json, list, number, object, type Prompt, string, type Turn } from './prompt.ts';
import type { Tokens } from './usage.ts';
import { type Endpoint, type Frame, type Saying, sse } from './wire.ts';

/** The bodies do not say whether they are to be streamed: the method in the path does. */
const common: Omit<Endpoint, 'paths' | 'streams'> = {
  streamType: 'text/event-stream',
  cache: 'automatic',
  refuse: (body) => {
    if (list(body['contents']).length === 0) return '* GenerateContentRequest.contents: contents is not specified';
    // Models before the third generation do not mind.
    if (!/gemini-[3-9]/.test(string(body['model']))) return undefined;
    const calls = list(body['contents']).map(object).map(unsignedCall);
    const unsigned = calls.find((name) => name !== undefined);
    return unsigned === undefined ? undefined : `Function call is missing a thought_signature: ${unsigned}`;
  },
  read: readContents,
  whole: (saying) => ({
    ...chunk(saying, parts(saying), stopReason(stopOf(saying.answer))),
    usageMetadata: usage(saying.tokens),
  }),
  stream: streamChunks,
  error: geminiError,
  errorFrame: (text) => sse(geminiError(503, undefined, text)),
};

/** Gemini's `POST /v1beta/models/{model}:generateContent`. */
export const geminiContent: Endpoint = { ...common, paths: [':generateContent'], streams: () => false };
/** The same as a stream of events, with `?alt=sse`. */
export const geminiStream: Endpoint = { ...common, paths: [':streamGenerateContent'], streams: () => true };

/** The name of the first call of a turn that has no signature, which newer models refuse. */
function unsignedCall({ role, parts: said }: Json): string | undefined {
  if (role !== 'model') return undefined;
  const call = list(said)
    .map(object)
    .find(({ functionCall }) => functionCall !== undefined);
  return call === undefined || string(call['thoughtSignature']) !== ''
    ? undefined
    : string(object(call['functionCall'])['name']);
}

function chunk({ body, number: count }: Saying, said: readonly Json[], finishReason?: string): Json {
  return {
    candidates: [{ content: { parts: said, role: 'model' }, ...(finishReason && { finishReason }), index: 0 }],
    modelVersion: string(body['model']),
    responseId: `simulated${count}`,
  };
}

function parts({ answer, number: count }: Saying): readonly Json[] {
  const signature = { thoughtSignature: btoa(`simulated-signature-${count}`) };
  return [
    ...(answer.thinking === undefined ? [] : [{ text: answer.thinking, thought: true }]),
    ...(answer.text === undefined || answer.text === '' ? [] : [{ text: answer.text }]),
    // Without ids, as the older models call.
    ...(answer.toolCalls ?? []).map((call, index) => ({
      functionCall: { name: call.name, args: call.arguments },
      ...(index === 0 && signature),
    })),
  ];
}

function* streamChunks(saying: Saying): Iterable<Frame> {
  const sent = (data: Json): string =>
    sse({ ...data, usageMetadata: { promptTokenCount: promptTokens(saying.tokens) } });
  for (const part of parts(saying)) {
    const { text, ...rest } = part as { readonly text?: string };
    if (text === undefined) yield { text: sent(chunk(saying, [part])), delta: true };
    else for (const piece of deltas(text)) yield { text: sent(chunk(saying, [{ ...rest, text: piece }])), delta: true };
  }
  const last = chunk(saying, [{ text: '' }], stopReason(stopOf(saying.answer)));
  yield { text: sse({ ...last, usageMetadata: usage(saying.tokens) }), delta: false };
}

function stopReason(stop: Stop): string {
  switch (stop) {
    case 'end':
    case 'tool-calls':
    case 'stop-sequence':
      return 'STOP';
    case 'length':
      return 'MAX_TOKENS';
    case 'refusal':
      return 'SAFETY';
  }
}

function promptTokens(tokens: Tokens): number {
  return tokens.input + tokens.cacheRead + tokens.cacheWrite;
}

/** Google counts cached tokens among the prompt's, and thoughts beside the candidates'. */
function usage(tokens: Tokens): Json {
  return {
    promptTokenCount: promptTokens(tokens),
    cachedContentTokenCount: tokens.cacheRead,
    candidatesTokenCount: tokens.output - tokens.reasoning,
    thoughtsTokenCount: tokens.reasoning,
    totalTokenCount: promptTokens(tokens) + tokens.output,
  };
}

function readContents(body: Json): Prompt {
  const system = list(object(body['systemInstruction'])['parts']).map(object);
  const contents = list(body['contents']).map(object);
  const declared = list(body['tools']).flatMap((group) => list(object(group)['functionDeclarations']).map(object));
  const config = object(body['generationConfig']);
  const limit = number(config['maxOutputTokens']);
  const thinking = object(config['thinkingConfig']);
  const schema = config['responseJsonSchema'] ?? config['responseSchema'];
  return {
    model: string(body['model']),
    turns: [
      ...system.map((part): Turn => ({ kind: 'system', text: string(part['text']) })),
      ...contents.flatMap(({ role, parts: said }) =>
        list(said).flatMap((part) => readPart(role === 'model' ? 'assistant' : 'user', object(part))),
      ),
    ],
    tools: declared.map((tool) => ({ name: string(tool['name']), schema: object(tool['parametersJsonSchema']) })),
    ...(limit === undefined ? {} : { maxOutputTokens: limit }),
    stop: list(config['stopSequences']).map(string),
    ...(schema === undefined ? {} : { answerSchema: object(schema) }),
    thinking: ['MEDIUM', 'HIGH'].includes(string(thinking['thinkingLevel'])),
    segments: [...declared, ...system, ...contents].map((piece) => ({
      text: JSON.stringify(piece),
      breakpoint: false,
    })),
  };
}

function readPart(role: 'user' | 'assistant', part: Json): readonly Turn[] {
  const call = object(part['functionCall']);
  const result = object(part['functionResponse']);
  const image = object(part['inlineData']);
  if (part['functionCall'] !== undefined) {
    return [{ kind: 'call', id: string(call['id']), name: string(call['name']), arguments: object(call['args']) }];
  }
  if (part['functionResponse'] !== undefined) {
    return [{ kind: 'result', id: string(result['id']), text: string(object(result['response'])['output']) }];
  }
  if (part['inlineData'] !== undefined) return [{ kind: 'image', mediaType: string(image['mimeType']) }];
  return part['thought'] === true || string(part['text']) === '' ? [] : [{ kind: role, text: string(part['text']) }];
}

const names: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** Google's error envelope. */
export function geminiError(status: number, code: string | undefined, message: string): Json {
  return { error: { code: status, message, status: code ?? names[status] ?? 'INTERNAL' } };
}
