import type { ChildProcess } from 'node:child_process';

/** What a program says first on its standard output; fails where it ends, or says nothing within so many milliseconds. */
export function firstLine(child: ChildProcess, patienceMs: number): Promise<string> {
  return new Promise((settle, fail) => {
    let said = '';
    const timer = setTimeout(() => fail(new Error('It said nothing.')), patienceMs);
    child.stdout?.on('data', (piece: Buffer) => {
      said += piece.toString('utf8');
      if (!said.includes('\n')) return;
      clearTimeout(timer);
      settle(said.split('\n', 1)[0] ?? '');
    });
    child.once('error', fail);
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(new Error(`It ended with ${code}.`));
    });
  });
}
