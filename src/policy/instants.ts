const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:T.*)?$/;

/**
 * Reads a policy's date as milliseconds since the epoch; a date alone is midnight UTC that begins it. Undefined for a
 * day that no calendar has, such as 31 February, which `Date.parse` would move to March.
 */
export function parseInstant(text: string): number | undefined {
  const found = DATE.exec(text);
  if (found === null) return undefined;
  const [, year = '', month = '', day = ''] = found;
  const lastDay = daysIn(Number(year), Number(month));
  if (lastDay === undefined || Number(day) < 1 || Number(day) > lastDay) return undefined;
  const instant = Date.parse(text.includes('T') ? text : `${text}T00:00:00Z`);
  return Number.isNaN(instant) ? undefined : instant;
}

function daysIn(year: number, month: number): number | undefined {
  if (month < 1 || month > 12) return undefined;
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
