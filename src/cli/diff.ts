import { trackedFiles } from '../router/trackedFiles.ts';
import { corpusOf } from '../routing/analysis/corpus.ts';
import type { Change } from '../routing/diff/change.ts';
import { writtenChanges } from '../routing/diff/writtenChanges.ts';
import { onOneLine } from '../routing/labels.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { type Call, CommandError, type ExitCode, writeJson } from './command.ts';
import { inForce, readPolicy } from './inForce.ts';
import { composeMachine } from './machine.ts';
import type { Painter } from './paint.ts';
import { openRepository } from './repository.ts';
import { type SeenChanges, seenChanges } from './seenChanges.ts';
import { columns, count } from './table.ts';

/** `routing-policy diff`: what the working tree's policy means that the one of a commit did not. */
export async function runDiff(call: Call): Promise<ExitCode> {
  const base = call.positionals[0] ?? 'HEAD';
  const workspace = await openWorkspace(call.cwd, undefined, call.signal);
  const repository = await openRepository(call, workspace);
  const committed = await repository.policyAt(await repository.commit(base));
  if (committed === undefined) {
    throw new CommandError(`${base} has no policy to compare with: name a commit that has one.`);
  }
  const before = (await inForce(committed, call)).layered;
  const after = (await inForce(await readPolicy({ workspace: async () => workspace }, call), call)).layered;
  const machine = await composeMachine(call);
  const files = await trackedFiles(workspace, after, call.signal);
  const seen = seenChanges(machine, before, after, corpusOf(before, after, files));
  const changes = [...writtenChanges(before, after), ...seen.changes].sort(bySeverity);
  if (call.values['json'] === true) {
    await writeJson(call, {
      base,
      baseline: 'left-out',
      before: before.hash,
      after: after.hash,
      looser: changes.some(({ looser }) => looser),
      decided: seen.decided,
      different: seen.different,
      changes,
    });
  } else await call.write(textOf(base, changes, seen, call.paint));
  return 0;
}

/** What forbids less comes first: it is what a reviewer looks for. */
function bySeverity(one: Change, other: Change): number {
  return Number(other.looser) - Number(one.looser);
}

function textOf(base: string, changes: readonly Change[], { decided, different }: SeenChanges, paint: Painter): string {
  const basis = `Decided ${count(decided, 'request')} with both, without this machine’s baseline; ${different} came out differently.\n`;
  if (changes.length === 0) return `Nothing changed in meaning since ${onOneLine(base)}. ${basis}`;
  const rows = changes.map(({ id, words, looser, perhaps, examples = [] }) => [
    looser ? paint('red', perhaps === true ? 'perhaps looser' : 'looser') : '',
    paint('bold', onOneLine(id)),
    onOneLine(words) + (examples.length === 0 ? '' : paint('dim', ` (${examples.map(onOneLine).join('; ')})`)),
  ]);
  const unsure = changes.filter(({ perhaps }) => perhaps === true).length;
  const loosened = changes.filter(({ looser }) => looser).length - unsure;
  const sums = [
    ...(loosened === 0 ? [] : [`${count(loosened, 'change is', 'changes are')} looser.`]),
    ...(unsure === 0 ? [] : [`${count(unsure, 'change', 'changes')} may be looser: read what changed.`]),
  ];
  const sum = sums.length === 0 ? 'Nothing is looser than before.' : sums.join(' ');
  return `${columns(rows)}\n${sum} ${basis}`;
}
