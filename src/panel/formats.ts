/**
 * Numbers and days as `Intl` writes them in English, without it: to make its first formatter takes a page that has just
 * begun longer than all the rest of its script.
 */

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sept', 'Oct', 'Nov', 'Dec'] as const;
const units = ['', 'K', 'M', 'B', 'T'] as const;

/** `1,234,567`: a whole number, others are rounded. */
export function wholeNumber(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `12.3M`, `10K`: one digit after the point at most. @param value not below 0 */
export function shortNumber(value: number): string {
  let place = 0;
  // What would be rounded to a thousand of its unit has one of the next.
  while (place < units.length - 1 && tenthsOf(value, place) >= 10_000) place += 1;
  return `${tenthsOf(value, place) / 10}${units[place]}`;
}

/** Divided once: a tie stays one. */
function tenthsOf(value: number, place: number): number {
  return Math.round(place === 0 ? value * 10 : value / (1000 ** place / 10));
}

/** `29%`, `99.9%`. @param digits after the point, at most */
export function percentage(share: number, digits: 0 | 1): string {
  const scale = 10 ** digits;
  // 0.285 is a little less than that: what is written decides, not how a computer keeps it.
  const rounded = Math.round(Number((share * 100 * scale).toPrecision(12))) / scale;
  return digits === 0 ? `${wholeNumber(rounded)}%` : `${rounded}%`;
}

/** `22 Nov`, in UTC. @param at milliseconds since the epoch, as everywhere here */
export function utcDayAndMonth(at: number): string {
  const date = new Date(at);
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]}`;
}

/** `22 Nov 2026`, in UTC. */
export function utcDayMonthYear(at: number): string {
  return `${utcDayAndMonth(at)} ${new Date(at).getUTCFullYear()}`;
}

/** `22 Nov, 14:03`, by the reader's clock. */
export function localMoment(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getDate()} ${months[date.getMonth()]}, ${two(date.getHours())}:${two(date.getMinutes())}`;
}
