import { discountFor } from './discount.ts';

export interface OrderLine {
  readonly article: string;
  readonly quantity: number;
  readonly unitCents: number;
}

export interface Order {
  readonly customer: string;
  readonly lines: readonly OrderLine[];
}

export function emptyOrder(customer: string): Order {
  return { customer, lines: [] };
}

export function addLine(order: Order, line: OrderLine): Order {
  if (line.quantity <= 0) throw new RangeError(`quantity of ${line.article} must be positive`);
  return { ...order, lines: [...order.lines, line] };
}

/** What the customer pays, in cents, discount taken off. */
export function orderTotal(order: Order): number {
  const gross = order.lines.reduce((sum, line) => sum + line.quantity * line.unitCents, 0);
  const discount = discountFor(gross);
  return gross - Math.round((gross * discount.percent) / 100);
}
