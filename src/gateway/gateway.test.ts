import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ownTimeOf } from '../../test/host/ownClock.ts';
import { policyFile, sampleFiles, samplePolicy } from '../../test/host/routerStage.ts';
import { parseSse } from '../chat/sse.ts';
import { clientDialects, policyStatus } from './dialects.ts';
import { type Spoken, spoken } from './testing/requests.ts';
import { type GatewayStage, startStage } from './testing/stage.ts';

const policy = { ...samplePolicy, overrides: { direction: 'any', reason: 'optional' } };
let stage: GatewayStage;
beforeAll(async () => {
  const files = { ...sampleFiles, [policyFile]: JSON.stringify(policy) };
  stage = await startStage({ simulated: { openaiWire: 'openai-chat' }, files });
});
beforeEach(async () => {
  for (const provider of [stage.simulated.anthropic, stage.simulated.openai]) {
    provider.recover();
    provider.forget();
  }
  // What a test before this one made of them is forgotten.
  for (const id of ['anthropic', 'openai']) await stage.composed.router.keyChanged(id);
  await write(policy);
});
afterAll(() => stage.stop());

const write = (policy: object): Promise<void> => stage.repository.write({ [policyFile]: JSON.stringify(policy) });
const to = (target: string | readonly string[], more: object = {}): Promise<void> =>
  write({ version: 1, default: target, ...more });
const attached = (path: string): string =>
  `<attachments><attachment filePath="${stage.repository.folder}/${path}">x</attachment></attachments><userRequest>help</userRequest>`;
const say = ({ path, body }: Spoken, text = 'hello', stream = false): ReturnType<GatewayStage['ask']> =>
  stage.ask(path(stream), { body: body(text, stream) });
const asked = (): number => stage.simulated.anthropic.requests.length + stage.simulated.openai.requests.length;

/** What a client of the dialect reads out of a stream, or the fault that it meets. */
function heard({ dialect }: Spoken, text: string): { readonly text: string; readonly fault?: string } {
  const decoder = clientDialects[dialect].readStream();
  const parser = parseSse();
  let said = '';
  try {
    for (const event of parser.push(Buffer.from(text))) {
      for (const piece of decoder.push(event)) if (piece.kind === 'text') said += piece.text;
    }
    decoder.end();
    return { text: said };
  } catch (fault) {
    return { text: said, fault: fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault) };
  }
}

