/** Formats whole cents, e.g. 1250 as "12.50 EUR". */
export function formatCents(cents: number, currency = 'EUR'): string {
  const sign = cents < 0 ? '-' : '';
  const amount = Math.abs(cents);
  const whole = Math.floor(amount / 100);
  const rest = String(amount % 100).padStart(2, '0');
  return `${sign}${whole}.${rest} ${currency}`;
}
