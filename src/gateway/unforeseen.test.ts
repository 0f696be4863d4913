// A request whose way fails where nothing should.
import { afterEach, expect, it } from 'vitest';
import { ownPause } from '../../test/host/ownClock.ts';
import { spoken } from './testing/requests.ts';
import { type GatewayStage, startStage } from './testing/stage.ts';

let stage: GatewayStage;
afterEach(() => stage.stop());

/** A gateway whose router breaks, after it has answered with these words. */
async function breaking(words: string): Promise<GatewayStage> {
  const unasked = async (): Promise<never> => {
    throw new Error('not asked');
  };
  return startStage({
    router: {
      chat: async ({ emit }) => {
        if (words !== '') await emit({ kind: 'text', text: words });
        // So that they are there: what is broken off takes what is on its way with it.
        await ownPause(100);
        throw new Error('something secret broke');
      },
      decide: unasked,
      overrideOptions: unasked,
      governance: async (repository) => ({ repository, isGoverned: false }),
    },
  });
}

it.each(spoken)('that has begun to be answered is never taken for answered: $dialect', async ({ path, body }) => {
  stage = await breaking('half an answer');
  const answer = await stage.ask(path(true), { body: body('hello', true) });
  expect([answer.status, answer.complete]).toEqual([200, false]);
  expect(answer.text).toContain('half an answer');
});

it.each(spoken)('that was not is told so, and nothing of why: $dialect', async ({ path, body }) => {
  stage = await breaking('');
  const answer = await stage.ask(path(true), { body: body('hello', true) });
  expect([answer.status, answer.complete, answer.headers['x-should-retry']]).toEqual([500, true, 'false']);
  expect(answer.text).toMatch(/not foreseen/);
  expect(answer.text).not.toContain('secret');
  expect(stage.log.join('\n')).toContain('something secret broke');
});
