import { Scroller } from '../../../panel/components/Scroller.tsx';
import { Nothing, Section } from '../../../panel/components/Section.tsx';
import { count, counted, percentRange, plain, usd, usdRange } from '../../../panel/figures.ts';
import { workNames } from '../../../panel/heatCell.ts';
import { type PolicyChange, policyChanges } from '../../../panel/policyChanges.ts';
import type { HeatCell } from '../../../usage/report/usageReport.ts';
import { daysWithOutcomes } from '../../figures/daysWithOutcomes.ts';
import { monthlySaving } from '../../figures/monthlySaving.ts';
import { type OrgPolicy, ownClass } from '../../figures/orgPolicy.ts';
import { type DiffLine, policyDiff } from '../../figures/policyDiff.ts';
import { readTaskCells } from '../../figures/taskFigures.ts';
import { heatOf } from '../heatOf.ts';
import type { PageRequest } from '../usagePages.ts';

/** Where the figures and the policy differ, each as a change that can be copied. */
export async function changesPage({ world, view }: PageRequest) {
  const { policy } = world;
  const [cells, days] = await Promise.all([readTaskCells(world.source, view), daysWithOutcomes(world.source, view)]);
  const { changes, agreeing, undecided, withoutFloor } = policyChanges(heatOf(world, cells));
  return (
    <div class="sections">
      <Section id="changes" title="What the figures would change in the policy" wide>
        {policy === undefined ? (
          <Nothing>
            This server gives out no policy, so there is nothing to compare the figures with. An admin uploads one; then
            floors and routes lie over the table, and what they would change is said here.
          </Nothing>
        ) : (
          <>
            {changes.length > 0 && (
              <ul class="changes">
                {changes.map((change) => (
                  <li key={`${change.row.class} ${change.row.work}`}>
                    <Change change={change} policy={policy} days={days} />
                  </li>
                ))}
              </ul>
            )}
            <p class="note">{restWords(changes.length, agreeing, undecided, withoutFloor)}</p>
            <p class="told">
              Estimates: today's successes at the other model's cost of one, as in the days shown and as far as it is
              told what became of them. A fair comparison is a trial: the policy can send a share of the class to the
              other model.
            </p>
          </>
        )}
      </Section>
    </div>
  );
}

interface ChangeProps {
  readonly change: PolicyChange;
  readonly policy: OrgPolicy;
  readonly days: number;
}

function Change({ change, policy, days }: ChangeProps) {
  const { row } = change;
  const work = (
    <>
      <code>{plain(row.class)}</code> ({workNames[row.work]})
    </>
  );
  if (change.kind === 'senior-review') {
    return (
      <p>
        <span class="saves">Senior review of {work}</span>: no model that was tried reaches the floor with enough tasks.
        Ask for a review of this class by a person, or give it to one.
      </p>
    );
  }
  const { from, to, before, after, mayBeChance } = change;
  const saving = monthlySaving(change, days);
  const diff = policyDiff(policy.source, ownClass(policy, row.class), to);
  return (
    <>
      <p>
        <span class="saves">
          Move {work} to <code>{plain(to)}</code>
          {saving !== undefined && `: ${savingWords(saving.seen)} a month`}
        </span>
        {saving?.chance !== undefined && (
          <>
            {' '}
            <span class="chance">(by chance alone {signedRange(saving.chance)}, at 95%)</span>
          </>
        )}
        , from n = {count(after.judged)}.
      </p>
      <p>
        It costs {cellWords(after)}; the policy's <code>{plain(from)}</code>{' '}
        {before === undefined
          ? 'had no task that can be told in these weeks'
          : `costs ${cellWords(before)}${before.belowFloor === true ? ', below the floor' : ''}, from n = ${count(before.judged)}`}
        .{mayBeChance && ' The difference in cost may be chance.'}
      </p>
      {diff === undefined ? (
        <p class="line">The policy here has no such class; whoever declares it routes it.</p>
      ) : (
        <Diff lines={diff} of={`${policy.name} for ${row.class}`} />
      )}
    </>
  );
}

function cellWords({ costPerSuccessNanoUsd: cost, passRate }: HeatCell): string {
  const words = cost === undefined ? 'more than can be said' : usdRange(cost);
  return `${words} a successful task${passRate === undefined ? '' : ` and passes ${percentRange(passRate)}`}`;
}

/** `saves $412–430`, `costs $12 more`. */
function savingWords({ low, high }: { readonly low: number; readonly high: number }): string {
  if (low >= 0) return `saves ${usdRange({ low, high })}`;
  if (high <= 0) return `costs ${usdRange({ low: -high, high: -low })} more`;
  return `saves up to ${usd(high)}, or costs up to ${usd(-low)} more`;
}

function signedRange({ low, high }: { readonly low: number; readonly high: number }): string {
  return low >= 0
    ? usdRange({ low, high })
    : `${low < 0 ? '−' : ''}${usd(Math.abs(low))} to ${high < 0 ? '−' : ''}${usd(Math.abs(high))}`;
}

const marks = { ' ': undefined, '-': 'removed', '+': 'added' } as const;

function Diff({ lines, of }: { readonly lines: readonly DiffLine[]; readonly of: string }) {
  return (
    <Scroller label={`The change of the policy ${plain(of)}`}>
      <pre class="diff">
        {lines.map(({ kind, text }, place) => (
          <span key={`${place} ${text}`} class={marks[kind]}>{`${kind} ${text}\n`}</span>
        ))}
      </pre>
    </Scroller>
  );
}

/** What there is to say of the rows that nothing speaks against. */
function restWords(changes: number, agreeing: number, undecided: number, withoutFloor: number): string {
  const rows = (many: number): string => counted(many, 'row');
  const sentences = [
    ...(agreeing === 0 ? [] : [`In ${rows(agreeing)} the policy's choice is the best one by these figures.`]),
    ...(undecided === 0 ? [] : [`In ${rows(undecided)} too few tasks are judged, or too many unknown, to say.`]),
    ...(withoutFloor === 0
      ? []
      : [
          `In ${rows(withoutFloor)} the policy names no pass floor ("passFloor" of the route), so none can be called the best.`,
        ]),
  ];
  if (sentences.length === 0 && changes === 0)
    return 'No class of work that the policy routes has been seen in these weeks.';
  return sentences.join(' ');
}
