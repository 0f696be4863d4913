import type { LayeredPolicy } from '../policy/layers.ts';
import type { RequestKind } from '../policy/schema.ts';
import { requestKinds } from '../policy/schema.ts';
import type { Sample } from '../routing/analysis/corpus.ts';
import { ruleOf } from '../routing/candidate.ts';
import type { Decision } from '../routing/decision.ts';
import type { Change } from '../routing/diff/change.ts';
import { decideDry } from './dryRun.ts';
import type { Machine } from './machine.ts';
import { count } from './table.ts';

const EXAMPLES = 3;

/** What was seen to differ, before it is put in words. */
interface Seen {
  readonly kind: Change['kind'];
  readonly id: string;
  readonly looser: boolean;
  /** `now blocks`, which is followed by how many. */
  readonly verb: string;
  /** After how many. */
  readonly rest: string;
  readonly files: Set<string>;
  readonly others: Set<string>;
  readonly kinds: Set<RequestKind>;
}

export interface SeenChanges {
  readonly changes: readonly Change[];
  readonly decided: number;
  readonly different: number;
}

/** What two policies decide differently, found by deciding the same requests with both. */
export function seenChanges(
  machine: Machine,
  before: LayeredPolicy,
  after: LayeredPolicy,
  samples: readonly Sample[],
): SeenChanges {
  const seen = new Map<string, Seen>();
  let different = 0;
  for (const sample of samples) {
    const was = decideDry(machine, before, { facts: sample.facts });
    const is = decideDry(machine, after, { facts: sample.facts });
    const found = differences(was, is);
    different += Number(found.length > 0);
    for (const one of found) note(seen, one, sample);
  }
  return { changes: [...seen.values()].map(wordsFor), decided: samples.length, different };
}

type Difference = Pick<Seen, 'kind' | 'id' | 'looser' | 'verb' | 'rest'>;

function differences(was: Decision, is: Decision): readonly Difference[] {
  const moved: readonly Difference[] =
    was.class === is.class
      ? []
      : [{ kind: 'moved', id: is.class, looser: false, verb: 'takes', rest: `from ${was.class}` }];
  return [...moved, ...blockDifferences(was, is), ...targetDifferences(was, is), ...gateDifferences(was, is)];
}

function blockDifferences(was: Decision, is: Decision): readonly Difference[] {
  const [old, fresh] = [blockersIn(was), blockersIn(is)];
  const isFree = is.outcome.kind !== 'blocked';
  return [
    ...minus(fresh, old).map((id) => ({
      kind: 'blocked' as const,
      id,
      looser: false,
      verb: 'now blocks',
      rest: 'more',
    })),
    ...minus(old, fresh).map((id) => ({
      kind: 'blocked' as const,
      id,
      // Where another rule still blocks it, nothing is let through.
      looser: isFree,
      verb: 'no longer blocks',
      rest: '',
    })),
  ];
}

function blockersIn({ outcome }: Decision): readonly string[] {
  return outcome.kind === 'blocked' ? outcome.by : [];
}

/** Of targets that both policies would have wanted: which one a rule takes away now, or no longer. */
function targetDifferences(was: Decision, is: Decision): readonly Difference[] {
  if (was.outcome.kind === 'blocked' || is.outcome.kind === 'blocked') return [];
  const [old, fresh] = [removalsIn(was), removalsIn(is)];
  const [keptBefore, keptNow] = [keptIn(was), keptIn(is)];
  return [
    ...[...fresh]
      .filter(([target]) => keptBefore.has(target))
      .map(([target, id]) => ({
        kind: 'admitted' as const,
        id,
        looser: false,
        verb: `now keeps ${target} from`,
        rest: 'more',
      })),
    ...[...old]
      .filter(([target]) => keptNow.has(target))
      .map(([target, id]) => ({
        kind: 'admitted' as const,
        id,
        looser: true,
        verb: `no longer keeps ${target} from`,
        rest: '',
      })),
  ];
}

function removalsIn({ removed }: Decision): ReadonlyMap<string, string> {
  return new Map(
    removed.flatMap(({ target, reason }) => {
      const rule = ruleOf(reason);
      return rule === undefined ? [] : [[target.target, rule] as const];
    }),
  );
}

function keptIn({ kept }: Decision): ReadonlySet<string> {
  return new Set(kept.map(({ target }) => target.target));
}

function gateDifferences(was: Decision, is: Decision): readonly Difference[] {
  return [
    ...minus(is.gates, was.gates).map((id) => ({
      kind: 'gate' as const,
      id,
      looser: false,
      verb: 'is now asked for on',
      rest: 'more',
    })),
    ...minus(was.gates, is.gates).map((id) => ({
      kind: 'gate' as const,
      id,
      looser: true,
      verb: 'is no longer asked for on',
      rest: '',
    })),
  ];
}

function minus(some: readonly string[], others: readonly string[]): readonly string[] {
  return some.filter((one) => !others.includes(one));
}

function note(seen: Map<string, Seen>, difference: Difference, { facts, about, isOfFiles }: Sample): void {
  const key = JSON.stringify(Object.values(difference));
  const entry = seen.get(key) ?? { ...difference, files: new Set(), others: new Set(), kinds: new Set() };
  seen.set(key, entry);
  entry.kinds.add(facts.kind);
  const into = isOfFiles ? entry.files : entry.others;
  for (const one of about) into.add(one);
}

function wordsFor({ kind, id, looser, verb, rest, files, others, kinds }: Seen): Change {
  const about = files.size > 0 ? files : others;
  const unit = files.size > 0 ? 'file' : 'kind of request';
  const more = rest === 'more';
  const number = more
    ? count(about.size, `more ${unit}`, `more ${plural(unit)}`)
    : count(about.size, unit, plural(unit));
  const where = files.size > 0 && kinds.size < requestKinds.length ? ` (${[...kinds].join(', ')})` : '';
  const words = [verb, number].join(' ') + (more || rest === '' ? '' : ` ${rest}`) + where;
  return { kind, id, words, looser, count: about.size, examples: [...about].slice(0, EXAMPLES) };
}

function plural(unit: 'file' | 'kind of request'): string {
  return unit === 'file' ? 'files' : 'kinds of request';
}
