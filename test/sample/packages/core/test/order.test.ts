import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addLine, emptyOrder, orderTotal } from '../src/index.ts';

test('an empty order costs nothing', () => {
  assert.equal(orderTotal(emptyOrder('Ada')), 0);
});

test('an order of 100 EUR gets 5 percent off', () => {
  const order = addLine(emptyOrder('Ada'), { article: 'lamp', quantity: 2, unitCents: 5_000 });
  assert.equal(orderTotal(order), 9_500);
});
