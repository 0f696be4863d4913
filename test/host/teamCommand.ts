// `routing-policy team ACTION` in this process, over the database of a test.
import { Readable } from 'node:stream';
import { type Call, CommandError } from '../../src/cli/command.ts';
import { plain } from '../../src/cli/paint.ts';
import { runTeam } from '../../src/cli/team.ts';
import type { DatabaseAddress } from '../../src/team/store/database.ts';

export interface Commanded {
  /** 2 where it could not run, with the reason in what it wrote. */
  readonly code: number;
  /** All that it wrote, notes included. */
  readonly out: string;
}

/** @param now milliseconds since the epoch */
export function teamCommand(
  address: DatabaseAddress,
  now: () => number,
): (words: readonly string[], values?: Call['values']) => Promise<Commanded> {
  const database = urlOf(address);
  return async (words, values = {}) => {
    const out: string[] = [];
    const write = async (text: string): Promise<void> => void out.push(text);
    const call: Call = {
      cwd: process.cwd(),
      env: {},
      stdin: Readable.from([]),
      write,
      note: write,
      paint: plain,
      progress: () => undefined,
      now: now(),
      signal: new AbortController().signal,
      values: { database, ...values },
      positionals: words,
    };
    const ended = await runTeam(call).catch(async (error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
      await write(error.message);
      return 2;
    });
    return { code: typeof ended === 'number' ? ended : ended.programCode, out: out.join('') };
  };
}

function urlOf(address: DatabaseAddress): string {
  switch (address.kind) {
    case 'url':
      return address.url;
    case 'socket':
      return `postgres:///${address.name}?host=${encodeURIComponent(address.folder)}&user=${address.user}`;
    case 'port':
      return `postgres://${address.user}:${address.password}@127.0.0.1:${address.port}/${address.name}`;
    default:
      return address satisfies never;
  }
}
