import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CompletionEngine, type EnginePorts, type RoutedCompletion } from './engine.ts';

interface Call {
  readonly multiline: boolean;
  readonly signal: AbortSignal;
  answer(text: string | undefined): void;
}

let calls: Call[];
let engine: CompletionEngine;
let failures: unknown[];
let routed: () => Promise<RoutedCompletion | undefined>;

const sleep: EnginePorts['sleep'] = (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined);

beforeEach(() => {
  calls = [];
  failures = [];
  routed = async () => ({
    scope: 'scope',
    expectedLatencyMs: 300,
    fetch: (multiline, signal) =>
      new Promise((settle) => {
        const id = `${calls.length}`;
        calls.push({ multiline, signal, answer: (text) => settle(text === undefined ? undefined : { id, text }) });
      }),
  });
  engine = new CompletionEngine({
    now: () => performance.now(),
    sleep,
    route: () => routed(),
    maximumDelayMs: () => 100,
    failed: (error) => failures.push(error),
  });
});
afterEach(() => engine.dispose());

const ask = (prefix: string, { signal = new AbortController().signal, invoked = false, suffix = '' } = {}) =>
  engine.complete({ uri: 'file:///a.ts', languageId: 'typescript', version: 1, prefix, suffix, invoked }, signal);
const called = async (count: number): Promise<Call> => {
  await expect.poll(() => calls.length).toBe(count);
  return calls[count - 1]!;
};

describe('the completion engine', () => {
  test('asks after a pause and shows the answer', async () => {
    const answer = ask('const a = ');
    (await called(1)).answer('1 + 1;');
    expect(await answer).toMatchObject({ kind: 'suggestion', text: '1 + 1;', from: 'provider' });
  });

  test('a newer request settles the older one before anything was sent', async () => {
    const first = ask('const a');
    const second = ask('const ab');
    expect(await first).toEqual({ kind: 'nothing', why: 'superseded' });
    (await called(1)).answer(' = 1;');
    expect(await second).toMatchObject({ kind: 'suggestion', text: ' = 1;' });
    expect(calls.length).toBe(1);
  });

  test('typing through a suggestion costs no request', async () => {
    const answer = ask('a.', { invoked: true });
    (await called(1)).answer('first()');
    await answer;
    expect(await ask('a.fi')).toMatchObject({ kind: 'suggestion', text: 'rst()', from: 'cache' });
    expect(calls.length).toBe(1);
  });

  test('a later keystroke joins a request that still fits', async () => {
    const first = ask('a.', { invoked: true });
    const call = await called(1);
    const second = ask('a.f');
    expect(await first).toEqual({ kind: 'nothing', why: 'superseded' });
    call.answer('first()');
    expect(await second).toMatchObject({ kind: 'suggestion', text: 'irst()', from: 'in-flight' });
    expect(calls.length).toBe(1);
  });

  test('what was typed past a pending answer is asked anew when that answer does not fit', async () => {
    void ask('a.', { invoked: true });
    const call = await called(1);
    const second = ask('a.g', { invoked: true });
    call.answer('first()');
    (await called(2)).answer('etSecond()');
    expect(await second).toMatchObject({ text: 'etSecond()', from: 'provider' });
  });

  test('cancelling settles at once and stops the provider', async () => {
    const controller = new AbortController();
    const answer = ask('a.', { signal: controller.signal, invoked: true });
    const call = await called(1);
    controller.abort();
    expect(await answer).toEqual({ kind: 'nothing', why: 'cancelled' });
    await expect.poll(() => call.signal.aborted).toBe(true);
  });

  test('disposal settles everything', async () => {
    const answer = ask('a.', { invoked: true });
    const call = await called(1);
    engine.dispose();
    expect(await answer).toEqual({ kind: 'nothing', why: 'disposed' });
    expect(call.signal.aborted).toBe(true);
  });

  test('no route, nothing to say and a filtered answer are told apart from a suggestion', async () => {
    const blank = ask('a.', { invoked: true });
    (await called(1)).answer('   ');
    expect(await blank).toEqual({ kind: 'nothing', why: 'nothing-to-say' });
    routed = async () => undefined;
    expect(await ask('b.', { invoked: true })).toEqual({ kind: 'nothing', why: 'not-routed' });
  });

  test('several lines are asked for only where a block was opened', async () => {
    void ask('if (a) {\n  ', { invoked: true, suffix: '\n}' });
    expect((await called(1)).multiline).toBe(true);
    void ask('const b = ', { invoked: true });
    expect((await called(2)).multiline).toBe(false);
  });

  test('a failure is an answer too, and is told', async () => {
    routed = () => Promise.reject(new Error('unforeseen'));
    expect(await ask('const a = ', { invoked: true })).toEqual({ kind: 'nothing', why: 'failed' });
    expect(failures).toMatchObject([{ message: 'unforeseen' }]);
  });

  test('what is under way when answers are forgotten is not shown', async () => {
    const answer = ask('const a = ', { invoked: true });
    const call = await called(1);
    engine.clear();
    expect(call.signal.aborted).toBe(true);
    call.answer('1;');
    expect(await answer).toMatchObject({ kind: 'nothing' });
    const again = ask('const a = ', { invoked: true });
    (await called(2)).answer('2;');
    expect(await again).toMatchObject({ text: '2;', from: 'provider' });
  });
});
