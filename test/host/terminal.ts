// The integrated terminal, used as a person does: by its keyboard.
import type { Workbench } from './workbench.ts';

const TERMINALS = '.part.panel .terminal-wrapper.active .xterm-helper-textarea';
const READY_MS = 30_000;

/** Opens a terminal, and waits until it has the keyboard. */
export async function newTerminal(workbench: Workbench): Promise<void> {
  await workbench.command('Terminal: Create New Terminal');
  await workbench.page.locator(TERMINALS).first().waitFor({ state: 'attached', timeout: READY_MS });
}

/** Types a command into the terminal in front, and its end of line. What it writes is read from files. */
export async function runInTerminal(workbench: Workbench, command: string): Promise<void> {
  await workbench.page.locator(TERMINALS).first().focus({ timeout: READY_MS });
  await workbench.type(command, 5);
  await workbench.press('Enter');
}
