import { validateHeaderValue } from 'node:http';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { routingHeaders } from './routingHeaders.ts';

const lost = (where: string, what = 'a text') => [{ where, what }];

it('a line break, in whatever is told, makes no header of its own', () => {
  const headers = routingHeaders({ target: 'a/b\r\nset-cookie: x', attempts: 1, lost: lost('x\n\u2028y\u0000', 'ä') });
  expect(headers).toEqual({ 'x-routing-model': 'a/b?set-cookie: x', 'x-routing-lost': 'x?y?: ?' });
});

it('any text is a value that can be sent, and not a long one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (text) => {
      for (const [name, value] of Object.entries(routingHeaders({ target: text, attempts: 1, lost: lost(text) }))) {
        expect(() => validateHeaderValue(name, value)).not.toThrow();
        expect(value).toMatch(/^[\x20-\x7e]{0,500}$/);
      }
    }),
  );
});

it('what is not known is left out', () => {
  expect(routingHeaders({ attempts: 0, lost: [] })).toEqual({});
});
