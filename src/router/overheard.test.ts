// What is told of a stream by the bytes that repeat is what its parser says of it, whatever the pieces it comes in.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anthropicMessages } from '../chat/anthropic/index.ts';
import type { ClientDialect, StreamDecoder } from '../chat/dialect.ts';
import { openAiChat } from '../chat/openai-chat/index.ts';
import { openAiResponses } from '../chat/openai-responses/index.ts';
import { parseSse } from '../chat/sse.ts';
import type { AttemptTap } from './dispatch.ts';
import { hear, Overheard } from './overheard.ts';
import { RepeatedFrame } from './repeatedFrame.ts';

interface Heard {
  said: string;
  usage: unknown[];
  models: string[];
  fault: unknown;
}

function listener(): { readonly heard: Heard; readonly tap: AttemptTap } {
  const heard: Heard = { said: '', usage: [], models: [], fault: undefined };
  const tap: AttemptTap = {
    place: 0,
    commit: () => undefined,
    said: (text) => {
      heard.said += text;
    },
    usage: (usage) => heard.usage.push(usage),
    servedModel: (model) => heard.models.push(model),
  };
  return { heard, tap };
}

function attempt(heard: Heard, work: () => void): void {
  try {
    work();
  } catch (fault) {
    heard.fault = String(fault);
  }
}

/** Every event parsed, in one piece. */
function parsed(decoder: StreamDecoder, bytes: Buffer): Heard {
  const { heard, tap } = listener();
  attempt(heard, () => {
    let isFinished = false;
    const all = (events: ReturnType<StreamDecoder['push']>): void => {
      for (const event of events) hear(event, tap);
      isFinished ||= events.some(({ kind }) => kind === 'finished');
    };
    for (const event of parseSse().push(bytes)) all(decoder.push(event));
    if (!isFinished) all(decoder.end());
  });
  return heard;
}

function overheard(decoder: StreamDecoder, pieces: readonly Buffer[]): Heard {
  const { heard, tap } = listener();
  const hearing = new Overheard(decoder, tap);
  attempt(heard, () => {
    for (const [at, piece] of pieces.entries()) {
      if (!hearing.isFinished) hearing.push(at % 2 === 0 ? piece : new Uint8Array(piece));
    }
    hearing.end();
  });
  return heard;
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1))), bytes.length].sort((a, b) => a - b);
  return ends.map((end, at) => bytes.subarray(ends[at - 1] ?? 0, end));
}

const text = fc.oneof(
  { weight: 3, arbitrary: fc.constant('a') },
  { weight: 3, arbitrary: fc.constantFrom(' few words', '', 'é', '😀', '\n\n', '"', '\\', '[DONE]', '\u2028') },
  fc.string({ unit: 'binary', maxLength: 6 }),
);
/** A text as servers write it: some escape more than they must, some what they must not. */
const quoted = fc.oneof(
  { weight: 4, arbitrary: text.map((said) => JSON.stringify(said)) },
  text.map((said) =>
    JSON.stringify(said).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  ),
  fc.constantFrom('"\t"', '"\\x"', '"\\u00"', 'null', '["a"]', '"a","more":"b"'),
);
const others = fc.record({
  T: quoted,
  N: fc.constantFrom('0', '1', '7', '12', '012', '1e3', '-1', '1.5', ''),
  F: fc.constantFrom('', 'xY', 'x y z', '\\n', '\\', 'é', '"'),
  S: fc.constantFrom('', '', ' ', '    '),
});

