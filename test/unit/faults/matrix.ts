// Every fault of a provider × every pair of dialects × streamed and whole, over real HTTP through the gateway.
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChatEvent } from '../../../src/chat/events.ts';
import { parseSse } from '../../../src/chat/sse.ts';
import { jsonOrUndefined } from '../../../src/chat/untrusted.ts';
import { clientDialects } from '../../../src/gateway/dialects.ts';
import { type Spoken, spoken } from '../../../src/gateway/testing/requests.ts';
import { type Answered, type GatewayStage, startStage } from '../../../src/gateway/testing/stage.ts';
import { policyFile } from '../../host/routerStage.ts';
import { type End, type FaultRow, faults } from './faults.ts';
import { goByOwnTime } from './ownTime.ts';
import { type ChatDialect, startUpstream, type Upstream, words } from './upstream.ts';

const basePath: Readonly<Record<string, string>> = { 'openai-chat': '/v1', 'openai-responses': '/v1' };
/**
 * How long a provider may take to take a request on; shorter where silence is what is waited for, which may last five times
 * as long in a stream and ten times without.
 */
const timeoutMs = { usual: 10_000, silent: 111 };
/** Those of silences last for seconds, and for several times as long on a machine that has other things to do. */
const longestMs = 90_000;
const hangUpMs = 10_000;

let goByTheWall: () => void;
let stage: GatewayStage;
let upstream: Upstream;
let next: Upstream;
let settings: Parameters<GatewayStage['composed']['router']['configure']>[0];

/** Every fault of a provider that speaks this dialect, for clients of each, streamed and whole. */
export function describeFaults(wire: ChatDialect): void {
  beforeAll(async () => {
    goByTheWall = goByOwnTime(timeoutMs.silent);
    [upstream, next] = await Promise.all([startUpstream(), startUpstream()]);
    const refusing = await closedPort();
    const origins = {
      answering: `http://127.0.0.1:${upstream.port}`,
      refusing: `http://127.0.0.1:${refusing}`,
      nameless: 'https://no-such-host.invalid',
      'not-tls': `https://127.0.0.1:${upstream.port}`,
    };
    const providers = Object.entries(origins).map(([place, origin]) => [
      `${place}-${wire}`,
      { wire, baseUrl: origin + (basePath[wire] ?? ''), auth: 'none' },
    ]);
    const nextOne = ['next', { wire: 'openai-chat', baseUrl: `http://127.0.0.1:${next.port}/v1`, auth: 'none' }];
    stage = await startStage({ providers: Object.fromEntries([...providers, nextOne]) });
    settings = {
      trusted: true,
      completions: { enabled: true, maximumDelayMs: 100, timeoutMs: 3_000 },
      chat: { timeoutMs: timeoutMs.usual },
    };
  });
  afterAll(async () => {
    goByTheWall();
    await stage.stop();
    await Promise.all([upstream.stop(), next.stop()]);
  });

  describe.each(faults)('a provider with $name', (fault) => {
    it.each(spoken)('for a client that speaks $dialect', { timeout: longestMs }, async (client) => {
      for (const stream of [true, false]) await suffer(fault, wire, client, stream);
    });
  });
}

async function suffer(fault: FaultRow, wire: ChatDialect, client: Spoken, stream: boolean): Promise<void> {
  const provider = `${fault.place ?? 'answering'}-${wire}`;
  await stage.repository.write({
    [policyFile]: JSON.stringify({ version: 1, default: [`${provider}/m`, 'next/spare'] }),
  });
  const silent = fault.name.startsWith('silence') ? { chat: { timeoutMs: timeoutMs.silent } } : {};
  stage.composed.router.configure({ ...settings, ...silent });
  upstream.answer(fault.answer ?? (() => undefined));
  next.answer(({ begin, pieces, response }) => {
    begin();
    response.end(
      pieces([{ kind: 'started' }, { kind: 'text', text: 'The next one.' }, { kind: 'finished', reason: 'end' }]).join(
        '',
      ),
    );
  });
  const before = stage.rows().length;
  const passesThrough = wire === client.dialect;
  const body = { ...client.body('hello', stream), ...(fault.calls ? offered(client.dialect) : {}) };
  const answer = await stage.ask(client.path(stream), { body });
  const what = `${wire} to ${client.dialect}, ${stream ? 'streamed' : 'whole'}: ${answer.status} ${answer.text.slice(0, 600)}`;

  const end = typeof fault.end === 'function' ? fault.end(passesThrough, stream) : fault.end;
  const failure = typeof fault.failure === 'function' ? fault.failure(passesThrough, stream) : fault.failure;
  const heard = hear(client.dialect, answer, stream);
  expectEnd(fault, end, answer, heard, what);

  const [first, second] = stage.rows().slice(before);
  expect(first, what).toMatchObject({
    provider,
    failure: failure ?? null,
    outcome: failure === undefined ? 'served' : end === 'cut' ? 'cut' : 'failed',
    surface: 'gateway',
  });
  if (end === 'by-the-next') expect(second, what).toMatchObject({ outcome: 'served', fallback_from: `${provider}/m` });
  else expect(second, what).toBeUndefined();
  if (failure === undefined) expect(first, what).toMatchObject({ input_tokens: 11, output_tokens: 7 });
  if (fault.place === undefined && !fault.name.includes('10 MB'))
    await expect.poll(() => upstream.abandoned, { message: what, timeout: hangUpMs }).toBe(abandonedBy(fault));

  const asked = upstream.asked;
  if (fault.place === undefined) {
    await stage.ask(client.path(false), { body: client.body('again', false) });
    expect(upstream.asked - asked, `${what}: asked again`).toBe(fault.leftAlone ? 0 : 1);
  }
}

