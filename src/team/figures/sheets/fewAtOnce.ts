/** Does what is handed to it, so much of it at once and the rest in the order in which it came. */
export type FewAtOnce = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** @param most how many at once */
export function fewAtOnce(most: number): FewAtOnce {
  const waiting: (() => void)[] = [];
  let free = most;
  return async (work) => {
    // Who ends hands its place to the one that has waited longest.
    if (free > 0) free -= 1;
    else await new Promise<void>((go) => waiting.push(go));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
