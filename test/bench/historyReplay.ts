// Replays a repository's own history: what a commit added, would it have been completed?
//
// What is asked. For each of the last N commits of the first-parent line: the tree of its parent is the index; of the
// lines it adds to code files, at most so many that are not blank are drawn by a fixed seed. The prefix is the new
// file's own text up to the cursor, as it would have been typed; the suffix is the old file's text after the place.
// The line itself and what the commit adds later or elsewhere are nowhere in the index.
//   next token   every token of the line, its end included, with all before it given (white space before it too)
//   rest of line one place a line, drawn among the starts of its second to last token; exact means every character
//   whole line   at the start of the line, its indentation given
import { type CopyModel, createCopyModel } from '../../src/providers/workspace-copy/copy-model.ts';
import { indentEnd } from '../../src/providers/workspace-copy/indent.ts';
import { Lexicon } from '../../src/providers/workspace-copy/lexicon.ts';
import { SHOWN_FROM } from '../../src/providers/workspace-copy/show.ts';
import { gapOf, TokenBuffer, wordOf } from '../../src/providers/workspace-copy/token.ts';
import { tokenizeLine } from '../../src/providers/workspace-copy/tokenize.ts';
import { type Change, type Commit, changesOf, filesOf } from './history.ts';
import { quantile, type Timing } from './timing.ts';

const CODE = /\.(go|[cm]?[jt]sx?|py|rs|java|kt|rb|cs|c|h|cc|cpp|hpp|swift|php|scala|sh)$/;
const MOST_MS = 10 * 60_000;

/** Where to ask: a line of a commit's new file, and what stood below it before. */
interface Place {
  readonly path: string;
  readonly above: string;
  readonly line: string;
  readonly below: string;
}

interface Shown {
  shown: number;
  exact: number;
}

interface Tallied {
  asked: number;
  exact: number;
  readonly at: Map<number, Shown>;
}

export interface HistoryReplay {
  readonly commits: number;
  readonly lines: number;
  readonly index: {
    readonly files: number;
    readonly tokens: number;
    readonly tokensPerSecond: number;
    readonly bytesPerToken: number;
  };
  readonly nextToken: {
    readonly asked: number;
    readonly rightPercent: number;
    readonly rightPercentWithoutLineEnds: number;
  };
  readonly restOfLine: Accuracy;
  readonly wholeLine: Accuracy;
  readonly microseconds: { readonly predict: Timing; readonly nextToken: Timing };
}

export interface Accuracy {
  readonly asked: number;
  readonly exactPercent: number;
  readonly shown: readonly {
    readonly from: number;
    readonly shownPercent: number;
    readonly exactPercentOfShown: number;
  }[];
}

export interface ReplayOptions {
  /** The oldest first; at least one. */
  readonly commits: readonly Commit[];
  /** At most so many lines are asked about per commit. */
  readonly linesPerCommit: number;
  readonly seed: number;
}

/**
 * Replays commits of the git repository in `repository`, for ten minutes at most: what is left then is not counted.
 * @throws when there is no commit to replay.
 */
export function replayHistory(repository: string, { commits, linesPerCommit, seed }: ReplayOptions): HistoryReplay {
  const started = performance.now();
  const model = createCopyModel();
  const [oldest] = commits;
  if (oldest === undefined) throw new Error(`${repository} has no commit with a parent: there is nothing to replay.`);
  const tokensPerSecond = indexTree(model, repository, oldest.parent);
  const { files, tokens, bytes } = model.size();
  const draw = drawing(seed);
  const next = { asked: 0, right: 0, words: 0, wordsRight: 0 };
  const rest = newTally();
  const whole = newTally();
  const times = { predict: [] as number[], next: [] as number[] };
  let lines = 0;
  let replayed = 0;
  for (const commit of commits) {
    if (performance.now() - started > MOST_MS) break;
    const changes = changesOf(repository, commit);
    for (const place of sample(
      changes.flatMap((change) => [...placesOf(change)]),
      linesPerCommit,
      draw,
    )) {
      lines++;
      const tokensOfLine = split(place.line);
      for (const { start, text } of tokensOfLine) {
        const query = { path: place.path, prefix: place.above + place.line.slice(0, start), suffix: place.below };
        const before = performance.now();
        const answer = model.nextToken(query)?.text;
        times.next.push(performance.now() - before);
        const right = answer === text || answer?.trimStart() === text;
        next.asked++;
        next.right += Number(right);
        next.words += Number(text !== '\n');
        next.wordsRight += Number(right && text !== '\n');
      }
      const inner = tokensOfLine.slice(1, -1);
      const chosen = inner[Math.floor(draw() * inner.length)];
      if (chosen !== undefined) times.predict.push(ask(model, place, chosen.start, rest));
      times.predict.push(ask(model, place, tokensOfLine[0]?.start ?? 0, whole));
    }
    // Only now does the index learn what the commit brought: it is the next one's parent.
    for (const { path, after } of changes) after === undefined ? model.remove(path) : model.index(path, after);
    replayed++;
  }
  return {
    commits: replayed,
    lines,
    index: { files, tokens, tokensPerSecond, bytesPerToken: round(bytes / tokens) },
    nextToken: {
      asked: next.asked,
      rightPercent: percent(next.right, next.asked),
      rightPercentWithoutLineEnds: percent(next.wordsRight, next.words),
    },
    restOfLine: accuracyOf(rest),
    wholeLine: accuracyOf(whole),
    microseconds: { predict: timingOf(times.predict), nextToken: timingOf(times.next) },
  };
}

