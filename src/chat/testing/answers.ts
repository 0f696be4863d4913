import fc from 'fast-check';
import type { Usage } from '../../models/model.ts';
import type { StopReason, Tool } from '../conversation.ts';
import type { ChatEvent } from '../events.ts';
import { readSeal, type ThinkingSeal } from '../sealed-thinking.ts';

/** What a dialect's answers can tell beyond text, the text of thinking, calls and the tokens of input and output. */
export interface Tellings {
  /** Whose thinking it was, and what its maker wants back. */
  readonly seals: boolean;
  /** Tokens written to a cache, apart from others. */
  readonly writes: boolean;
  /** Tokens of reasoning, apart from others. */
  readonly reasoning: boolean;
  /** That it ended at a stop sequence. */
  readonly stopSequences: boolean;
  /** Calls of custom tools, and of tools in namespaces. */
  readonly otherTools: boolean;
}

/** The tools that the calls of {@link answers} are calls of. */
export const answeredTools: readonly Tool[] = [
  { name: 'read', parameters: { type: 'object' } },
  { name: 'patch', parameters: undefined, custom: {} },
  { name: 'read', namespace: 'net', parameters: { type: 'object' } },
];

export function tellingBoth(one: Tellings, other: Tellings): Tellings {
  return {
    seals: one.seals && other.seals,
    writes: one.writes && other.writes,
    reasoning: one.reasoning && other.reasoning,
    stopSequences: one.stopSequences && other.stopSequences,
    otherTools: one.otherTools && other.otherTools,
  };
}

const piece = fc.oneof(
  fc.constantFrom('hello', 'Grüße ', '🦊', '\n', '\r\n\r\n', 'data: x', '[DONE]', '\u2028', '"\\'),
  fc.string({ minLength: 1, maxLength: 8 }),
);
const pieces = fc.array(piece, { minLength: 1, maxLength: 4 });

type Segment =
  | { readonly kind: 'text'; readonly pieces: readonly string[] }
  | { readonly kind: 'thinking'; readonly pieces: readonly string[]; readonly seal: { readonly signature?: string } }
  | { readonly kind: 'calls'; readonly made: readonly Made[]; readonly interleaved: boolean };

/** What was called, and with what. */
interface Made {
  readonly tool: CallOf;
  readonly args: string;
}

type CallOf = Pick<Extract<ChatEvent, { kind: 'tool-call' }>, 'name' | 'custom' | 'namespace'>;

const args = fc.constantFrom('{}', '{"path":"src/ä🦊.ts"}', '{"n":[1,{"a":null}]}', `{"long":"${'x'.repeat(60)}"}`);
const input = fc.constantFrom('*** Begin\n+"🦊\\u0041"\r\n', '{}', 'x'.repeat(60));

function made({ otherTools }: Pick<Tellings, 'otherTools'>): fc.Arbitrary<Made> {
  const plain = fc.record({ tool: fc.constant<CallOf>({ name: 'read' }), args });
  if (!otherTools) return plain;
  return fc.oneof(
    plain,
    fc.record({ tool: fc.constant<CallOf>({ name: 'read', namespace: 'net' }), args }),
    fc.record({ tool: fc.constant<CallOf>({ name: 'patch', custom: true }), args: input }),
  );
}

function segment(can: Pick<Tellings, 'otherTools'>): fc.Arbitrary<Segment> {
  return fc.oneof(
    fc.record({ kind: fc.constant('text' as const), pieces }),
    fc.record({
      kind: fc.constant('thinking' as const),
      pieces,
      seal: fc.constantFrom({}, { signature: 'EqQB', maker: 'mistral', model: 'magistral' }),
    }),
    fc.record({
      kind: fc.constant('calls' as const),
      made: fc.array(made(can), { minLength: 1, maxLength: 3 }),
      interleaved: fc.boolean(),
    }),
  );
}

const count = fc.nat({ max: 5_000 });
const usage: fc.Arbitrary<Usage> = fc
  .record({ input: count, read: count, write: count, said: count, thought: count })
  .map(({ input, read, write, said, thought }) => ({
    inputTokens: input,
    cacheReadTokens: read,
    cacheWriteTokens: write,
    outputTokens: said + thought,
    reasoningTokens: thought,
    estimated: false,
  }));

