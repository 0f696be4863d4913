import type { Reporter, TestModule } from 'vitest/node';
import { CELLS, type Cell } from './cells.ts';

/** Prints one table of clients by cells after all tests, and the notes below it. */
export default class TableReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = new Map<string, Map<Cell, string>>();
    const notes: string[] = [];
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { cell } = test.meta();
        if (cell === undefined) continue;
        const name = `${cell.client} | ${cell.target}`;
        const row = rows.get(name) ?? new Map<Cell, string>();
        rows.set(name, row);
        const result = test.result();
        const again = test.diagnostic()?.retryCount ?? 0;
        const yes = again === 0 ? 'yes' : `yes, at try ${again + 1}`;
        const sign = result.state === 'passed' ? yes : result.state === 'failed' ? 'NO' : 'n/a';
        for (const one of cell.cells) row.set(one, sign);
        const reason = result.state === 'skipped' ? result.note : cell.note;
        if (reason !== undefined)
          notes.push(`${cell.client} on ${cell.target}, ${cell.cells.join(' and ')}: ${reason}`);
      }
    }
    if (rows.size === 0) return;
    const lines = [...rows].map(
      ([name, row]) => `| ${name} | ${CELLS.map((cell) => row.get(cell) ?? '–').join(' | ')} |`,
    );
    const head = [`| client | model | ${CELLS.join(' | ')} |`, `|---|---|${CELLS.map(() => '---|').join('')}`];
    process.stdout.write(`\n${[...head, ...lines, '', ...notes].join('\n')}\n`);
  }
}