describe.each(spoken)('$dialect', (one) => {
  it.each(['anthropic/claude-sonnet-5-5', 'openai/gpt-6-sol'])('is answered by %s, whole', async (target) => {
    await to(target);
    const answer = await say(one);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers).toMatchObject({
      'x-routing-model': target,
      'x-routing-class': 'default',
      'x-routing-attempts': '1',
      'x-routing-why': 'No class matched, so the default is used.',
      'x-routing-policy': expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    const events = clientDialects[one.dialect].readWhole(JSON.parse(answer.text));
    expect(events.flatMap((event) => (event.kind === 'text' ? event.text : [])).join('')).toContain('Simulated answer');
  });

  it.each(['anthropic/claude-sonnet-5-5', 'openai/gpt-6-sol'])('is answered by %s, as a stream', async (target) => {
    await to(target);
    const answer = await say(one, 'hello', true);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^text\/event-stream/);
    expect(answer.headers['x-routing-model']).toBe(target);
    expect(heard(one, answer.text)).toEqual({ text: expect.stringContaining('Simulated answer') });
  });

  it('is told of a refusal by policy, with the rule, its reason and what to do', async () => {
    for (const stream of [false, true]) {
      const answer = await say(one, attached('.env'), stream);
      expect(answer.status).toBe(policyStatus(one.dialect));
      expect(answer.headers['content-type']).toBe('application/json');
      expect(answer.headers['x-should-retry']).toBe('false');
      expect(answer.headers['x-routing-class']).toBeDefined();
      expect(JSON.parse(answer.text)).toMatchObject({
        error: {
          message: expect.stringMatching(/Refused by `secrets`.*keys never leave this machine.*Take the files/),
        },
      });
    }
    expect(asked()).toBe(0);
    expect(stage.rows().at(-1)).toMatchObject({ outcome: 'blocked', surface: 'gateway' });
  });

  it('is told when nothing can serve it, which is not the policy’s doing', async () => {
    await to('nowhere/gpt-6-sol');
    const answer = await say(one);
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBeUndefined();
    expect(answer.headers['x-should-retry']).toBe('false');
    expect(JSON.parse(answer.text)).toMatchObject({
      error: { message: expect.stringMatching(/nowhere\/gpt-6-sol is not configured.*The policy does not forbid it/) },
    });
  });

  it('is told of a provider’s failure, with its status and when to come back', async () => {
    await to('anthropic/claude-haiku-5-5');
    stage.simulated.anthropic.behave({ kind: 'status', status: 529, retryAfter: '7', message: 'Too busy today.' });
    const answer = await say(one, 'hello', true);
    expect(answer.status).toBe(529);
    expect(answer.headers['retry-after']).toBe('7');
    expect(JSON.parse(answer.text)).toMatchObject({ error: { message: expect.stringContaining('Too busy today.') } });
    // Nobody is asked until then; a client that heeds the head asks again when it helps.
    const next = await say(one, 'hello', true);
    expect(next.status).toBe(503);
    expect(next.headers['x-should-retry']).toBeUndefined();
    const seconds = Number(next.headers['retry-after']);
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(7);
  });

  it('never takes a cut answer for a whole one', async () => {
    for (const target of ['anthropic/claude-opus-5-5', 'openai/gpt-6.1-sol']) {
      await to(target);
      const provider = target.startsWith('openai') ? stage.simulated.openai : stage.simulated.anthropic;
      provider.behave({ kind: 'cut', afterDeltas: 16 });
      const answer = await say(one, 'hello', true);
      expect(answer.status, `${target} ${answer.text}`).toBe(200);
      const { text, fault } = heard(one, answer.text);
      expect(text).toMatch(/^Simulated/);
      expect(fault, `${target} ${answer.text}`).toMatch(/cut off|broke|incomplete|closed|connection/i);
      expect(stage.rows().at(-1)).toMatchObject({ outcome: 'cut' });
    }
  });

  it('ends the work of the provider when its client goes away', async () => {
    await to('anthropic/claude-haiku-5-5');
    stage.simulated.anthropic.behave({ kind: 'slow', perDeltaMs: 40 });
    await leaving(one);
    const tookMs = await ownTimeOf(() =>
      expect.poll(() => stage.simulated.anthropic.requests[0]?.aborted, { interval: 10 }).toBeDefined(),
    );
    expect(tookMs).toBeLessThan(250);
    await expect.poll(() => stage.rows().at(-1)?.outcome).toBe('cancelled');
  });

  it('is told what is wrong with its body', async () => {
    const answer = await stage.ask(one.path(false), { body: { model: 'x', messages: 7, input: 7, contents: 7 } });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({
      error: { message: expect.stringMatching(/messages|input|contents/) },
    });
  });

  it('can be routed dry: nobody is asked, and nothing is written down', async () => {
    const rows = stage.rows().length;
    const answer = await stage.ask(`/v1/route?dialect=${one.dialect}`, { body: one.body(attached('.env'), true) });
    expect(answer.status, answer.text).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ blocked: true, model: null, by: ['secrets'], outcome: 'blocked' });
    expect(asked()).toBe(0);
    expect(stage.rows()).toHaveLength(rows);
  });
});

/** Reads the first bytes of an answer and goes away. */
async function leaving({ path, body }: Spoken): Promise<void> {
  const payload = JSON.stringify(body('hello', true));
  await new Promise<void>((settle) => {
    const headers = { 'x-routing-token': stage.token, 'content-type': 'application/json' };
    const request = httpRequest({ host: '127.0.0.1', port: stage.port, method: 'POST', path: path(true), headers });
    request.on('response', (response) =>
      response.once('data', () => {
        request.destroy();
        settle();
      }),
    );
    request.on('error', () => undefined);
    request.end(payload);
  });
}

