import { CommandError } from './command.ts';

/** Characters of one line: a request with some ten thousand files. What is longer is not held in memory. */
export const MOST_CHARACTERS = 4_000_000;

/** A line as it came; `tooLong` in place of one that was not kept. */
export type RequestLine = { readonly text: string } | { readonly tooLong: true };

/**
 * The lines of a stream, as many at a time as have come, so that the reader waits for nobody and nobody waits for it.
 * Empty lines are left out; line ends may be of any system.
 */
export async function* lineBatches(input: AsyncIterable<Buffer | string>): AsyncGenerator<readonly RequestLine[]> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  let skipping = false;
  for await (const chunk of input) {
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    const batch: RequestLine[] = [];
    for (const line of lines) {
      if (skipping) skipping = false;
      else if (line.length > MOST_CHARACTERS) batch.push({ tooLong: true });
      else if (line.trim() !== '') batch.push({ text: line });
    }
    if (rest.length > MOST_CHARACTERS) {
      if (!skipping) batch.push({ tooLong: true });
      skipping = true;
      rest = '';
    }
    if (batch.length > 0) yield batch;
  }
  const last = rest + decoder.decode();
  if (!skipping && last.trim() !== '') yield [{ text: last }];
}

/** The JSON value of a line. @throws {CommandError} */
export function jsonOf(line: RequestLine): unknown {
  if ('tooLong' in line) throw new CommandError(`This line has more than ${MOST_CHARACTERS} characters: split it.`);
  try {
    return JSON.parse(line.text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new CommandError(`This line is no JSON (${error instanceof Error ? error.message : String(error)}).`);
  }
}
