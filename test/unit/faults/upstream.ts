// A provider on loopback that speaks any dialect, and breaks in the middle of it as it is told.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AnswerHead, ClientDialect, Dialect } from '../../../src/chat/dialect.ts';
import type { ChatEvent } from '../../../src/chat/events.ts';
import type { Fault } from '../../../src/chat/fault.ts';
import { clientDialects } from '../../../src/gateway/dialects.ts';

/** What one request is answered with. */
export interface Answering {
  readonly dialect: ClientDialect;
  readonly response: ServerResponse;
  /** The request's body. */
  readonly asked: unknown;
  /** Whether events were asked for, or one body. */
  readonly stream: boolean;
  /** The answer in pieces: the frames of a stream, or a body cut into eight. */
  pieces(events?: readonly ChatEvent[]): readonly string[];
  /** The dialect's own error event, after the pieces of a stream that were taken before. */
  fail(fault: Fault): string;
  /** Sends the headers of a proper answer. */
  begin(contentType?: string): void;
}

/** The dialects of conversations. */
export type ChatDialect = Exclude<Dialect, 'completions'>;

export type Answer = (answering: Answering) => void | Promise<void>;

export interface Upstream {
  readonly port: number;
  /** Requests since the last {@link answer}. */
  readonly asked: number;
  /** How many of them went away before they had their whole answer. */
  readonly abandoned: number;
  answer(answer: Answer): void;
  stop(): Promise<void>;
}

const usage = { inputTokens: 11, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 7, estimated: false } as const;
/** Characters of two, three and four bytes, so that a cut between bytes shows. */
export const words = ['Grüße ', 'aus ', '東京, ', 'mit ', 'Liebe ', '🦊 ', 'und ', 'Tee.'];

/** A whole answer of eight pieces of text. */
export const spokenAnswer: readonly ChatEvent[] = [
  { kind: 'started', servedModel: 'm', responseId: 'r1' },
  { kind: 'usage', usage: { ...usage, outputTokens: 0 } },
  ...words.map((text): ChatEvent => ({ kind: 'text', text })),
  { kind: 'usage', usage },
  { kind: 'finished', reason: 'end' },
];

/** Two calls of tools, whose pieces come in turns where the dialect can say so. */
export function callingAnswer(ids: readonly [string, string]): readonly ChatEvent[] {
  const call = (index: number): string => `{"city":"${index === 0 ? 'Rome' : 'Oslo'}"}`;
  const piece = (index: number, from: number, to?: number): ChatEvent => ({
    kind: 'tool-call-delta',
    index,
    arguments: call(index).slice(from, to),
  });
  return [
    { kind: 'started', servedModel: 'm', responseId: 'r1' },
    { kind: 'tool-call-started', index: 0, callId: ids[0], name: 'weather' },
    { kind: 'tool-call-started', index: 1, callId: ids[1], name: 'weather' },
    piece(0, 0, 5),
    piece(1, 0, 5),
    piece(0, 5),
    piece(1, 5),
    { kind: 'tool-call', index: 0, callId: ids[0], name: 'weather', arguments: call(0) },
    { kind: 'tool-call', index: 1, callId: ids[1], name: 'weather', arguments: call(1) },
    { kind: 'usage', usage },
    { kind: 'finished', reason: 'tool-calls' },
  ];
}

/** Answers as it should. */
export const properly: Answer = (answering) => {
  answering.begin();
  answering.response.end(answering.pieces().join(''));
};

export async function startUpstream(): Promise<Upstream> {
  let answer = properly;
  let asked = 0;
  let abandoned = 0;
  const server = createServer((request, response) => {
    asked += 1;
    response.once('close', () => {
      if (!response.writableFinished) abandoned += 1;
    });
    respond(request, response).catch((error: unknown) => {
      process.stderr.write(`upstream: ${String(error)}\n`);
      response.destroy();
    });
  });
  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const path = request.url ?? '';
    const dialect = clientDialects[dialectOf(path)];
    const read = dialect.readRequest(body);
    const stream = dialect.id === 'gemini' ? path.includes(':stream') : read.stream;
    const head: AnswerHead = {
      model: 'm',
      id: 'r1',
      createdAt: 1_800_000_000,
      conversation: read.conversation,
      ...(read.form ? { form: read.form } : {}),
    };
    const writer = dialect.stream(head);
    await answer({
      dialect,
      response,
      asked: body,
      stream,
      pieces: (events = spokenAnswer) => {
        if (!stream) return inEight(JSON.stringify(dialect.whole(events, head)));
        return events.map((event) => writer.event(event)).filter((text) => text !== '');
      },
      fail: (fault) => writer.fail(fault),
      begin: (contentType = stream ? 'text/event-stream' : 'application/json') => {
        response.writeHead(200, { 'content-type': contentType });
        response.flushHeaders();
      },
    });
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get asked() {
      return asked;
    },
    get abandoned() {
      return abandoned;
    },
    answer: (next) => {
      answer = next;
      asked = 0;
      abandoned = 0;
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function dialectOf(path: string): ChatDialect {
  if (path.includes('/chat/completions')) return 'openai-chat';
  if (path.includes('/responses')) return 'openai-responses';
  return path.includes('/messages') ? 'anthropic-messages' : 'gemini';
}

function inEight(text: string): readonly string[] {
  const size = Math.ceil(text.length / 8);
  return Array.from({ length: 8 }, (_, place) => text.slice(place * size, (place + 1) * size));
}
