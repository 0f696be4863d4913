import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { keyedHash } from './keyedHash.ts';

const plain = (key: Buffer, text: string): string => createHmac('sha256', key).update(text).digest('hex');

test('it is the HMAC of its own key and text, however often and in whichever order both are asked about', () => {
  const keys = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const texts = ['', 'a', 'b', 'a'.repeat(5_000), ...Array.from({ length: 2_500 }, (_, n) => `text ${n}`)];
  for (let round = 0; round < 2; round++) {
    for (const text of texts) for (const key of keys) expect(keyedHash(key, text)).toBe(plain(key, text));
  }
});
