import { describe, expect, it } from 'vitest';
import { anthropicMessages } from '../chat/anthropic/index.ts';
import type { ClientDialect } from '../chat/dialect.ts';
import { openAiChat } from '../chat/openai-chat/index.ts';
import type { ProviderFailure } from '../providers/failure.ts';
import type { AttemptTap } from './dispatch.ts';
import { forwardChat } from './forward.ts';

const frame = (data: { readonly type: string; readonly [field: string]: unknown }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
const start = frame({ type: 'message_start', message: { id: 'm', model: 'm', usage: { input_tokens: 3 } } });
const word = (text: string): string =>
  frame({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }) +
  frame({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
const failing = frame({ type: 'error', error: { type: 'overloaded_error', message: 'Too much.' } });
const mebibyte = `: ${'x'.repeat(1024 * 1024 - 4)}\n\n`;

interface Passed {
  readonly failure: ProviderFailure | undefined;
  readonly written: string;
  /** What is kept until the attempt is written down. */
  readonly last: string;
  readonly begun: boolean;
  readonly committed: boolean;
  readonly faultPassed: boolean;
  /** How many of the pieces were taken. */
  readonly taken: number;
}

/** What becomes of an answer that comes in these pieces. */
async function pass(
  pieces: Iterable<string>,
  stream = true,
  dialect: ClientDialect = anthropicMessages,
): Promise<Passed> {
  let [written, last, begun, committed, faultPassed, taken] = ['', '', false, false, false, 0];
  const tap: AttemptTap = {
    place: 0,
    commit: () => {
      committed = true;
    },
    said: () => undefined,
    usage: () => undefined,
    servedModel: () => undefined,
  };
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) {
      taken += 1;
      yield Buffer.from(piece);
    }
  }
  const contentType = stream ? 'text/event-stream' : 'application/json';
  const failure = await forwardChat({
    forward: {
      dialect: dialect.id,
      send: async () => ({ status: 200, contentType, headers: {}, bytes: bytes() }),
    },
    passage: {
      dialect: dialect.id,
      stream,
      headers: {},
      search: '',
      readStream: () => dialect.readStream(),
      readWhole: (body) => dialect.readWhole(body),
      body: () => ({ body: Buffer.from('{}'), lost: [] }),
      begin: () => {
        begun = true;
      },
      write: (piece) => {
        // Of what is endless, the beginning.
        if (written.length < 100_000) written += Buffer.from(piece).toString();
      },
      end: (piece) => {
        last = Buffer.from(piece).toString();
      },
      faultPassed: () => {
        faultPassed = true;
      },
    },
    target: { kind: 'model', target: 'p/m', provider: 'p', model: 'm' },
    body: Buffer.from('{}'),
    options: { signal: new AbortController().signal, deadlineMs: 50_000 },
    tap,
  }).then(
    () => undefined,
    (error: ProviderFailure) => error,
  );
  return { failure, written, last, begun, committed, faultPassed, taken };
}

function* endless(first: string, then: string): Generator<string> {
  yield first;
  for (let pieces = 0; pieces < 1_000; pieces++) yield then;
}

describe('an answer that passes through', () => {
  it('is given up when more comes before its first word than frames can be', async () => {
    const { failure, begun, taken } = await pass(endless(start, mebibyte));
    expect(failure).toMatchObject({ kind: 'malformed', provider: 'p' });
    expect([begun, taken < 12]).toEqual([false, true]);
  });

  it('may begin with one event that is larger than those frames', async () => {
    const large = word('y'.repeat(7_500_000));
    const pieces = [start, mebibyte, mebibyte, ...(large.match(/[\s\S]{1,1000000}/g) ?? [])];
    expect(await pass(pieces)).toMatchObject({ begun: true, failure: { kind: 'cut' } });
  });

  it('is given up when its stream is longer than any, though it has begun', async () => {
    const { failure, committed, taken } = await pass(endless(start + word('Well, '), mebibyte));
    expect(failure).toMatchObject({ kind: 'malformed' });
    expect([committed, taken]).toEqual([true, 257]);
  });

  it('is given up when it is not streamed and longer than any', async () => {
    const { failure, begun, taken } = await pass(endless('{"content":"', 'x'.repeat(1024 * 1024)), false);
    expect(failure).toMatchObject({
      kind: 'malformed',
      message: 'The provider sent more than 32 MB; it was given up.',
    });
    expect([begun, taken]).toEqual([false, 33]);
  });

  it('has begun where its first word and its end by an error come in one piece', async () => {
    const { failure, ...passed } = await pass([start, word('Half') + failing]);
    expect(failure).toMatchObject({ kind: 'overload' });
    expect(passed).toMatchObject({ begun: true, committed: true, faultPassed: true });
    expect(passed.written).toBe(start + word('Half') + failing);
  });

  it('keeps what ends it until it is written down, and nothing of what follows', async () => {
    const end = frame({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } });
    const stop = frame({ type: 'message_stop' });
    const passed = await pass([start, word('Well'), end, stop, mebibyte]);
    expect(passed).toMatchObject({ failure: undefined, written: start + word('Well') + end, last: stop });
  });

  it('has not begun where the error stands alone', async () => {
    expect(await pass([start, failing])).toMatchObject({
      failure: { kind: 'overload' },
      begun: false,
      committed: false,
      written: '',
    });
  });

  it('is passed on as far as it could be read, without the clean end that follows what could not', async () => {
    const chunk = (choice: object): string => `data: ${JSON.stringify({ choices: [{ index: 0, ...choice }] })}\n\n`;
    const half = chunk({ delta: { content: 'Half' } });
    const end = `${chunk({ delta: {}, finish_reason: 'stop' })}data: [DONE]\n\n`;
    const malformed = 'data: {"choices":[{\n\n';
    expect(await pass([half, `${half}${malformed}${end}`], true, openAiChat)).toMatchObject({
      failure: { kind: 'malformed' },
      written: half + half,
      last: '',
      committed: true,
      faultPassed: false,
    });
    // The same where it is also the first piece.
    expect(await pass([`${half}${malformed}${end}`], true, openAiChat)).toMatchObject({ written: half, begun: true });
  });
});
