// What a provider can do wrong, and what shall come of it: for the person, the ledger, health and the next candidate.
import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultKind, faultKindOfStatus } from '../../../src/chat/fault.ts';
import { type Answer, type Answering, callingAnswer, properly, spokenAnswer } from './upstream.ts';

/** How a request ends for the client that made it. */
export type End =
  /** By the provider that was asked first. */
  | 'answered'
  /** By the next candidate, with nothing of the first one's answer before it. */
  | 'by-the-next'
  /** An error with this status and the provider's own words; the next candidate is not asked. */
  | { readonly refused: number }
  /** What came is there, and the answer's end is an error. */
  | 'cut';

export interface FaultRow {
  readonly name: string;
  /** Where the provider is, for what goes wrong before it can answer; left out: where it answers. */
  readonly place?: 'refusing' | 'nameless' | 'not-tls';
  readonly answer?: Answer;
  /** What the ledger has of the first attempt; left out: that it was served. */
  readonly failure?: FaultKind | ((passesThrough: boolean, stream: boolean) => FaultKind);
  readonly end: End | ((passesThrough: boolean, stream: boolean) => End);
  /** Whether the provider or its model is left alone afterwards. */
  readonly leftAlone: boolean;
  /** Reads more than the text: two whole tool calls. */
  readonly calls?: true;
}

const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  ({ dialect, response }) => {
    const body = dialect.error(code, { kind: faultKindOfStatus(code), message: `It says ${code}.` });
    response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };

/** Sends the first half of an answer, so that something of it has been shown. */
async function half({ begin, pieces, response, stream }: Answering): Promise<void> {
  begin();
  const all = stream ? pieces(spokenAnswer.slice(0, 6)) : pieces().slice(0, 4);
  response.write(all.join(''));
  await sleep(10);
}

const never = (): Promise<never> => new Promise(() => undefined);

/** A whole body that breaks can still be answered by somebody else: nothing of it was shown. */
const cutUnlessWhole = (passesThrough: boolean, stream: boolean): End =>
  passesThrough && !stream ? 'by-the-next' : 'cut';