/** Frames, of which the parts differ that are put in at `<T>`, a text, `<N>`, a number, `<F>`, filling, and `<S>`, spaces. */
const frames: Readonly<Record<string, { readonly dialect: ClientDialect; readonly data: readonly string[] }>> = {
  'anthropic-messages': {
    dialect: anthropicMessages,
    data: [
      '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":<T>}<S>}',
      '{"type":"content_block_delta","index":1,"delta":{"type":"thinking_delta","thinking":<S><T>}}',
      '{"type":"content_block_delta","delta":{"type":"text_delta","text":<T>},"obfuscation":"<F>"<S>}',
      '{"type":"content_block_delta","delta":{"type":"text_delta","text":<T>},"text":"a"}',
      '{"type":"content_block_delta","delta":{"type":"text_delta","text":"a"},"text":<T>}',
      '{"text":"a","type":"content_block_delta","delta":{"type":"text_delta","text":<T>}}',
      '{"text":<T>,"type":"content_block_delta","delta":{"type":"text_delta","text":"a"}}',
      '{"type":"content_block_delta","delta":{"type":"text_delta","t\\u0065xt":"a"},"x":{"text":<T>}}',
      '{"type":"content_block_delta","delta":{"type":"text_delta","text":<T>,"t\\u0065xt":"a"}}',
      '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":<T>}}',
      '{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"n","input":{}}}',
      '{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":<T>}}',
      '{"type":"ping"}',
      '{"type":"message_start","message":{"id":"m","model":"m","usage":{"input_tokens":3}}}',
      '{"type":"content_block_stop","index":<N>}',
      '{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}',
      '{"type":"message_stop"}',
      '{"type":"error","error":{"type":"overloaded_error","message":<T>}}',
    ],
  },
  'openai-chat': {
    dialect: openAiChat,
    data: [
      '{"id":"c","model":"m","choices":[{"index":0,"delta":{"content":<T>},"finish_reason":null}],"obfuscation":"<F>"}',
      '{"choices":[{"index":0,"delta":{"reasoning_content":<S><T>}}]}',
      '{"choices":[{"index":0,"delta":{"reasoning":<T>}}]}',
      '{"choices":[{"index":0,"delta":{"reasoning":<T>,"reasoning_content":"a"}}]}',
      '{"choices":[{"index":0,"delta":{"reasoning":"a","reasoning_content":<T>}}]}',
      '{"id":"c","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}',
      '{"choices":[{"index":0,"delta":{"content":<T>,"refusal":"a"}}]}',
      '{"choices":[{"index":0,"delta":{"content":"","refusal":<T>}}]}',
      '{"choices":[{"index":0,"delta":{"refusal":"a"}}],"x":{"content":<T>}}',
      '{"choices":[{"index":0,"delta":{"content":["content",{"text":<T>}]}}]}',
      '{"choices":[{"index":0,"delta":{"content":<T>}},{"index":0,"delta":{"content":"a"}}]}',
      '{"choices":[{"index":1,"delta":{"content":<T>}}]}',
      '{"choices":[{"index":0,"delta":{"content":<T>,"tool_calls":[{"index":0,"id":"i","function":{"name":"n"}}]}}]}',
      '{"choices":[{"index":0,"delta":{"content":<T>},"finish_reason":"stop"}]}',
      '{"choices":[{"index":0,"delta":{"content":<T>},"finish_reason":"error"}]}',
      '{"choices":[{"index":0,"delta":{"content":<T>}}],"usage":{"prompt_tokens":3,"completion_tokens":<N>}}',
      '{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}}',
      '{"error":{"message":<T>,"type":"server_error"}}',
      '[DONE]',
    ],
  },
  'openai-responses': {
    dialect: openAiResponses,
    data: [
      '{"type":"response.output_text.delta","sequence_number":<N>,"item_id":"i","output_index":0,"delta":<T>,"obfuscation":"<F>"}',
      '{"type":"response.reasoning_text.delta","item_id":"i","output_index":1,"delta":<T>,"sequence_number": <N><S>}',
      '{"type":"response.output_text.delta","output_index":<N>,"delta":<T>}',
      '{"type":"response.refusal.delta","delta":<T>}',
      '{"type":"response.created","sequence_number":<N>,"response":{"id":"r","model":"m"}}',
      '{"type":"response.output_item.done","output_index":0,"item":{"type":"message","content":[{"type":"output_text","text":<T>}]}}',
      '{"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","summary":[{"text":<T>}]}}',
      '{"type":"response.function_call_arguments.delta","output_index":2,"delta":<T>}',
      '{"type":"response.completed","response":{"status":"completed","usage":{"input_tokens":3,"output_tokens":1}}}',
      '{"type":"response.failed","response":{"error":{"code":"server_error","message":<T>}}}',
    ],
  },
};

const around = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(['', '\n\n'], ['event: delta\n', '\n\n'], ['', '\r\n\r\n']) },
  fc.constantFrom(['', '\r\r'], ['', '\n'], ['', '\n\r\n'], ['', '\r\n\n'], ['', '\n\n\n'], ['', '']),
  fc
    .constantFrom('event: delta\r\n', 'id: 7\n', ': ping\n\n', ': {"text":<T>}\n', '\uFEFF', 'data: {\n', '\n', ' ')
    .map((head) => [head, '\n\n']),
);

