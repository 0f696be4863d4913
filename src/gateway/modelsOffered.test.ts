// Which targets a client is offered by name: those that it may then ask for, where it can be told whose policy lets it.
import { afterEach, expect, it } from 'vitest';
import { createRepository } from '../../test/host/repository.ts';
import { policyFile } from '../../test/host/routerStage.ts';
import { type GatewayStage, startStage } from './testing/stage.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

const policyWith = (overrides: object | undefined): Record<string, string> => ({
  [policyFile]: JSON.stringify({
    version: 1,
    models: { any: ['anthropic/claude-haiku-5-5', 'openai/gpt-6-sol'] },
    default: 'any',
    ...(overrides ? { overrides } : {}),
  }),
});

async function offered(stage: GatewayStage): Promise<readonly string[]> {
  const { text } = await stage.ask('/v1/models');
  const { data } = JSON.parse(text) as { readonly data: readonly { readonly id: string }[] };
  return data.map(({ id }) => id).filter((id) => id.includes('/'));
}

it.each<[what: string, overrides: object | undefined, count: number]>([
  ['lets people choose offers its targets', { direction: 'any', reason: 'optional' }, 2],
  ['wants a reason, which no client can give, offers none', { direction: 'any', reason: 'required' }, 0],
  ['lets nobody choose offers none', undefined, 0],
])('a policy that %s', async (_, overrides, count) => {
  const stage = await startStage({ files: policyWith(overrides) });
  undo.push(() => stage.stop());
  expect(await offered(stage)).toHaveLength(count);
});

it('none is offered while several folders are open: what one lets be chosen, another may not', async () => {
  const strict = await createRepository({ files: policyWith(undefined) });
  undo.push(() => strict.remove());
  const stage = await startStage({
    files: policyWith({ direction: 'any', reason: 'optional' }),
    alsoOpen: [strict.folder],
  });
  undo.push(() => stage.stop());
  expect(await offered(stage)).toEqual([]);
});
