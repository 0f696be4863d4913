import { describe, expect, test } from 'vitest';
import { toRouter } from '../../src/contract/messages.ts';
import { ask, setStage, textOf } from '../host/routerStage.ts';
import type { Behaviour } from '../simulated/main.ts';

const stage = setStage();

/** Faults before anything of an answer was shown, and how the ledger calls them. */
const early: readonly (readonly [string, Behaviour, string])[] = [
  ['refuses the key', { kind: 'status', status: 401 }, 'authentication'],
  ['forbids the model', { kind: 'status', status: 403 }, 'permission'],
  ['does not know the model', { kind: 'status', status: 404 }, 'not-found'],
  ['limits our rate', { kind: 'status', status: 429, retryAfter: '7' }, 'rate-limit'],
  ['fails', { kind: 'status', status: 500 }, 'server'],
  ['is overloaded', { kind: 'status', status: 529 }, 'overload'],
  ['closes the connection', { kind: 'reset' }, 'network'],
  ['never answers', { kind: 'hang' }, 'timeout'],
  ['answers nothing', { kind: 'empty' }, 'malformed'],
  ['ends properly without a word', { kind: 'answer', answer: {} }, 'malformed'],
  ['breaks off before its first word', { kind: 'cut', afterDeltas: 0 }, 'cut'],
];

/** Faults in the middle of an answer. */
const late: readonly (readonly [string, Behaviour])[] = [
  ['breaks the connection', { kind: 'cut', afterDeltas: 3 }],
  ['ends without an end', { kind: 'end-early', afterDeltas: 3 }],
  ['reports an error', { kind: 'stream-error', afterDeltas: 3 }],
  ['sends what is no frame', { kind: 'malformed', afterDeltas: 3 }],
  ['falls silent', { kind: 'hang-mid-stream', afterDeltas: 3 }],
];

/** For a provider to take a request on, in this test. */
function waitFor(timeoutMs: number): Promise<void> {
  const configuration = stage.configuration({ chat: { timeoutMs } });
  return stage.client.connection.sendNotification(toRouter.configure, configuration);
}

describe('a provider with a fallback behind it', () => {
  test.each(early)('that %s is followed by the next, without a trace in the answer', async (_, behaviour, failure) => {
    if (behaviour.kind === 'hang') await waitFor(3_000);
    stage.simulated.anthropic.behave(behaviour);
    const chat = ask(stage.client, 'hello');
    expect(await chat.result).toMatchObject({ kind: 'served', status: { target: 'openai/gpt-6-sol' } });
    expect(textOf(chat.events)).toContain('gpt-6-sol');
    expect(textOf(chat.events)).not.toContain('claude');
    expect(chat.events.filter((event) => event.kind === 'finished')).toHaveLength(1);
    expect(chat.events.filter((event) => event.kind === 'started').length).toBeLessThanOrEqual(1);
    const rows = stage.rows();
    expect(rows).toMatchObject([
      { provider: 'anthropic', place: 0, outcome: 'failed', failure },
      { provider: 'openai', place: 1, outcome: 'served', fallback_from: 'anthropic/claude-sonnet-5-5' },
    ]);
    expect(new Set(rows.map((row) => row.request_id)).size).toBe(1);
    expect(stage.client.statuses.at(-1)?.tooltip).toContain('Tried');
  });

  test.each(late)('that %s half-way is told as such and continued by nobody', async (_, behaviour) => {
    // Five times as long for the next piece.
    if (behaviour.kind === 'hang-mid-stream') await waitFor(2_500);
    stage.simulated.anthropic.behave(behaviour);
    const chat = ask(stage.client, 'hello');
    const result = await chat.result;
    expect(result).toMatchObject({ kind: 'failed', status: { state: 'failed' } });
    expect(result.kind === 'failed' && result.message).toMatch(/The answer was cut off\. anthropic\/claude-sonnet-5-5/);
    expect(stage.simulated.openai.requests).toHaveLength(0);
    const [row, ...others] = stage.rows();
    expect(others).toEqual([]);
    expect(row).toMatchObject({ outcome: 'cut', usage_estimated: 1 });
    expect(row?.input_tokens).toBeGreaterThan(0);
    expect(row?.output_tokens).toBeGreaterThan(0);
    expect(row?.cost_nano_usd).toBeGreaterThan(0);
  });

  test('is left alone after it refused our key, until the key is changed', async () => {
    stage.simulated.anthropic.behave({ kind: 'status', status: 401 });
    await ask(stage.client, 'one').result;
    stage.simulated.anthropic.forget();
    expect(await ask(stage.client, 'two').result).toMatchObject({ status: { target: 'openai/gpt-6-sol' } });
    expect(stage.simulated.anthropic.requests).toHaveLength(0);
    expect(stage.client.statuses.at(-1)?.tooltip).toMatch(/left alone for now.*refused our credentials/);
    await stage.client.connection.sendNotification('routing/secretChanged', { provider: 'anthropic' });
    expect(await ask(stage.client, 'three').result).toMatchObject({
      status: { target: 'anthropic/claude-sonnet-5-5' },
    });
  });

  test('is tried again after one failure of its own', async () => {
    stage.simulated.anthropic.behave({ kind: 'status', status: 500 });
    await ask(stage.client, 'one').result;
    expect(await ask(stage.client, 'two').result).toMatchObject({ status: { target: 'anthropic/claude-sonnet-5-5' } });
  });

  test('that refuses what was asked is followed by nobody', async () => {
    stage.simulated.anthropic.behave({ kind: 'answer', answer: { text: '', stop: 'refusal' } });
    const result = await ask(stage.client, 'hello').result;
    expect(result).toMatchObject({ kind: 'failed', message: expect.stringContaining('refused') });
    expect(stage.rows()).toMatchObject([{ outcome: 'failed', failure: 'content-refused' }]);
    expect(stage.simulated.openai.requests).toHaveLength(0);
  });
});

