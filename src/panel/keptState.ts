import { readRange, type UsageRange } from '../contract/usageRange.ts';

/** What outlives the panel's being hidden and a reload of the window: no figure, only how they are looked at. */
export interface KeptState {
  readonly range: UsageRange;
  /** How far down, in pixels. */
  readonly scroll: number;
}

/** What was kept; undefined for nothing, and for what an older version may have written. */
export function readKeptState(value: unknown): KeptState | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { range: written, scroll } = value as Readonly<Record<string, unknown>>;
  const range = readRange(written);
  if (range === undefined) return undefined;
  return { range, scroll: typeof scroll === 'number' && scroll >= 0 ? scroll : 0 };
}
