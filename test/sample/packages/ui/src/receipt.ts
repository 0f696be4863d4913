import { formatCents, type Order, orderTotal } from '../../core/src/index.ts';

/** A receipt as plain text, one article a line. */
export function receipt(order: Order): string {
  const lines = order.lines.map((line) => `${line.quantity} x ${line.article}  ${formatCents(line.unitCents)}`);
  return [`Receipt for ${order.customer}`, ...lines, `Total  ${formatCents(orderTotal(order))}`].join('\n');
}
