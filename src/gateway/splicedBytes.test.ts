import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JsonEdit, spliced, splicesOf } from '../chat/rewrite.ts';
import { splicedBytes } from './splicedBytes.ts';
import { type GatewayStage, startStage } from './testing/stage.ts';

describe('the bytes of a body with changes', () => {
  const text = JSON.stringify({ model: 'm', list: [1, { a: 'b' }, 'c'], more: { stop: null, n: 12 } }, undefined, 1);
  const path = fc.constantFrom<(string | number)[]>(
    ...[['model'], ['list', 1], ['list', 1, 'a'], ['list', 2], ['more', 'n'], ['new'], ['more', 'new']],
  );
  const edit: fc.Arbitrary<JsonEdit> = fc.oneof(
    fc.record({
      kind: fc.constant('set' as const),
      path,
      value: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
    }),
    fc.record({ kind: fc.constant('remove' as const), path }),
  );

  it('are those of its text with the same changes', () => {
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 4 }), (edits) => {
        const splices = splicesOf(text, edits);
        const bytes = splicedBytes(Buffer.from(text), splices);
        expect(Buffer.from(bytes).toString('utf8')).toBe(Buffer.from(spliced(text, splices)).toString('utf8'));
      }),
    );
  });
});

describe('a body that passes through', () => {
  let stage: GatewayStage;
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.stop());

  it.each([
    ['of plain letters', 'Say "hello".\n'],
    ['of letters that take several bytes', 'Grüße, 你好 — 🦊'],
  ])('arrives as it came, but for what the policy decided: %s', async (_, content) => {
    const { requests } = stage.simulated.anthropic;
    const before = requests.length;
    const body = { model: 'auto', max_tokens: 50, unknown: content, messages: [{ role: 'user', content }] };
    const answer = await stage.ask('/v1/messages', { headers: { 'x-routing-root': stage.repository.folder }, body });
    expect(answer.status).toBe(200);
    const sent = requests[before]?.body;
    expect(sent).toMatchObject({ unknown: content, messages: [{ role: 'user', content }] });
    expect(sent).not.toMatchObject({ model: 'auto' });
  });
});
