import { audit, COMMAND_LINE } from '../team/access/audit.ts';
import { leastPersonsOf, setLeastPersons } from '../team/figures/leastPersons.ts';
import { OWN_ORG } from '../team/organisation.ts';
import { type Call, CommandError, type ExitCode } from './command.ts';
import { withPlace } from './teamPlace.ts';

/** `team least-persons [N]`: of how many persons a figure must be. Only whoever runs the server says so: no role and no page does. */
export async function runLeastPersons(call: Call): Promise<ExitCode> {
  const [asked] = call.positionals;
  const persons = asked === undefined ? undefined : Number(asked);
  const now = await withPlace(call, async ({ store: { database } }) => {
    if (persons !== undefined) {
      try {
        await setLeastPersons(database, OWN_ORG, persons);
      } catch (error) {
        if (error instanceof RangeError) throw new CommandError(error.message, { cause: error });
        throw error;
      }
      const entry = {
        orgId: OWN_ORG,
        who: COMMAND_LINE,
        what: 'said of how many persons a figure must be',
        details: { persons },
      };
      await audit(database, entry, call.now);
    }
    return leastPersonsOf(database, OWN_ORG);
  });
  await call.write(
    now === 1
      ? 'Every figure is shown as it comes in, also those of a single person.\n'
      : `Figures are shown that ${now} persons or more had part in.\n`,
  );
  return 0;
}
