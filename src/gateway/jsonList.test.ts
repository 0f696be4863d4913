import { expect, it } from 'vitest';
import { JsonList } from './jsonList.ts';

const written = (...pieces: readonly string[]): string => {
  const list = new JsonList();
  return pieces.map((piece) => list.take(piece).toString()).join('') + list.end();
};

it('events in pieces are one list, each entry as it came', () => {
  const text = written('data: {"a":1.', '50}\r\n\r\ndata: {"b":"ü"}\r\n', '\r\n: a comment\r\n\r\n');
  expect(JSON.parse(text)).toEqual([{ a: 1.5 }, { b: 'ü' }]);
  expect(text).toContain('1.50');
});

it('no events are an empty list', () => {
  expect(JSON.parse(written())).toEqual([]);
});