describe('a body of the provider’s own dialect', () => {
  const [chat] = spoken as readonly [Spoken, ...Spoken[]];

  it('arrives as it was sent, but for the model', async () => {
    await to('openai/gpt-6-sol');
    const body =
      '{ "model":"auto", "x_unknown": [1.50, {"deep":"\\u00e9"}],\n "messages":[{"role":"user","content":"hello"}] }';
    const answer = await stage.ask(chat.path(false), { body });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers['x-routing-lost']).toBeUndefined();
    expect(stage.simulated.openai.requests[0]?.body).toEqual({
      model: 'gpt-6-sol',
      x_unknown: [1.5, { deep: 'é' }],
      messages: [{ role: 'user', content: 'hello' }],
    });
  });

  it('is refused in the provider’s own words, and no less', async () => {
    await to('openai/gpt-6-luna');
    stage.simulated.openai.behave({
      kind: 'status',
      status: 429,
      retryAfter: '3',
      code: 'slow_down',
      message: 'Slow.',
    });
    const answer = await say(chat);
    expect(answer.status).toBe(429);
    expect(answer.headers['retry-after']).toBe('3');
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'slow_down', message: 'Slow.' } });
    expect(answer.headers['x-routing-model']).toBe('openai/gpt-6-luna');
  });

  it('says what another dialect could not carry', async () => {
    await to('anthropic/claude-haiku-5-5');
    const body = { ...chat.body('hello', false), logit_bias: { 5: 1 } };
    const answer = await stage.ask(chat.path(false), { body });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers['x-routing-lost']).toContain('logit_bias');
    expect(stage.log.filter((line) => line.startsWith('debug')).join()).toContain('logit_bias: biases');
  });
});

