/** Tiers of service that cost the list price, or less, or that were paid before. */
const usual: ReadonlySet<string> = new Set([
  ...['auto', 'default', 'standard', 'standard_only', 'flex', 'scale', 'batch', 'off'],
  // As Google's services say the same.
  ...['unspecified', 'on_demand', 'on_demand_flex', 'provisioned_throughput', 'traffic_type_unspecified'],
]);

/** Whether a field that names a tier or a speed names one that costs more than the list price, or that is not known. */
export function isDearTier(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && !usual.has(value.toLowerCase());
}
