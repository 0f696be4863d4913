import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatEvent } from './events.ts';
import { StreamCut, StreamFault } from './fault.ts';
import { decode, piecesOf } from './testing/decode.ts';
import { type Dialect, recordings } from './testing/recordings.ts';

const dialects: readonly Dialect[] = ['anthropic', 'openai-chat', 'openai-responses', 'gemini'];

function kinds(events: readonly ChatEvent[], kind: ChatEvent['kind']): ChatEvent[] {
  return events.filter((event) => event.kind === kind);
}

/** Events with the pieces of one text or call put together, since a stream may be cut anywhere. */
function gathered(events: readonly ChatEvent[]): string {
  return JSON.stringify(events);
}

describe.each(recordings)('the $dialect stream of $name', ({ dialect, bytes, wholeFrom }) => {
  const whole = decode(dialect, [bytes]);

  test('is read to its end: started first, finished once and last', () => {
    expect(whole.thrown).toBeUndefined();
    expect(whole.events[0]?.kind).toBe('started');
    expect(whole.events.at(-1)?.kind).toBe('finished');
    expect(kinds(whole.events, 'finished')).toHaveLength(1);
    expect(kinds(whole.events, 'usage').length).toBeGreaterThan(0);
  });

  test('gives the same events however it is cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 60 }), (cuts) => {
        expect(gathered(decode(dialect, piecesOf(bytes, cuts)).events)).toBe(gathered(whole.events));
      }),
    );
    const oneByOne = decode(
      dialect,
      [...bytes].map((byte) => Uint8Array.of(byte)),
    );
    expect(gathered(oneByOne.events)).toBe(gathered(whole.events));
  });

  test('cut off at any byte, it is a cut and never finished', () => {
    for (let length = 0; length < wholeFrom; length++) {
      const { events, thrown } = decode(dialect, [bytes.subarray(0, length)]);
      expect(thrown).toBeInstanceOf(StreamCut);
      expect(kinds(events, 'finished')).toHaveLength(0);
      // What was seen until then is what the whole stream begins with.
      expect(gathered(whole.events).startsWith(gathered(events).slice(0, -1))).toBe(true);
    }
  });

  test('whole but for its last words, it is finished', () => {
    for (let length = wholeFrom; length <= bytes.length; length++) {
      const { events, thrown } = decode(dialect, [bytes.subarray(0, length)]);
      expect(thrown).toBeUndefined();
      expect(kinds(events, 'finished')).toHaveLength(1);
      expect(kinds(events, 'tool-call')).toEqual(kinds(whole.events, 'tool-call'));
    }
  });

  test('the pieces of a call add up to the call', () => {
    for (const call of whole.events) {
      if (call.kind !== 'tool-call') continue;
      const pieces = whole.events.map((event) =>
        event.kind === 'tool-call-delta' && event.index === call.index ? event.arguments : '',
      );
      expect(pieces.join('') || '{}').toBe(call.arguments);
      expect(whole.events).toContainEqual({
        kind: 'tool-call-started',
        index: call.index,
        callId: call.callId,
        name: call.name,
      });
    }
  });

  test('spoilt anywhere, it ends in a fault of ours or goes on', () => {
    fc.assert(
      fc.property(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 40 }), (at, junk) => {
        const spoilt = bytes.slice();
        spoilt.set(junk.subarray(0, Math.max(0, bytes.length - (at % bytes.length))), at % bytes.length);
        const { thrown } = decode(dialect, [spoilt]);
        expect(thrown === undefined || thrown instanceof StreamFault).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe.each(dialects)('what is not a stream of %s', (dialect) => {
  test('never throws anything but a fault', () => {
    const types = recordings.flatMap(({ bytes }) => [
      ...new TextDecoder().decode(bytes).matchAll(/"(?:type|object)":"([^"]+)"/g),
    ]);
    const field = fc.constantFrom(
      'type',
      'index',
      'output_index',
      'delta',
      'item',
      'content_block',
      'message',
      'response',
      'choices',
      'tool_calls',
      'function',
      'usage',
      'error',
      'finish_reason',
      'name',
      'id',
      'arguments',
      'partial_json',
      'content',
      'status',
      'summary',
      'candidates',
      'parts',
      'text',
      'thought',
      'thoughtSignature',
      'functionCall',
      'args',
      'finishReason',
      'promptFeedback',
      'blockReason',
      'usageMetadata',
      'promptTokenCount',
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom(...types.map(([, type]) => type ?? '')),
        fc.constantFrom(null, 0, -1, 1.5, true, '', '{', 'tool_use', 'STOP', 'SAFETY'),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(field, tie('any'), { maxKeys: 6 }),
      ),
    })).any;
    const frame = fc
      .record({ type: fc.constantFrom(...types.map(([, type]) => type ?? '')) })
      .chain((head) => fc.dictionary(field, value, { maxKeys: 6 }).map((fields) => ({ ...fields, ...head })));
    fc.assert(
      fc.property(fc.array(fc.oneof(frame, value), { maxLength: 8 }), (frames) => {
        const stream = frames.map((body) => `data: ${JSON.stringify(body)}\n\n`).join('');
        const { events, thrown } = decode(dialect, [stream]);
        expect(thrown === undefined || thrown instanceof StreamFault).toBe(true);
        expect(kinds(events, 'finished').length).toBe(thrown === undefined ? 1 : 0);
      }),
      { numRuns: 2000 },
    );
  });

  test('an empty stream is a cut, a page of HTML is malformed or a cut', () => {
    expect(decode(dialect, []).thrown).toBeInstanceOf(StreamCut);
    expect(decode(dialect, ['<html>busy</html>\n\n']).thrown).toBeInstanceOf(StreamCut);
    expect(decode(dialect, ['data: <html>\n\n']).thrown).toMatchObject({ kind: 'malformed' });
  });
});