describe('models', () => {
  const [chat] = spoken as readonly [Spoken, ...Spoken[]];

  it.each([
    ['/v1/models', {}, (list: { data: { id: string }[] }) => list.data.map(({ id }) => id)],
    [
      '/v1/models',
      { 'anthropic-version': '2023-06-01' },
      (list: { data: { id: string }[] }) => list.data.map(({ id }) => id),
    ],
    [
      '/v1beta/models',
      {},
      (list: { models: { name: string }[] }) => list.models.map(({ name }) => name.slice('models/'.length)),
    ],
  ])('%s %j lists what may be named, and what is named by habit', async (path, headers, idsOf) => {
    const answer = await stage.ask(path, { headers });
    const ids = idsOf(JSON.parse(answer.text));
    expect(ids).toEqual(
      expect.arrayContaining(['auto', 'anthropic/claude-opus-5-5', 'claude-sonnet-5-5', 'gpt-6-sol']),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('that the policy lets nobody ask for are not listed, and not there', async () => {
    await to('openai/gpt-6-sol', { overrides: { direction: 'none' } });
    const { data } = JSON.parse((await stage.ask('/v1/models')).text) as { data: { id: string }[] };
    expect(data.map(({ id }) => id)).not.toContain('openai/gpt-6-sol');
    expect((await stage.ask('/v1/models/openai/gpt-6-sol')).status).toBe(404);
  });

  const anthropicHeaders = { 'anthropic-version': '2023-06-01' };

  it.each([
    ['/v1/models/', {}, 'gpt-6-sol', { id: 'gpt-6-sol', object: 'model', owned_by: 'openai' }],
    ['/v1/models/', {}, 'anthropic/claude-opus-5-5', { id: 'anthropic/claude-opus-5-5', owned_by: 'anthropic' }],
    ['/v1/models/', {}, 'anthropic%2Fclaude-opus-5-5', { id: 'anthropic/claude-opus-5-5' }],
    ['/v1/models/', anthropicHeaders, 'claude-sonnet-5-5', { type: 'model', id: 'claude-sonnet-5-5' }],
    [
      '/v1/models/',
      anthropicHeaders,
      'claude-sonnet-5-5-20260101',
      { type: 'model', id: 'claude-sonnet-5-5-20260101' },
    ],
    ['/v1beta/models/', {}, 'auto', { name: 'models/auto' }],
  ])('%s with %j tells of %s alone what the list does', async (path, headers, name, told) => {
    const answer = await stage.ask(`${path}${name}`, { headers });
    expect(answer.status, answer.text).toBe(200);
    const one = JSON.parse(answer.text) as object;
    expect(one).toMatchObject(told);
    const { data, models } = JSON.parse((await stage.ask(path.slice(0, -1), { headers })).text) as Record<
      string,
      object[]
    >;
    if (!name.includes('%') && !name.endsWith('0101')) expect(data ?? models).toContainEqual(one);
  });

  it.each([
    ['/v1/models/', {}, { error: { message: expect.stringContaining('no model unheard/of') } }],
    ['/v1/models/', anthropicHeaders, { type: 'error', error: { type: 'not_found_error' } }],
    ['/v1beta/models/', {}, { error: { code: 404, status: 'NOT_FOUND' } }],
  ])('%s with %j has none that was never heard of, in the words of the client', async (path, headers, told) => {
    const answer = await stage.ask(`${path}unheard/of`, { headers });
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.text)).toMatchObject(told);
  });

  it.each([
    ['auto', 'anthropic/claude-sonnet-5-5'],
    ['claude-3-opus-latest', 'anthropic/claude-sonnet-5-5'],
    ['unheard/of', 'anthropic/claude-sonnet-5-5'],
    ['openai/gpt-6-sol', 'openai/gpt-6-sol'],
  ])('%s is served by %s', async (model, served) => {
    const answer = await stage.ask(chat.path(false), { body: { ...chat.body(`as ${model}`, false), model } });
    expect(answer.headers['x-routing-model'], answer.text).toBe(served);
  });

  it('one that the policy does not let be asked for is not served', async () => {
    await to('anthropic/claude-haiku-5-5', { overrides: { direction: 'none' } });
    const body = { ...chat.body('please', false), model: 'openai/gpt-6-sol' };
    const answer = await stage.ask(chat.path(false), { body });
    expect(answer.headers['x-routing-model']).toBe('anthropic/claude-haiku-5-5');
  });
});

describe('text completions', () => {
  const hole = { model: 'auto', prompt: 'export function sum(a, b) {\n  return ', suffix: ';\n}\n', max_tokens: 40 };
  const path = '/v1/completions';
  beforeEach(() => {
    stage.simulated.fim.recover();
    stage.simulated.fim.forget();
  });

  it('fill the place between two texts, by the route of completions', async () => {
    const answer = await stage.ask(path, { body: hole });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers['x-routing-model']).toBe('codestral/codestral-latest');
    expect(answer.headers['x-routing-class']).toBe('inline');
    expect(JSON.parse(answer.text)).toMatchObject({
      object: 'text_completion',
      choices: [{ text: expect.stringMatching(/./), finish_reason: expect.stringMatching(/^(?:stop|length)$/) }],
      usage: { completion_tokens: expect.any(Number) },
    });
    expect(stage.simulated.fim.requests[0]?.body).toMatchObject({ prompt: hole.prompt, suffix: hole.suffix });
    expect(stage.rows().at(-1)).toMatchObject({ surface: 'gateway', outcome: 'served', class: 'inline' });
  });

  it('stream, and end with the usage where it is asked for', async () => {
    const body = { ...hole, stream: true, stream_options: { include_usage: true } };
    const answer = await stage.ask(path, { body });
    expect(answer.headers['content-type']).toMatch(/^text\/event-stream/);
    expect(answer.text).toMatch(
      /"text":".+"finish_reason":"(?:stop|length)"[\s\S]*"completion_tokens":\d+[\s\S]*\[DONE\]\n\n$/,
    );
  });

  it('are refused and told of failures like chats', async () => {
    const guarded = await stage.ask(path, { body: { ...hole, prompt: attached('.env') } });
    expect(guarded.status, guarded.text).toBe(402);
    expect(guarded.text).toContain('Refused by `secrets`');
    expect(stage.simulated.fim.requests).toHaveLength(0);
    stage.simulated.fim.behave({ kind: 'status', status: 429, retryAfter: '4' }, Infinity);
    await to('codestral/codestral-latest');
    const failed = await stage.ask(path, { body: hole });
    expect(failed.status).toBe(429);
    expect(failed.headers['retry-after']).toBe('4');
    expect(JSON.parse(failed.text)).toHaveProperty('error.message');
    expect((await stage.ask(path, { body: { ...hole, n: 2 } })).status).toBe(400);
  });
});