/** Indexes a commit's tree. Returns tokens per second of `index` alone, without git's time. */
function indexTree(model: CopyModel, repository: string, commit: string): number {
  let ms = 0;
  for (const { path, text } of filesOf(repository, commit)) {
    const before = performance.now();
    model.index(path, text);
    ms += performance.now() - before;
  }
  return Math.round((model.size().tokens / ms) * 1000);
}

function* placesOf({ path, before, after, hunks }: Change): Generator<Place> {
  if (after === undefined || !CODE.test(path)) return;
  const lines = after.split('\n');
  const old = (before ?? '').split('\n');
  for (const hunk of hunks) {
    const below = `\n${old.slice(hunk.oldEnd).join('\n')}`;
    for (let at = hunk.start; at < hunk.start + hunk.count; at++) {
      const line = lines[at]?.trimEnd() ?? '';
      if (line === '' || line.length > 500) continue;
      yield {
        path,
        above: lines
          .slice(0, at)
          .map((l) => `${l}\n`)
          .join(''),
        line,
        below,
      };
    }
  }
}

/** The tokens of a line with their places; the last is the line's end. */
function split(line: string): { start: number; text: string }[] {
  const lexicon = new Lexicon();
  const buffer = new TokenBuffer();
  let at = indentEnd(line, 0, line.length);
  tokenizeLine(line, at, line.length, lexicon, buffer);
  const tokens = Array.from(buffer.view(), (token) => {
    const text = lexicon.text(wordOf(token));
    const start = at + gapOf(token).length;
    at = start + text.length;
    return { start, text };
  });
  return [...tokens, { start: line.length, text: '\n' }].filter(({ text }) => text === '\n' || text.trim() !== '');
}

function ask(model: CopyModel, place: Place, start: number, tally: Tallied): number {
  const query = { path: place.path, prefix: place.above + place.line.slice(0, start), suffix: place.below };
  const before = performance.now();
  const answer = model.predict(query);
  const ms = performance.now() - before;
  const exact = answer?.text === place.line.slice(start);
  tally.asked++;
  tally.exact += Number(exact);
  for (const [from, count] of tally.at) {
    if (answer === undefined || answer.confidence < from) continue;
    count.shown++;
    count.exact += Number(exact);
  }
  return ms;
}

function newTally(): Tallied {
  const from = [SHOWN_FROM.midLine, SHOWN_FROM.wholeLine];
  return { asked: 0, exact: 0, at: new Map(from.map((confidence) => [confidence, { shown: 0, exact: 0 }])) };
}

function accuracyOf({ asked, exact, at }: Tallied): Accuracy {
  const shown = [...at].map(([from, count]) => ({
    from,
    shownPercent: percent(count.shown, asked),
    exactPercentOfShown: percent(count.exact, count.shown),
  }));
  return { asked, exactPercent: percent(exact, asked), shown };
}

/** At most `count` of `all`, in their order. */
function sample<T>(all: readonly T[], count: number, draw: () => number): T[] {
  let left = count;
  return all.filter((_, at) => {
    const taken = draw() * (all.length - at) < left;
    left -= Number(taken);
    return taken;
  });
}

/** A linear congruential generator (Numerical Recipes' constants): the same seed asks the same places. */
function drawing(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function timingOf(ms: readonly number[]): Timing {
  return { p50: quantile(ms, 0.5) * 1000, p99: quantile(ms, 0.99) * 1000 };
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : round((100 * part) / whole);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
