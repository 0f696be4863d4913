// Run with: node packages/core/test/order.test.ts
import { addLine, emptyOrder, orderTotal } from '../src/index.ts';

function expectTotal(what: string, cents: number, expected: number): void {
  if (cents !== expected) throw new Error(`${what}: expected ${expected}, got ${cents}`);
}

expectTotal('an empty order costs nothing', orderTotal(emptyOrder('Ada')), 0);

const order = addLine(emptyOrder('Ada'), { article: 'lamp', quantity: 2, unitCents: 5_000 });
expectTotal('an order of 100 EUR gets 5 percent off', orderTotal(order), 9_500);
