import { printsText } from './printing.ts';
import { UNKNOWN } from './shellWords.ts';

/** One command of a command line, and the folders that `cd` went to before it. */
export interface ShellCommand {
  readonly text: string;
  /** It prints no file's text, whatever it names. */
  readonly quiet: boolean;
}

/** What hands names on to another command, so that nothing on the line is sure to be quiet. */
const handsOn = /\b(?:xargs|parallel|while|eval)\b|-exec|<</;
/** What only passes a here-document on: its body is prose or the text of a new file. */
const passesOn = /^\s*(?:cat|tee|git|echo|printf)\b/;

/** Command lines beyond this are looked at as a whole: no quiet commands, no folders. */
const longestLine = 100_000;
const mostHereDocuments = 20;

/** Splits a command line at what ends a command outside quotes, also in `$(…)`, without here-documents that are passed on. */
export function splitCommands(line: string): readonly ShellCommand[] {
  if (line.length > longestLine) return [{ text: line, quiet: false }];
  const text = withoutPassedOn(line);
  const mayBeQuiet = !handsOn.test(text);
  return pieces(text)
    .filter((piece) => piece.trim() !== '')
    .map((piece) => ({ text: piece, quiet: mayBeQuiet && !printsText(piece, text) }));
}

/** What ends a command outside quotes. */
const ends = ';&|\n';

/** A command that is not at its end yet, because another one stands in it. */
interface Open {
  readonly text: string;
  readonly quote: string;
  /** What ends the one within. */
  readonly until: ')' | '`';
}

/** Commands between what ends them. One in `$(…)` is a piece of its own, and an expansion like others where it stands. */
function pieces(text: string): string[] {
  const found: string[] = [];
  const open: Open[] = [];
  let quote = '';
  let written = '';
  const enter = (until: Open['until'], around: string): void => {
    open.push({ text: around, quote, until });
    written = '';
    quote = '';
  };
  const leave = (): void => {
    found.push(written);
    const around = open.pop();
    written = around?.text ?? '';
    quote = around?.quote ?? '';
  };
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charAt(at);
    if (quote === "'") {
      if (letter === "'") quote = '';
      written += letter;
    } else if (letter === '\\') {
      written += text.slice(at, at + 2);
      at += 1;
    } else if (letter === '$' && text[at + 1] === '(') {
      enter(')', written + UNKNOWN);
      at += 1;
    } else if (letter === '`') {
      if (open.at(-1)?.until === '`') leave();
      else enter('`', written + UNKNOWN);
    } else if (quote === '"') {
      if (letter === '"') quote = '';
      written += letter;
    } else if (letter === '"' || letter === "'") {
      quote = letter;
      written += letter;
    } else if (letter === '(') {
      found.push(written);
      enter(')', '');
    } else if (letter === ')') leave();
    else if (ends.includes(letter)) {
      found.push(written);
      written = '';
    } else written += letter;
  }
  return [...found, written, ...open.map((around) => around.text)];
}

/** The line without the bodies of here-documents that `cat`, `git` and the like only pass on. */
function withoutPassedOn(line: string): string {
  const opening = /<<-?\s*(["']?)(\w{1,100})\1[^\n]*\n/g;
  let kept = '';
  let from = 0;
  let count = 0;
  for (let match = opening.exec(line); match && count < mostHereDocuments; match = opening.exec(line), count += 1) {
    const body = opening.lastIndex;
    const end = line.slice(body).search(new RegExp(`^\\s*${match[2]}\\s*\\)?"?$`, 'm'));
    if (end < 0) continue;
    const before = line.slice(from, match.index);
    const command = before.slice(Math.max(...[';', '|', '&', '\n', '('].map((mark) => before.lastIndexOf(mark))) + 1);
    opening.lastIndex = body + end;
    if (!passesOn.test(command)) continue;
    kept += line.slice(from, match.index) + match[0].replace(/^<<-?\s*["']?\w+["']?/, ' ');
    from = body + end;
  }
  return kept + line.slice(from);
}

const changesFolder = /^\s*(?:cd|pushd|chdir|sl|Set-Location)\s+(?:"([^"]+)"|'([^']+)'|(\S+))/;

/** The folder that a command goes to, when it is `cd`. */
export function folderOf({ text }: ShellCommand): string | undefined {
  const match = changesFolder.exec(text);
  return match?.[1] ?? match?.[2] ?? match?.[3];
}
