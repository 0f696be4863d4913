const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

const isUnit = (text: string): text is keyof typeof UNIT_MS => Object.hasOwn(UNIT_MS, text);

/** A duration as the schema admits it ("15m", "1.5 h") in milliseconds; undefined for anything else. */
export function durationMs(text: string): number | undefined {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z])$/.exec(text) ?? [];
  return isUnit(unit) ? Number(amount) * UNIT_MS[unit] : undefined;
}
