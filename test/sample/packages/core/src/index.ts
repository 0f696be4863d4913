export { type Discount, discountFor } from './discount.ts';
export { formatCents } from './money.ts';
export { addLine, emptyOrder, type Order, type OrderLine, orderTotal } from './order.ts';
