import { describe, expect, it } from 'vitest';
import type { ChatEvent } from '../chat/events.ts';
import type { ResolvedTarget } from '../policy/compiled.ts';
import { ProviderFailure } from '../providers/failure.ts';
import { type AttemptTap, dispatch, relay } from './dispatch.ts';
import { withEstimatedUsage } from './estimatedUsage.ts';

const target: ResolvedTarget = { kind: 'model', target: 'p/m', provider: 'p', model: 'm' };
const estimated = { world: { calibration: [] }, estimatedTokens: 1_000 };
const silent: AttemptTap = {
  place: 0,
  commit: () => undefined,
  said: () => undefined,
  usage: () => undefined,
  servedModel: () => undefined,
};

async function* many(event: ChatEvent): AsyncGenerator<ChatEvent> {
  for (;;) yield event;
}

describe('an answer that does not end', () => {
  it.each<ChatEvent>([
    { kind: 'text', text: 'a word '.repeat(100_000) },
    { kind: 'started', servedModel: 'm' },
  ])('of $kind is given up', async (event) => {
    const relayed = relay('p', many(event), silent, () => undefined);
    await expect(relayed).rejects.toMatchObject({ kind: 'malformed', provider: 'p' });
  });

  it('is counted by its beginning and its length, and not kept', async () => {
    const said = 'some words of an answer. '.repeat(1_000);
    const times = 400;
    const report = await dispatch<void>({
      next: (tried) => [target][tried.length],
      signal: new AbortController().signal,
      now: () => 0,
      provider: () => ({
        id: 'p',
        facts: () => ({ id: 'p', local: false, usable: true, serves: { chat: true, completion: false } }),
      }),
      call: async (_provider, _target, tap) => {
        tap.commit();
        for (let i = 0; i < times; i++) tap.said(said);
        throw new ProviderFailure('cut', 'p', 'It was cut.');
      },
      report: () => undefined,
    });
    expect(report?.written?.length).toBe(said.length * times);
    expect(report?.written?.beginning.length).toBeLessThan(1_000_000);
    const once = { beginning: said, length: said.length };
    const tokens = (written = once): number =>
      (report && withEstimatedUsage({ ...report, written }, estimated, undefined).usage?.outputTokens) ?? 0;
    expect(tokens(report?.written) / (tokens() * times)).toBeCloseTo(1, 2);
  });
});
