/** Which days the usage panel shows: so many up to now, today among them, or from one day to another, both included. UTC. */
export type UsageRange =
  | { readonly kind: 'days'; readonly days: RangeDays }
  | { readonly kind: 'custom'; readonly from: string; readonly to: string };

export type RangeDays = (typeof rangeDays)[number];

export const rangeDays = [1, 7, 30, 90] as const;
export const usualRange: UsageRange = { kind: 'days', days: 30 };

const DAY_MS = 86_400_000;

/** When a day such as `2026-11-22` begins in UTC, in milliseconds since the epoch; undefined for what is no day. */
export function dayStart(day: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return undefined;
  const at = Date.parse(`${day}T00:00:00Z`);
  // `2026-02-31` is read as a day in March by some.
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== day ? undefined : at;
}

/** From the first moment on and before the last, in milliseconds since the epoch; without `until` up to now. */
export function rangeSpan(range: UsageRange, now: number): { readonly since: number; readonly until?: number } {
  switch (range.kind) {
    case 'days':
      return { since: (Math.floor(now / DAY_MS) - range.days + 1) * DAY_MS };
    case 'custom': {
      const since = dayStart(range.from) ?? now;
      const until = (dayStart(range.to) ?? now) + DAY_MS;
      return until > now ? { since } : { since, until };
    }
    default:
      return range satisfies never;
  }
}

/** A range out of a message or out of what was kept; undefined for anything else. */
export function readRange(value: unknown): UsageRange | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { kind, days, from, to } = value as Readonly<Record<string, unknown>>;
  if (kind === 'days') {
    const known = rangeDays.find((one) => one === days);
    return known === undefined ? undefined : { kind, days: known };
  }
  if (kind !== 'custom' || typeof from !== 'string' || typeof to !== 'string') return undefined;
  const [first, last] = [dayStart(from), dayStart(to)];
  return first === undefined || last === undefined || first > last ? undefined : { kind, from, to };
}