export const faults: readonly FaultRow[] = [
  { name: 'nothing at all', answer: properly, end: 'answered', leftAlone: false },
  { name: 'a refused connection', place: 'refusing', failure: 'network', end: 'by-the-next', leftAlone: false },
  { name: 'a name that does not exist', place: 'nameless', failure: 'network', end: 'by-the-next', leftAlone: false },
  { name: 'no TLS where it should be', place: 'not-tls', failure: 'network', end: 'by-the-next', leftAlone: false },
  {
    name: '400',
    answer: status(400),
    failure: 'bad-request',
    // The client's own words were refused: it shall hear so. Where they were translated, another may understand them.
    end: (passesThrough) => (passesThrough ? { refused: 400 } : 'by-the-next'),
    leftAlone: false,
  },
  { name: '401', answer: status(401), failure: 'authentication', end: 'by-the-next', leftAlone: true },
  { name: '402', answer: status(402), failure: 'quota', end: 'by-the-next', leftAlone: true },
  { name: '403', answer: status(403), failure: 'permission', end: 'by-the-next', leftAlone: true },
  { name: '404', answer: status(404), failure: 'not-found', end: 'by-the-next', leftAlone: true },
  {
    name: '404 about a file that the request names',
    answer: ({ dialect, response }) => {
      const message = 'File not found: file_abc. It says 404.';
      const body = dialect.id.startsWith('openai')
        ? { error: { message, type: 'invalid_request_error', param: 'input', code: null } }
        : dialect.error(404, { kind: 'not-found', message });
      response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    },
    failure: 'bad-request',
    end: (passesThrough) => (passesThrough ? { refused: 404 } : 'by-the-next'),
    leftAlone: false,
  },
  { name: '408', answer: status(408), failure: 'timeout', end: 'by-the-next', leftAlone: false },
  { name: '413', answer: status(413), failure: 'context-too-long', end: 'by-the-next', leftAlone: false },
  { name: '429', answer: status(429), failure: 'rate-limit', end: 'by-the-next', leftAlone: true },
  {
    name: '429 with retry-after',
    answer: status(429, { 'retry-after': '30' }),
    failure: 'rate-limit',
    end: 'by-the-next',
    leftAlone: true,
  },
  { name: '500', answer: status(500), failure: 'server', end: 'by-the-next', leftAlone: false },
  { name: '502', answer: status(502), failure: 'server', end: 'by-the-next', leftAlone: false },
  { name: '529', answer: status(529), failure: 'overload', end: 'by-the-next', leftAlone: true },
  { name: 'silence before the headers', answer: never, failure: 'timeout', end: 'by-the-next', leftAlone: false },
  {
    name: 'silence after the headers',
    answer: ({ begin }) => {
      begin();
      return never();
    },
    failure: 'timeout',
    end: 'by-the-next',
    leftAlone: false,
  },
  {
    name: 'silence in mid-stream',
    answer: (answering) => half(answering).then(never),
    failure: 'timeout',
    end: cutUnlessWhole,
    leftAlone: false,
  },
  {
    name: 'a cut in mid-stream',
    answer: async (answering) => {
      await half(answering);
      answering.response.destroy();
    },
    failure: 'cut',
    end: cutUnlessWhole,
    leftAlone: false,
  },
  {
    name: 'an end in mid-stream',
    answer: async (answering) => {
      await half(answering);
      answering.response.end();
    },
    // A body that ends properly and is half a JSON text cannot be told from one that was never right.
    failure: (passesThrough, stream) => (passesThrough && !stream ? 'malformed' : 'cut'),
    end: cutUnlessWhole,
    leftAlone: false,
  },
  {
    name: 'an error in mid-stream',
    answer: async (answering) => {
      if (!answering.stream) return status(500)(answering);
      await half(answering);
      answering.response.end(answering.fail({ kind: 'server', message: 'It broke inside.' }));
    },
    failure: 'server',
    end: cutUnlessWhole,
    leftAlone: false,
  },
  {
    name: 'an error before the first word',
    answer: (answering) => {
      if (!answering.stream) return status(500)(answering);
      answering.begin();
      answering.response.end(answering.fail({ kind: 'server', message: 'It broke at once.' }));
      return undefined;
    },
    failure: 'server',
    end: 'by-the-next',
    leftAlone: false,
  },
  {
    name: 'events that are none',
    answer: async (answering) => {
      if (answering.stream) await half(answering);
      else answering.begin();
      answering.response.end('data: {"this is": no JSON\n\n');
    },
    failure: 'malformed',
    end: cutUnlessWhole,
    leftAlone: false,
  },
  {
    name: 'characters split between their bytes',
    answer: async ({ begin, pieces, response }) => {
      begin();
      const bytes = Buffer.from(pieces().join(''));
      for (let at = 0; at < bytes.length; at += 97) {
        response.write(bytes.subarray(at, at + 97));
        if (at % 970 === 0) await sleep(1);
      }
      response.end();
    },
    end: 'answered',
    leftAlone: false,
  },
  {
    name: 'a slow drip',
    answer: async ({ begin, pieces, response }) => {
      begin();
      for (const piece of pieces()) {
        response.write(piece);
        await sleep(25);
      }
      response.end();
    },
    end: 'answered',
    leftAlone: false,
  },
  {
    name: 'a line of 10 MB',
    answer: ({ begin, response, stream }) => {
      begin();
      response.end(`${stream ? 'data: ' : ''}{"x":"${'x'.repeat(10_000_000)}"}\n\n`);
    },
    failure: 'malformed',
    end: 'by-the-next',
    leftAlone: false,
  },
  {
    name: 'a page of HTML',
    answer: ({ begin, response }) => {
      begin('text/html');
      response.end('<!doctype html><title>Sign in to the hotel</title>');
    },
    failure: 'malformed',
    end: 'by-the-next',
    leftAlone: false,
  },
  {
    name: 'an empty body',
    answer: ({ begin, response }) => {
      begin();
      response.end();
    },
    failure: 'malformed',
    end: 'by-the-next',
    leftAlone: false,
  },
  {
    name: 'two calls with one id',
    answer: ({ begin, pieces, response }) => {
      begin();
      response.end(pieces(callingAnswer(['call_1', 'call_1'])).join(''));
    },
    end: 'answered',
    leftAlone: false,
    calls: true,
  },
  {
    name: 'two calls whose pieces come in turns',
    answer: ({ begin, pieces, response }) => {
      begin();
      response.end(pieces(callingAnswer(['call_1', 'call_2'])).join(''));
    },
    end: 'answered',
    leftAlone: false,
    calls: true,
  },
];