/** Who hangs, or breaks off itself, ends with a connection that was not finished. */
function abandonedBy({ name }: FaultRow): number {
  return name.startsWith('silence') || name.startsWith('a cut') ? 1 : 0;
}

function expectEnd(fault: FaultRow, end: End, answer: Answered, heard: Heard, what: string): void {
  if (typeof end === 'object') {
    expect(answer.status, what).toBe(end.refused);
    expect(answer.text, what).toContain(`It says ${end.refused}.`);
    expect(next.asked, what).toBe(0);
    return;
  }
  switch (end) {
    case 'answered':
      expect([answer.status, heard.fault, next.asked], what).toEqual([200, undefined, 0]);
      if (fault.calls) expect(heard.calls, what).toEqual(['{"city":"Rome"}', '{"city":"Oslo"}']);
      else expect(heard.text, what).toBe(words.join(''));
      break;
    case 'by-the-next':
      expect([answer.status, heard.text, heard.fault], what).toEqual([200, 'The next one.', undefined]);
      expect(answer.headers['x-routing-attempts'], what).toBe('2');
      break;
    case 'cut':
      expect(next.asked, what).toBe(0);
      if (heard.text !== '') expect(words.join(''), what).toContain(heard.text);
      expect(heard.fault ?? (answer.status >= 400 ? 'an error' : undefined), what).toBeDefined();
      break;
    default:
      end satisfies never;
  }
}

interface Heard {
  readonly text: string;
  readonly calls: readonly string[];
  readonly fault?: string;
}

/** What a client of the dialect reads out of an answer. */
function hear(dialect: ChatDialect, { status, text, complete }: Answered, stream: boolean): Heard {
  const reader = clientDialects[dialect];
  const events: ChatEvent[] = [];
  let fault: string | undefined;
  try {
    if (status !== 200) throw new Error(`status ${status}`);
    if (!complete) throw new Error('the connection broke');
    if (stream) {
      const decoder = reader.readStream();
      for (const event of parseSse().push(Buffer.from(text))) events.push(...decoder.push(event));
      events.push(...decoder.end());
    } else {
      events.push(...reader.readWhole(jsonOrUndefined(text)));
    }
  } catch (error) {
    fault = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
  return {
    text: events.flatMap((event) => (event.kind === 'text' ? event.text : [])).join(''),
    calls: events.flatMap((event) => (event.kind === 'tool-call' ? event.arguments : [])),
    ...(fault === undefined ? {} : { fault }),
  };
}

/** A tool of the name that is called, as each dialect offers it. */
function offered(dialect: ChatDialect): object {
  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  switch (dialect) {
    case 'openai-chat':
      return { tools: [{ type: 'function', function: { name: 'weather', parameters } }] };
    case 'openai-responses':
      return { tools: [{ type: 'function', name: 'weather', parameters, strict: false }] };
    case 'anthropic-messages':
      return { tools: [{ name: 'weather', input_schema: parameters }] };
    case 'gemini':
      return { tools: [{ functionDeclarations: [{ name: 'weather', parameters }] }] };
    default:
      return dialect satisfies never;
  }
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  await sleep(0);
  return typeof address === 'object' && address !== null ? address.port : 1;
}
