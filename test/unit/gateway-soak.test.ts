// A short one; `npm run bench -- soak --minutes N` goes on for as long as is wished.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/steps.ts';
import { startStage } from '../../src/gateway/testing/stage.ts';
import { soak } from '../bench/soakRun.ts';

describe('a gateway that has served many', () => {
  test('keeps nothing of them: no descriptor, socket or handle, no heap and no memory', {
    timeout: 240_000,
  }, async () => {
    const { samples, ended, broken } = await soak({
      program: join(ROOT, 'src', 'cli', 'main.ts'),
      requestsARound: 60,
      goesOn: (rounds) => rounds < 9,
    });
    expect(broken).toEqual([]);
    expect(samples).toHaveLength(9);
    // All that is to be survived has happened: answers, failures, refusals, and clients that went away.
    expect([...ended.keys()]).toEqual(expect.arrayContaining(['200', '400', '401', '402', '404', '502', 'left']));
  });

  test('asks a provider over the connection that it has', async () => {
    const stage = await startStage();
    try {
      for (let n = 0; n < 12; n++) {
        const body = {
          model: 'auto',
          max_tokens: 9,
          messages: [{ role: 'user', content: `What is ${n}?` }],
          stream: n % 2 === 0,
        };
        expect((await stage.ask('/v1/messages', { body })).status).toBe(200);
      }
      const requests = [stage.simulated.anthropic, stage.simulated.openai].flatMap((server) => server.requests);
      expect(requests).toHaveLength(12);
      expect(new Set(requests.map(({ remotePort }) => remotePort)).size).toBe(1);
    } finally {
      await stage.stop();
    }
  });
});
