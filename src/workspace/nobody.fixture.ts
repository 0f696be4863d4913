/**
 * Does some work as somebody who is not asked for permission to everything, as the system's own user is.
 *
 * @param work all of it in this process: only who this one is changes
 */
export async function asNobody<Result>(work: () => Promise<Result>): Promise<Result> {
  if (process.geteuid?.() !== 0 || process.seteuid === undefined) return work();
  process.seteuid(65_534);
  try {
    return await work();
  } finally {
    process.seteuid(0);
  }
}
