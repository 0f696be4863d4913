import { afterAll, describe, expect, test } from 'vitest';
import { startTeamStage } from '../host/teamStage.ts';

const stage = await startTeamStage();

afterAll(() => stage?.stop());

describe.skipIf(stage === undefined)('the server’s database', () => {
  test('is reached by a server that answers', async () => {
    const answer = await fetch(`${stage?.url}/healthz`);
    expect([answer.status, await answer.text()]).toEqual([200, 'ok\n']);
  });
});
