import { formatCents, type Order, orderTotal } from '../../core/src/index.ts';

/** The line that the basket's button shows. */
export function basketLabel(order: Order): string {
  const count = order.lines.reduce((sum, line) => sum + line.quantity, 0);
  if (count === 0) return 'Your basket is empty';
  const noun = count === 1 ? 'article' : 'articles';
  return `${count} ${noun}, ${formatCents(orderTotal(order))}`;
}
