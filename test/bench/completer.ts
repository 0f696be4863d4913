// How good and how fast the embedded completer is, replayed on the history of git repositories (see historyReplay.ts).
//   --repo DIR    a repository; may be given more than once. Default: this project's own
//   --commits N   the last N commits, --lines N at most so many lines of each, --seed N which of them
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../../scripts/steps.ts';
import { lastCommits } from './history.ts';
import { type Accuracy, type HistoryReplay, replayHistory } from './historyReplay.ts';
import { wholeNumber } from './options.ts';
import { count, microseconds, percent, type Report, type Row } from './report.ts';

/** With less history than this the figures would say nothing. */
const FEWEST_COMMITS = 20;

export async function measure(args: readonly string[]): Promise<Report> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      repo: { type: 'string', multiple: true },
      commits: { type: 'string', default: '120' },
      lines: { type: 'string', default: '40' },
      seed: { type: 'string', default: '1' },
    },
  });
  const linesPerCommit = wholeNumber('lines', values.lines);
  const seed = wholeNumber('seed', values.seed);
  const rows: Row[] = [];
  const notes: string[] = [];
  for (const repository of values.repo ?? [ROOT]) {
    const name = basename(resolve(repository));
    const commits = lastCommits(repository, wholeNumber('commits', values.commits));
    if (values.repo === undefined && commits.length < FEWEST_COMMITS) {
      notes.push(
        `This copy of the project has ${commits.length} commits to replay, too few to tell anything. ` +
          'Name a repository with history: npm run bench:completer -- --repo DIR',
      );
      continue;
    }
    const replay = replayHistory(repository, { commits, linesPerCommit, seed });
    rows.push(...rowsOf(name, replay));
    notes.push(noteOn(name, replay));
  }
  return { rows, notes, broken: [] };
}

function rowsOf(
  name: string,
  { nextToken, restOfLine, wholeLine, microseconds: taken }: HistoryReplay,
): readonly Row[] {
  const accuracy = ({ asked, exactPercent, shown }: Accuracy): Row['figures'] => ({
    asked: count(asked),
    right: percent(exactPercent),
    ...Object.fromEntries(
      shown.flatMap(({ from, shownPercent, exactPercentOfShown }) => [
        [`shown from ${from}`, percent(shownPercent)],
        [`right of ${from}`, percent(exactPercentOfShown)],
      ]),
    ),
  });
  const time = ({ p50, p99 }: typeof taken.predict): Row['figures'] => ({
    p50: microseconds(p50),
    p99: microseconds(p99),
  });
  return [
    {
      what: `${name}: next token`,
      figures: { asked: count(nextToken.asked), right: percent(nextToken.rightPercent), ...time(taken.nextToken) },
    },
    { what: `${name}: rest of line`, figures: { ...accuracy(restOfLine), ...time(taken.predict) } },
    { what: `${name}: whole line`, figures: { ...accuracy(wholeLine), ...time(taken.predict) } },
  ];
}

function noteOn(name: string, { commits, lines, index, nextToken }: HistoryReplay): string {
  const { files, tokens, tokensPerSecond, bytesPerToken } = index;
  return (
    `${name}: ${lines} lines of ${commits} commits; next token without line ends ` +
    `${nextToken.rightPercentWithoutLineEnds} % right. Index at the start: ${files} files, ${tokens} tokens, ` +
    `${bytesPerToken} bytes a token, ${tokensPerSecond} tokens a second. Lines are timed together.`
  );
}
