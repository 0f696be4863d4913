import { errorCode } from '../usage/writeResult.ts';
import { CommandError, type Run } from './command.ts';

/**
 * Loads the team's server, which is a bundle of its own: the extension's package, whose size is bounded, goes without it.
 * @throws {CommandError} where it is not there
 */
export async function loadTeam(): Promise<Run> {
  try {
    return (await import('./team.ts')).runTeam;
  } catch (error) {
    if (errorCode(error) !== 'MODULE_NOT_FOUND' || !String(error).includes('team.js')) throw error;
    throw new CommandError(
      'The team’s server is not part of the editor’s extension. Install the command line with npm, which has it: npm install --global routing-policy. Then: routing-policy team.',
    );
  }
}
