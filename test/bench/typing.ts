// What ghost text costs and shows while a person types: the replay of typingReplay.ts on this project's own source.
import { readFileSync } from 'node:fs';
import { count, type Report } from './report.ts';
import { replayTyping } from './typingReplay.ts';

const SEEDS = [1, 2, 3, 4, 5];
const CHARACTERS = 4_000;
const LATENCY_MS = 300;

export async function measure(): Promise<Report> {
  const file = new URL('../../src/router/completion/engine.ts', import.meta.url);
  const source = readFileSync(file, 'utf8').slice(0, CHARACTERS);
  const replays: (Awaited<ReturnType<typeof replayTyping>> & { readonly seed: number })[] = [];
  for (const seed of SEEDS) replays.push({ seed, ...(await replayTyping(source, { seed, latencyMs: LATENCY_MS })) });
  return {
    rows: replays.map((replay) => ({
      what: `trace ${replay.seed}`,
      figures: {
        'words a minute': count(replay.wordsPerMinute),
        keystrokes: count(replay.keystrokes),
        requests: count(replay.requests),
        'a keystroke': count(replay.requestsPerKeystroke),
        shown: count(replay.shown),
        accepted: count(replay.accepted),
        'characters accepted': count(replay.charactersAccepted),
        stale: count(replay.stale),
        unsettled: count(replay.unsettled),
      },
    })),
    notes: [
      `${CHARACTERS} characters of code; the provider takes ${LATENCY_MS} ms ± 40 %, and is right 60 % of the time.`,
    ],
    broken: replays.flatMap(({ seed, shown, stale, unsettled }) => [
      ...(stale === 0 ? [] : [`Trace ${seed} was shown ${stale} stale suggestions; there must be none.`]),
      ...(unsettled === 0 ? [] : [`Trace ${seed} left ${unsettled} promises unsettled; there must be none.`]),
      ...(shown > 0 ? [] : [`Trace ${seed} was shown nothing, so it proves nothing.`]),
    ]),
  };
}
