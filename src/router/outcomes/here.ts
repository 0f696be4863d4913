import type { Ledger } from '../../usage/ledger.ts';
import type { SeenOf } from '../../usage/taskBook.ts';
import { toRepositoryPath } from '../../workspace/workingPaths.ts';
import type { RouterContext } from '../context.ts';
import { type OutcomePorts, Outcomes } from './outcomes.ts';

/** A test cannot wait for ten minutes: a number above 1 lets texts grow old so many times as fast. */
const TEMPO = 'ROUTING_POLICY_OUTCOME_TEMPO';

/** The outcomes of what this process routes, written down in its ledger. */
export function outcomesHere(
  context: RouterContext,
  ledger: Ledger | undefined,
  { typed, committed }: Pick<OutcomePorts, 'typed' | 'committed'>,
): Outcomes {
  const tempo = Number(process.env[TEMPO]);
  return new Outcomes({
    tempo: tempo >= 1 ? tempo : 1,
    now: () => context.now(),
    buffers: (workspace) => context.buffers(workspace),
    ...(typed === undefined ? {} : { typed }),
    placeOf: async (uri) => {
      const workspace = await context.workspaceOf([uri]);
      const path = workspace && (await toRepositoryPath(workspace.root, uri));
      return workspace && path !== undefined ? { workspace, path } : undefined;
    },
    committed,
    taskOf: (attemptId) => ledger?.tasks.taskOf(attemptId),
    seen: (seen) => note(context, ledger, seen),
    log: (level, message) => context.log(level, message),
  });
}

/** What a person did with a completion is the attempt's outcome, too. */
function note(context: RouterContext, ledger: Ledger | undefined, seen: SeenOf): void {
  if ('attemptId' in seen && (seen.signal === 'accepted' || seen.signal === 'rejected'))
    context.recorder.outcome(seen.attemptId, seen.signal, seen.at);
  else {
    const written = ledger?.tasks.signal(seen);
    if (written?.kind === 'failed') context.log('warn', written.reason);
  }
}
