import type { ToldStanding, ToldSync } from '../../contract/sync.ts';

/** Something that keeps usage from being sent, and will not pass without anyone. */
export interface SyncTrouble {
  /** For people. */
  readonly sentence: string;
  /** In milliseconds since the epoch; undefined: since it was set up. */
  readonly since: number | undefined;
}

/** A network that is away for less is nobody's business, in milliseconds. */
const LONG_MS = 3_600_000;

/** What is wrong with sending, where something is, the worst of the places first. */
export function syncTrouble({ team, otlp }: ToldSync): SyncTrouble | undefined {
  const places = [team, otlp].filter(isTroubled);
  const [worst] = places.toSorted((a, b) => (a.failingSince ?? 0) - (b.failingSince ?? 0));
  return worst && { sentence: worst.sentence, since: worst.failingSince };
}

/** Whether it has lasted so long that somebody should look at it. @param now milliseconds since the epoch */
export function isLasting({ since }: SyncTrouble, now: number): boolean {
  return since === undefined || now - since >= LONG_MS;
}

function isTroubled({ state }: ToldStanding): boolean {
  return state === 'failing' || state === 'unusable';
}
