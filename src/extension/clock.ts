/** A time of day as this machine writes it. `at` is milliseconds since the epoch. */
export function clock(at: number): string {
  return new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}
