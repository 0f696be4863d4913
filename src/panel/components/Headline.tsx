import type { ComponentChildren } from 'preact';
import type { UsageReport, WorkTotals } from '../../usage/report/usageReport.ts';
import { count, counted, percentRange, spent, usd, usdRange } from '../figures.ts';
import type { PolicyChanges } from '../policyChanges.ts';

interface HeadlineProps {
  readonly report: UsageReport;
  readonly changes: PolicyChanges;
  /** The id of the part that says what the policy would change. */
  readonly changesId: string;
}

/** What was spent, on how much, whether it worked, and what the policy would change: a figure each. */
export function Headline({ report, changes, changesId }: HeadlineProps) {
  const { totals, policy } = report;
  return (
    <dl class="headline">
      <Figure name="Spent, at list price" value={spent(totals)}>
        {usd(totals.billedNanoUsd)} as billed
        {totals.simulatedNanoUsd > 0 && `; ${usd(totals.simulatedNanoUsd)} of it simulated`}
      </Figure>
      {(totals.byWork ?? [])
        .filter(({ work }) => work !== 'question')
        .map((work) => (
          <WorkFigure key={work.work} totals={work} />
        ))}
      <Figure name="Requests" value={count(totals.requests)}>
        {counted(totals.attempts, 'attempt')}, {counted(totals.fallbacks, 'fallback')},{' '}
        {counted(totals.refusals, 'refusal')}
      </Figure>
      <Figure name="To change in the policy" value={policy === undefined ? '–' : changeWords(changes)}>
        {policy === undefined ? 'no policy here to compare with' : <a href={`#${changesId}`}>{savingWords(changes)}</a>}
      </Figure>
    </dl>
  );
}

const workWords = {
  change: { name: 'A successful change cost', one: 'change' },
  completion: { name: 'A kept completion cost', one: 'completion' },
  question: { name: 'A question cost', one: 'question' },
} as const;

/** The low end of its cost takes what is unknown for successes, and is the only one where none is known. */
export function WorkFigure({ totals }: { readonly totals: WorkTotals }) {
  const { work, tasks, untold, judged, passRate, costPerSuccessNanoUsd: cost } = totals;
  const { name, one } = workWords[work];
  if (passRate === undefined) {
    return (
      <Figure name={name} value="–">
        {counted(tasks, one)}, {untold === undefined ? 'none judged yet' : 'too few people had part in each outcome'}
      </Figure>
    );
  }
  return (
    <Figure name={name} value={cost === undefined ? '–' : usdRange(cost)}>
      {percentRange(passRate)} of {counted(judged, one)} succeeded
      {untold !== undefined && `; of ${count(untold)} more it is not told`}
    </Figure>
  );
}

function changeWords({ changes }: PolicyChanges): string {
  return changes.length === 0 ? 'nothing' : counted(changes.length, 'line');
}

/** All that can be said in money, and where the rest is. */
function savingWords({ changes }: PolicyChanges): string {
  const most = changes.reduce(
    (sum, change) => sum + (change.kind === 'route' ? Math.max(0, change.savesNanoUsd?.high ?? 0) : 0),
    0,
  );
  return most > 0 ? `up to ${usd(most)} less; see why` : 'see why';
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly children: ComponentChildren;
}

/** One figure with its name above it and what it is of below. */
export function Figure({ name, value, children }: FigureProps) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd class="value">{value}</dd>
      <dd class="detail">{children}</dd>
    </div>
  );
}
