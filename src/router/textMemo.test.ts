import { describe, expect, it } from 'vitest';
import { textMemo } from './textMemo.ts';

describe('what is remembered of texts', () => {
  function counted(): { readonly lengthOf: (text: string) => number; readonly worked: string[] } {
    const worked: string[] = [];
    const lengthOf = textMemo((text) => {
      worked.push(text);
      return text.length;
    });
    return { lengthOf, worked };
  }

  it('is worked out once, and for another text anew', () => {
    const { lengthOf, worked } = counted();
    const [one, other] = ['a'.repeat(200), `${'a'.repeat(199)}b`];
    expect([lengthOf(one), lengthOf(other), lengthOf(one), lengthOf(other)]).toEqual([200, 200, 200, 200]);
    expect(worked).toEqual([one, other]);
  });

  it('is bounded: what was asked about last stays, and a text that is too long is not kept at all', () => {
    const { lengthOf, worked } = counted();
    const texts = Array.from({ length: 30 }, (_, n) => String(n).padStart(100_000, 'x'));
    const first = texts[0] ?? '';
    for (const text of texts) {
      lengthOf(text);
      lengthOf(first);
    }
    expect(worked).toHaveLength(30);
    lengthOf(texts[1] ?? '');
    expect(worked).toHaveLength(31);
    lengthOf(first);
    expect(worked).toHaveLength(31);
    const long = 'y'.repeat(3_000_000);
    lengthOf(long);
    lengthOf(long);
    expect(worked).toHaveLength(33);
  });
});