describe('beside answers', () => {
  it('tokens are counted here', async () => {
    const body = { model: 'claude-sonnet-5-5', messages: [{ role: 'user', content: 'word '.repeat(1_000) }] };
    const counted = JSON.parse((await stage.ask('/v1/messages/count_tokens', { body })).text) as {
      input_tokens: number;
    };
    expect(counted.input_tokens).toBeGreaterThan(800);
    expect(counted.input_tokens).toBeLessThan(1_500);
    const contents = [{ role: 'user', parts: [{ text: 'hello' }] }];
    const gemini = await stage.ask('/v1beta/models/gemini-4-argon:countTokens', { body: { contents } });
    expect(JSON.parse(gemini.text)).toEqual({ totalTokens: expect.any(Number) });
    expect(asked()).toBe(0);
  });

  it('what happened is counted for Prometheus', async () => {
    const [chat] = spoken as readonly [Spoken, ...Spoken[]];
    await say(chat);
    await say(chat, attached('.env'));
    const { text, headers } = await stage.ask('/metrics');
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toMatch(/routing_policy_requests_total\{dialect="openai-chat",outcome="served"\} \d+/);
    expect(text).toMatch(/routing_policy_requests_total\{dialect="openai-chat",outcome="refused"\} \d+/);
    expect(text).toMatch(/routing_policy_request_seconds_bucket\{dialect="openai-chat",le="\+Inf"\} \d+/);
    expect(text).toContain('routing_policy_active_requests 0\n');
  });

  it('a title is a small thing, and no conversation', async () => {
    const messages = [{ role: 'user', content: 'hello' }];
    const body = { model: 'x', messages: [{ role: 'system', content: 'You are a title generator.' }, ...messages] };
    const answer = await stage.ask('/v1/chat/completions', { body });
    expect(answer.headers['x-routing-class']).toBe('utility');
    expect(stage.rows().at(-1)).toMatchObject({ surface: 'utility' });
  });

  it('a folder that is not open is named, and its request goes nowhere', async () => {
    const messages = [{ role: 'user', content: '<cwd>/</cwd>' }];
    const answer = await stage.ask('/v1/chat/completions', { body: { model: 'auto', messages } });
    expect(answer.status).toBe(402);
    expect(answer.text).toContain('in no folder that is open');
    await sleep(1);
    expect(asked()).toBe(0);
  });
});

describe('a form of answer that the client asked for', () => {
  it('is one list of chunks, for a stream of Gemini without ?alt=sse', async () => {
    await to('anthropic/claude-sonnet-5-5');
    const body = { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] };
    const answer = await stage.ask('/v1beta/models/gemini-4-argon:streamGenerateContent', { body });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers['content-type']).toContain('application/json');
    const events = clientDialects.gemini?.readWhole(JSON.parse(answer.text)) ?? [];
    expect(events.map((event) => (event.kind === 'text' ? event.text : '')).join('')).toContain('hello');
    expect(events.at(-1)).toEqual({ kind: 'finished', reason: 'end' });
  });

  it('is that of Gemini under its stable version as well', async () => {
    await to('anthropic/claude-sonnet-5-5');
    const body = { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] };
    const answer = await stage.ask('/v1/models/gemini-4-argon:generateContent', { body });
    expect(answer.status, answer.text).toBe(200);
    expect(clientDialects.gemini?.readWhole(JSON.parse(answer.text)).at(-1)?.kind).toBe('finished');
  });

  it('has the usage at the end, for a stream of chat completions that asks for it', async () => {
    await to('anthropic/claude-sonnet-5-5');
    const messages = [{ role: 'user', content: 'hello' }];
    const streamed = (more: object) =>
      stage.ask('/v1/chat/completions', { body: { model: 'gpt-6-sol', messages, stream: true, ...more } });
    expect((await streamed({ stream_options: { include_usage: true } })).text).toMatch(/"total_tokens":[1-9]/);
    expect((await streamed({})).text).not.toContain('total_tokens');
  });
});