/** Answers as the router hands them on: whole ones, in the order of `ChatEvent`. */
export function answers(can: Pick<Tellings, 'otherTools'>): fc.Arbitrary<ChatEvent[]> {
  return fc
    .record({
      segments: fc.array(segment(can), { maxLength: 5 }),
      early: fc.option(usage, { nil: undefined }),
      last: usage,
      reason: fc.constantFrom<StopReason>('end', 'length', 'stop-sequence', 'refusal'),
    })
    .map(({ segments, early, last, reason }) => {
      let index = 0;
      const said = segments.flatMap((one): ChatEvent[] => {
        if (one.kind === 'text') return one.pieces.map((text) => ({ kind: 'text', text }));
        if (one.kind === 'thinking') {
          const thoughts = one.pieces.map((text): ChatEvent => ({ kind: 'thinking', text }));
          return [...thoughts, { kind: 'thinking-ended', ...one.seal }];
        }
        const calls = one.made.map((call) => callEvents(index++, call));
        return one.interleaved ? interleave(calls) : calls.flat();
      });
      return [
        { kind: 'started', servedModel: 'served', responseId: 'theirs' },
        ...(early === undefined ? [] : [{ kind: 'usage' as const, usage: early }]),
        ...said,
        { kind: 'usage', usage: last },
        { kind: 'finished', reason: index > 0 ? 'tool-calls' : reason },
      ];
    });
}

function callEvents(index: number, { tool, args: written }: Made): ChatEvent[] {
  const call = { index, callId: `call_${index}`, ...tool };
  const streamed = written === '{}' && tool.custom !== true ? [] : (written.match(/[\s\S]{1,7}/gu) ?? []);
  return [
    { kind: 'tool-call-started', ...call },
    ...streamed.map((text): ChatEvent => ({ kind: 'tool-call-delta', index, arguments: text })),
    { kind: 'tool-call', ...call, arguments: written },
  ];
}

/** One event of each in turn, as providers do that write several calls at once. */
function interleave(lists: readonly (readonly ChatEvent[])[]): ChatEvent[] {
  const longest = Math.max(...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1))).flat();
}

/** What an answer says, in one form whatever the pieces that it came in: of that, what `can` tells. */
export function answerEssence(events: readonly ChatEvent[], can: Tellings): unknown {
  const kinds = events.map(({ kind }) => kind);
  return {
    opens: kinds[0],
    ends: events.at(-1)?.kind,
    thinking: thoughtsOf(events, can),
    text: events.map((event) => (event.kind === 'text' ? event.text : '')).join(''),
    calls: callsOf(events),
    started: kinds.filter((kind) => kind === 'tool-call-started').length,
    usage: events.flatMap((event) => (event.kind === 'usage' ? [usageEssence(event.usage, can)] : [])).at(-1),
    reason: events.flatMap((event) => (event.kind === 'finished' ? [reasonEssence(event.reason, can)] : [])),
  };
}

/** Some dialects tell a call when it is whole, so that of several at once the order may be another. */
function callsOf(events: readonly ChatEvent[]): unknown {
  return events
    .flatMap((event) => (event.kind === 'tool-call' ? [event] : []))
    .map(({ index: _, arguments: written, ...call }) => ({
      ...call,
      arguments: call.custom === true ? written : (JSON.parse(written) as unknown),
    }))
    .sort((a, b) => a.callId.localeCompare(b.callId));
}

/** The thoughts between two seals are one. */
function thoughtsOf(events: readonly ChatEvent[], can: Tellings): unknown {
  const thoughts: { text: string; seal?: unknown }[] = [];
  let text = '';
  for (const event of events) {
    if (event.kind === 'thinking') text += event.text;
    if (event.kind !== 'thinking-ended' || !can.seals) continue;
    const seal = opened(event);
    // A dialect that wants a signature of every thought has an empty one of those that have none.
    if (Object.keys(seal).length === 0) continue;
    thoughts.push({ text, seal });
    text = '';
  }
  return text === '' ? thoughts : [...thoughts, { text }];
}

/** Whose thought it was, and its signature; an answer that went through several dialects is sealed more than once. */
function opened({ signature, sealed, maker, model }: ThinkingSeal): ThinkingSeal {
  const opaque = signature ?? sealed;
  const seal = opaque === undefined ? undefined : readSeal(opaque);
  if (seal !== undefined) return opened(seal);
  return {
    ...(opaque !== undefined && { signature: opaque }),
    ...(maker !== undefined && { maker }),
    ...(model !== undefined && { model }),
  };
}

function usageEssence(usage: Usage, { writes, reasoning }: Tellings): unknown {
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, reasoningTokens } = usage;
  return {
    input: writes ? [inputTokens, cacheWriteTokens] : inputTokens + cacheWriteTokens,
    cacheReadTokens,
    outputTokens,
    ...(reasoning && { reasoningTokens }),
  };
}

function reasonEssence(reason: StopReason, { stopSequences }: Tellings): StopReason {
  return reason === 'stop-sequence' && !stopSequences ? 'end' : reason;
}
