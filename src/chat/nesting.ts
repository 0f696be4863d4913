/**
 * The deepest that a schema or another value which is passed on as it is may be nested. What is deeper comes from nobody
 * who means well, and overflows the stack of whoever writes it as JSON.
 */
export const deepestNesting = 100;

/** Whether a parsed value is nested deeper than `levels`; itself it never goes deeper than that. */
export function nestsDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((item) => nestsDeeperThan(item, levels - 1));
  for (const key in value) {
    if (nestsDeeperThan((value as Readonly<Record<string, unknown>>)[key], levels - 1)) return true;
  }
  return false;
}
