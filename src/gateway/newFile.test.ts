import { afterAll, beforeAll, expect, it } from 'vitest';
import { sampleFiles } from '../../test/host/routerStage.ts';
import { type GatewayStage, startStage } from './testing/stage.ts';

let stage: GatewayStage;
beforeAll(async () => {
  const { '.env': _, ...files } = sampleFiles;
  stage = await startStage({ files: { ...files, '.gitignore': '.env\n' } });
});
afterAll(() => stage.stop());

it.each(['.env', 'packages/core/src/.env'])(
  'a guarded file %s is known to the request that follows it',
  async (path) => {
    const key = `PAYMENT_TOKEN=9f8c2b7e41d05a6bc3e17d2${path.length}`;
    const messages = [{ role: 'user', content: `What is wrong here? ${key}` }];
    const ask = (): ReturnType<GatewayStage['ask']> =>
      stage.ask('/v1/chat/completions', { body: { model: 'auto', messages } });
    expect((await ask()).status).toBe(200);
    await stage.repository.write({ [path]: `${key}\n` });
    expect((await ask()).status).toBe(402);
  },
);
