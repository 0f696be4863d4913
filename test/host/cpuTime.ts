/**
 * Milliseconds of processor time that this thread has used. For tests that something ends soon whatever it is given: what
 * else the machine is doing does not count.
 */
export function cpuNow(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
