import { describe, expect, it } from 'vitest';
import { atOneGlance, seenOnce } from './glance.ts';

describe('one glance', () => {
  const thing = {};
  const other = {};

  function looking(): { readonly look: () => Promise<number>; readonly count: () => number } {
    let looks = 0;
    return {
      look: async () => {
        looks += 1;
        return looks;
      },
      count: () => looks,
    };
  }

  it('looks at each thing once, for one request', async () => {
    const { signal } = new AbortController();
    const { look, count } = looking();
    await atOneGlance(signal, async () => {
      expect(await Promise.all([seenOnce(signal, thing, look), seenOnce(signal, thing, look)])).toEqual([1, 1]);
      expect(await seenOnce(signal, other, look)).toBe(2);
      expect(await seenOnce(new AbortController().signal, thing, look)).toBe(3);
      expect(await seenOnce(undefined, thing, look)).toBe(4);
    });
    expect(count()).toBe(4);
  });

  it('is over with the work, also where that fails', async () => {
    const { signal } = new AbortController();
    const { look } = looking();
    const failing = atOneGlance(signal, async () => {
      await seenOnce(signal, thing, look);
      throw new Error('It failed.');
    });
    await expect(failing).rejects.toThrow('It failed.');
    expect(await seenOnce(signal, thing, look)).toBe(2);
    expect(await atOneGlance(signal, () => seenOnce(signal, thing, look))).toBe(3);
  });
});
