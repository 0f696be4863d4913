import { SigningKeyError } from '../team/policies/signingKeys.ts';
import { StoreError } from '../team/store/storeError.ts';
import { type Call, CommandError, type Run } from './command.ts';
import { runAdminLink, runEnrol, runForget, runTeamAdd, runToken } from './teamAccess.ts';
import { runBackup, runRestore } from './teamBackup.ts';
import { runTeamBudget } from './teamBudget.ts';
import { runTeamImport } from './teamImport.ts';
import { runLeastPersons } from './teamLeastPersons.ts';
import { runTeamPolicy } from './teamPolicy.ts';
import { runRecount } from './teamRecount.ts';
import { runTeamServer } from './teamServe.ts';

/** What follows `routing-policy team`, and how many words may come after it. */
const ACTIONS: Readonly<Record<string, { readonly run: Run; readonly words: readonly [least: number, most: number] }>> =
  {
    add: { run: runTeamAdd, words: [1, 1] },
    token: { run: runToken, words: [1, 2] },
    enrol: { run: runEnrol, words: [0, 0] },
    'admin-link': { run: runAdminLink, words: [0, 0] },
    forget: { run: runForget, words: [1, 1] },
    'least-persons': { run: runLeastPersons, words: [0, 1] },
    budget: { run: runTeamBudget, words: [1, 3] },
    policy: { run: runTeamPolicy, words: [1, 3] },
    import: { run: runTeamImport, words: [1, 1] },
    recount: { run: runRecount, words: [0, 0] },
    backup: { run: runBackup, words: [1, 1] },
    restore: { run: runRestore, words: [1, 1] },
  };

/** `routing-policy team`: the team's server, and what is done beside it. */
export async function runTeam(call: Call): ReturnType<Run> {
  const [name, ...words] = call.positionals;
  try {
    if (name === undefined) return await runTeamServer(call);
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (action === undefined) {
      throw new CommandError(
        `There is no "team ${name}": there are ${Object.keys(ACTIONS).join(', ')}; without any of them, the server is started.`,
      );
    }
    const [least, most] = action.words;
    if (words.length < least || words.length > most) {
      throw new CommandError(
        `"team ${name}" takes ${least === most ? most : `${least} to ${most}`} more, not ${words.length}. routing-policy team --help tells what.`,
      );
    }
    return await action.run({ ...call, positionals: words });
  } catch (error) {
    // Its words are for people as they are.
    if (error instanceof StoreError || error instanceof SigningKeyError)
      throw new CommandError(error.message, { cause: error });
    throw error;
  }
}
