const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

const isUnit = (text: string): text is keyof typeof unitMs => Object.hasOwn(unitMs, text);

/** A duration of a policy ("15m", "1.5 h") in milliseconds; undefined for anything else. */
export function parseDurationMs(text: string): number | undefined {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z])$/.exec(text) ?? [];
  return amount !== '' && isUnit(unit) ? Number(amount) * unitMs[unit] : undefined;
}
