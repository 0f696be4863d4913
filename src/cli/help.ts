import type { Command } from './command.ts';
import { commands } from './commands.ts';
import { columns } from './table.ts';

const FOOT = 'Exit codes: 0 fine, 1 findings, 2 could not run.\n';

/** What `--help` prints: of one command, or the list of all. */
export function helpText(command?: Command): string {
  if (command === undefined) {
    const rows = commands.map(({ name, summary }) => [name, summary]);
    return `routing-policy COMMAND [OPTION]…\n\n${columns(rows)}\nrouting-policy COMMAND --help tells more about one.\n${FOOT}`;
  }
  const options = Object.entries(command.options).map(([name, { value, description }]) => [
    `--${name}${value === undefined ? '' : ` ${value}`}`,
    description,
  ]);
  const details = command.details.map((line) => `${line}\n`).join('');
  return `routing-policy ${command.name} ${command.synopsis}\n\n${details}\n${columns(options)}\n${FOOT}`;
}
