import { describe, expect, test } from 'vitest';
import { isSeal, readSeal, writeSeal } from './sealed-thinking.ts';

describe('the seal of thinking', () => {
  test.each([
    [{ maker: 'anthropic', model: 'claude-sonnet-5-5', signature: 'EqQB+/=' }],
    [{ maker: 'openai', model: 'gpt-6-sol', sealed: 'gAAAA', id: 'rs_1' }],
    [{ maker: 'ünïted 🦊', id: '"\\' }],
    [{}],
  ])('of %j is one opaque text that gives it back', (seal) => {
    const text = writeSeal(seal);
    expect(text).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(readSeal(text)).toEqual(seal);
  });

  test('is told from the texts of providers', () => {
    expect(isSeal('gAAAAABo')).toBe(false);
    expect(readSeal('')).toBeUndefined();
    expect(readSeal(btoa('{"routing-policy": 2}'))).toBeUndefined();
  });

  test('that was cut or made up is nobody’s', () => {
    const text = writeSeal({ maker: 'anthropic', signature: 's' });
    expect(readSeal(text.slice(0, -3))).toEqual({});
    expect(readSeal(`${text.slice(0, 30)}*`)).toEqual({});
    const forged = btoa('{"routing-policy": 1,"maker":7,"model":{"a":1},"__proto__":{"id":"x"}}');
    expect(readSeal(forged)).toEqual({});
  });
});
