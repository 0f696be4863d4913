import { open } from 'node:fs/promises';
import { errorCode } from './writeResult.ts';

const CHUNK_BYTES = 256 * 1024;
const NEWLINE = 10;

/**
 * The lines of a file, the last first, and no more of the file than they take: the newest of a long log are at its end.
 * Empty lines are left out. A file that is not there has none.
 */
export async function* linesFromEnd(path: string, chunkBytes = CHUNK_BYTES): AsyncGenerator<string, void, undefined> {
  const file = await open(path, 'r').catch((error: unknown) => {
    // Another process has just removed it for its age.
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return;
  try {
    let end = (await file.stat()).size;
    // What was read of the line whose beginning lies further up, the part nearest to the beginning first.
    let rest: Buffer[] = [];
    while (end > 0) {
      const start = Math.max(0, end - chunkBytes);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
      const chunk = buffer.subarray(0, bytesRead);
      end = start;
      let from = chunk.length;
      for (let at = chunk.lastIndexOf(NEWLINE); at >= 0; at = at === 0 ? -1 : chunk.lastIndexOf(NEWLINE, at - 1)) {
        const line = Buffer.concat([chunk.subarray(at + 1, from), ...rest]).toString();
        rest = [];
        from = at;
        if (line !== '') yield line;
      }
      rest = [chunk.subarray(0, from), ...rest];
    }
    const first = Buffer.concat(rest).toString();
    if (first !== '') yield first;
  } finally {
    await file.close();
  }
}
