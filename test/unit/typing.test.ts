import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { replayTyping } from '../bench/typingReplay.ts';

const source = readFileSync(new URL('../../src/router/completion/debounce.ts', import.meta.url), 'utf8').slice(
  0,
  1_800,
);

test.each([11, 12, 13, 14])(
  'typing at sixty words a minute never meets a stale suggestion or a hanging promise (seed %i)',
  async (seed) => {
    const replay = await replayTyping(source, { seed });
    expect(replay).toMatchObject({ stale: 0, unsettled: 0 });
    expect(replay.shown).toBeGreaterThan(50);
    expect(replay.accepted).toBeGreaterThan(5);
    expect(replay.requestsPerKeystroke).toBeLessThan(0.35);
  },
);

test('a slow provider changes how much is shown, not whether it is right', async () => {
  expect(await replayTyping(source, { seed: 5, latencyMs: 2_500 })).toMatchObject({ stale: 0, unsettled: 0 });
});

test('typing inside a block, with code after the cursor, asks for whole blocks and is never wrong either', async () => {
  const block = Array.from(
    { length: 12 },
    (_, at) => `  if (ready(${at})) {\n    start(${at});\n    wait(${at});\n  }\n`,
  ).join('');
  const replay = await replayTyping(`function run() {\n${block}`, { seed: 7, suffix: '\n}\n' });
  expect(replay).toMatchObject({ stale: 0, unsettled: 0 });
  expect(replay.blocks).toBeGreaterThan(0);
  expect(replay.shown).toBeGreaterThan(10);
});