/** A stream of a dialect: runs of frames that differ in little, some of them broken. */
function streamOf(data: readonly string[]): fc.Arbitrary<Buffer> {
  const usual = fc.nat({ max: 2 }).map((at) => data[at] ?? '');
  const frame = fc
    .tuple(around, fc.oneof({ weight: 2, arbitrary: usual }, fc.constantFrom(...data)))
    .map(([[head = '', tail = ''], said]) => `${head}data: ${said}${tail}`);
  const run = fc
    .tuple(frame, fc.array(others, { minLength: 1, maxLength: 4 }))
    .map(([one, all]) =>
      all.map((put) => one.replace(/<([TNFS])>/g, (_, part: keyof typeof put) => put[part])).join(''),
    );
  const bytes = fc.constantFrom(0xc3, 0xa9, 0x22, 0x5c, 0x0a, 0x0d, 0x00, 0x20, 0x7d);
  return fc
    .tuple(fc.array(run, { maxLength: 10 }), fc.array(fc.tuple(fc.nat(), bytes), { maxLength: 1 }))
    .map(([runs, broken]) => {
      const whole = Buffer.from(runs.join(''));
      for (const [place, byte] of broken) if (whole.length > 0) whole[place % whole.length] = byte;
      return whole;
    });
}

describe.each(Object.entries(frames))('a stream of %s', (_, made) => {
  it('is heard as it is parsed', () => {
    fc.assert(
      fc.property(streamOf(made.data), fc.array(fc.nat(), { maxLength: 8 }), (bytes, places) => {
        expect(overheard(made.dialect.readStream(), cut(bytes, places))).toEqual(
          parsed(made.dialect.readStream(), bytes),
        );
      }),
      { numRuns: 2_000 },
    );
  });
});

const words = (key: string): string => `data: {"choices":[{"delta":{"${key}":"a"}}]}\n\n`;

it.each([
  ['a frame that another one is cut off by', ['data: {"x":"', words('content')]],
  [
    'a line that only ends as a frame does',
    [words('content').replace('\n\n', '\nx'), 'data: {"content":"b"}\n\n', 'data: {"content":"b"}\n\n'],
  ],
])('%s is none that repeats', (_, pieces) => {
  const bytes = [words('content'), words('content'), ...pieces].map((piece) => Buffer.from(piece));
  expect(overheard(openAiChat.readStream(), bytes)).toEqual(parsed(openAiChat.readStream(), Buffer.concat(bytes)));
});

const usualOf: Readonly<Record<string, (word: string, at: number) => string>> = {
  'anthropic-messages': (word, at) =>
    `event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${word}"}${' '.repeat(at % 3)}}\n\n`,
  'openai-chat': (word, at) =>
    `data: {"id":"c","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"content":"${word}"},"finish_reason":null}],"usage":null,"obfuscation":"${'x'.repeat(at % 5)}"}\r\n\r\n`,
  'openai-responses': (word, at) =>
    `event: response.output_text.delta\ndata: {"type": "response.output_text.delta", "sequence_number": ${at}, "item_id": "i", "output_index": 0, "delta": "${word}"}\n\n`,
};

it.each(Object.entries(usualOf))('what repeats in a stream of %s is not parsed', (dialect, usual) => {
  const decoder = frames[dialect]?.dialect.readStream() as StreamDecoder;
  let read = 0;
  const counting: StreamDecoder = {
    ...decoder,
    push: (event) => {
      read += 1;
      return decoder.push(event);
    },
  };
  const { heard, tap } = listener();
  const hearing = new Overheard(counting, tap);
  const words = Array.from({ length: 100 }, (_, at) => ['word ', 'é ', '\\n', '\\u00e9'][at % 4] ?? '');
  for (const [at, word] of words.entries()) hearing.push(Buffer.from(usual(word, at)));
  expect(heard.said).toBe('word é \né'.repeat(25));
  // The first, which also starts the answer, and the one that is learned from.
  expect(read).toBeLessThanOrEqual(2);
});

it('the same frame says another text where another key is read', () => {
  const frame = Buffer.from('data: {"text":"a","content":"b"}\n\n');
  const said = (key: string): string | undefined => {
    const spelt = RepeatedFrame.of(frame, key);
    return spelt?.endOf(frame, 0) === frame.length ? spelt.text(frame) : undefined;
  };
  expect([said('text'), said('content'), said('text')]).toEqual(['a', 'b', 'a']);
});