describe('a provider with nothing behind it', () => {
  test.each(early.filter(([, behaviour]) => behaviour.kind !== 'hang' && !('retryAfter' in behaviour)))(
    'that %s fails the request with a next step, and is tried again when a person asks again',
    async (_, behaviour, failure) => {
      await stage.policy({ version: 1, default: 'anthropic/claude-sonnet-5-5' });
      stage.simulated.anthropic.behave(behaviour);
      const chat = ask(stage.client, 'hello');
      const result = await chat.result;
      expect(result).toMatchObject({ kind: 'failed', status: { state: 'failed', label: 'Request failed' } });
      expect(result.kind === 'failed' && result.message).toMatch(/^anthropic\/claude-sonnet-5-5: .*[.!] [A-Z].*\.$/);
      expect(chat.events).toEqual([]);
      expect(stage.rows()).toMatchObject([{ outcome: 'failed', failure }]);
      expect(await ask(stage.client, 'again').result).toMatchObject({ kind: 'served' });
    },
  );

  test('that says how long to wait is not asked before, and says so', async () => {
    await stage.policy({ version: 1, default: 'anthropic/claude-sonnet-5-5' });
    stage.simulated.anthropic.behave({ kind: 'status', status: 429, retryAfter: '7' });
    expect((await ask(stage.client, 'hello').result).kind).toBe('failed');
    expect(await ask(stage.client, 'again').result).toMatchObject({
      kind: 'answered-by-routing',
      markdown: expect.stringMatching(/limits our rate; tried again in \d+ s/),
    });
    expect(stage.simulated.anthropic.requests).toHaveLength(1);
  });

  test('says that it was tried although it had been failing', async () => {
    await stage.policy({ version: 1, default: 'anthropic/claude-sonnet-5-5' });
    stage.simulated.anthropic.behave({ kind: 'status', status: 429 }, 2);
    await ask(stage.client, 'one').result;
    expect((await ask(stage.client, 'two').result).kind).toBe('failed');
    expect(stage.client.statuses.at(-1)?.tooltip).toContain('is tried although anthropic limits our rate');
    expect(stage.simulated.anthropic.requests).toHaveLength(2);
  });

  test('that names how long to wait has it said', async () => {
    await stage.policy({ version: 1, default: 'anthropic/claude-sonnet-5-5' });
    stage.simulated.anthropic.behave({ kind: 'status', status: 429, retryAfter: '7' });
    const result = await ask(stage.client, 'hello').result;
    expect(result.kind === 'failed' && result.message).toContain('Ask again in 7 s.');
  });
});

test('when every provider fails, all that were tried are named', async () => {
  stage.simulated.anthropic.behave({ kind: 'status', status: 500 });
  stage.simulated.openai.behave({ kind: 'status', status: 503 });
  const result = await ask(stage.client, 'hello').result;
  expect(result.kind === 'failed' && result.message).toMatch(/^openai\/gpt-6-sol: .*Tried before: anthropic\/claude/);
  expect(stage.rows().map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
});
