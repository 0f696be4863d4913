import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { policyFile } from '../../test/host/routerStage.ts';
import { startSimulatedGoogle } from '../../test/simulated/main.ts';
import type { SimulatedServer } from '../../test/simulated/server.ts';
import { gemini } from '../chat/gemini/index.ts';
import { type GatewayStage, startStage } from './testing/stage.ts';

const target = 'google/gemini-3.8-flash';

let google: SimulatedServer;
let stage: GatewayStage;
beforeAll(async () => {
  google = await startSimulatedGoogle();
  stage = await startStage({
    files: { [policyFile]: JSON.stringify({ version: 1, default: target }) },
    providers: { google: { wire: 'gemini', baseUrl: google.url, auth: 'none' } },
  });
});
beforeEach(() => {
  google.recover();
  google.forget();
});
afterAll(async () => {
  await stage.stop();
  await google.stop();
});

const body = {
  contents: [{ role: 'user', parts: [{ text: 'hello' }] }],
  safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
  tools: [{ googleSearch: {} }],
  cachedContent: 'cachedContents/7',
};
const asked = (): ReturnType<GatewayStage['ask']> =>
  stage.ask('/v1beta/models/gemini-4-argon:streamGenerateContent', { body });

it('a stream as a list passes through to a provider of the dialect: nothing of the body is lost', async () => {
  const answer = await asked();
  expect(answer.status, answer.text).toBe(200);
  expect(answer.headers).toMatchObject({ 'x-routing-model': target });
  expect(answer.headers['content-type']).toContain('application/json');
  expect(answer.headers['x-routing-lost']).toBeUndefined();
  expect(google.requests[0]?.body).toMatchObject(body);
  const list: unknown = JSON.parse(answer.text);
  expect(Array.isArray(list)).toBe(true);
  const events = gemini.readWhole(list);
  expect(events.map((event) => (event.kind === 'text' ? event.text : '')).join('')).toContain('Simulated answer');
  expect(events.at(-1)).toMatchObject({ kind: 'finished' });
});

it.each(['cut', 'stream-error'] as const)('ends as a list with the error, after: %s', async (kind) => {
  google.behave({ kind, afterDeltas: 12 });
  const answer = await asked();
  expect(answer.status, answer.text).toBe(200);
  const list = JSON.parse(answer.text) as readonly object[];
  expect(list.length).toBeGreaterThan(2);
  expect(list.at(-1)).toHaveProperty('error.message');
});
