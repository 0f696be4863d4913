import { useMemo } from 'preact/hooks';
import type { UsageReport } from '../../usage/report/usageReport.ts';
import { policyChanges } from '../policyChanges.ts';
import { BillingSection } from './BillingSection.tsx';
import { BudgetsSection } from './BudgetsSection.tsx';
import { ChangesSection } from './ChangesSection.tsx';
import { DaysSection } from './DaysSection.tsx';
import { DecisionsSection } from './DecisionsSection.tsx';
import { Headline } from './Headline.tsx';
import { HeatSection } from './HeatSection.tsx';
import { OverridesSection } from './OverridesSection.tsx';
import { SavingsSection } from './SavingsSection.tsx';
import { Sentence } from './Sentence.tsx';
import { SuppliersSection } from './SuppliersSection.tsx';
import { TokensSection } from './TokensSection.tsx';
import { TrialsSection } from './TrialsSection.tsx';
import { TroubleSection } from './TroubleSection.tsx';

/** What a reader may do beside reading; each left out where it cannot be done. */
export interface ReportActions {
  readonly onExplain?: (requestId: string) => void;
  readonly onOpenPolicy?: (ofClass: string) => void;
}

/** How much of a report is drawn: `first look` is what answers most questions, and about what a window has room for. */
export type ReportExtent = 'first look' | 'all';

interface ReportProps extends ReportActions {
  readonly report: UsageReport;
  readonly extent?: ReportExtent;
  /** Left out: the reader's own. */
  readonly timeZone?: string;
}

const CHANGES_ID = 'changes';

/** A whole report: what was spent, on what, whether it worked, what the policy would change, and then all the rest. */
export function Report({ report, extent = 'all', timeZone, onExplain, onOpenPolicy }: ReportProps) {
  const changes = useMemo(() => policyChanges(report.heat), [report]);
  const hasPolicy = report.policy !== undefined;
  if (isEmpty(report)) {
    return (
      <>
        <Warnings warnings={report.warnings} />
        <Welcome hasPolicy={hasPolicy} />
        {report.budgets.length > 0 && <BudgetsSection budgets={report.budgets} timeZone={timeZone} />}
      </>
    );
  }
  return (
    <>
      <Warnings warnings={report.warnings} />
      <Headline report={report} changes={changes} changesId={CHANGES_ID} />
      <div class="sections">
        <HeatSection heat={report.heat} isDescribed={extent === 'all'} />
        {extent === 'all' && (
          <>
            <ChangesSection id={CHANGES_ID} changes={changes} hasPolicy={hasPolicy} onOpenPolicy={onOpenPolicy} />
            <BudgetsSection budgets={report.budgets} timeZone={timeZone} />
            <DaysSection days={report.days} />
            <SuppliersSection suppliers={report.suppliers} />
            <TroubleSection fallbacks={report.fallbacks} refusals={report.refusals} />
            <OverridesSection overrides={report.overrides} timeZone={timeZone} />
            <TokensSection tokens={report.tokens} />
            <SavingsSection savings={report.savings} />
            <BillingSection billing={report.billing} />
            <TrialsSection trials={report.trials} />
            <DecisionsSection decisions={report.decisions} timeZone={timeZone} onExplain={onExplain} />
          </>
        )}
      </div>
    </>
  );
}

/** Refusals are decisions too: with one, there is something to see. */
function isEmpty({ totals, decisions, heat }: UsageReport): boolean {
  return totals.attempts === 0 && totals.refusals === 0 && decisions.length === 0 && heat.rows.length === 0;
}

/** Instead of a dozen empty parts. */
function Welcome({ hasPolicy }: { readonly hasPolicy: boolean }) {
  return (
    <section class="welcome">
      <h2>Nothing was routed in these days</h2>
      <p>
        Ask for a completion or in the chat, or choose more days above. Then you see here what each class of work cost
        on each model, how often it succeeded, and {hasPolicy ? 'what' : 'with a policy, what'} that would change in the
        policy.
      </p>
      <p class="note">Every figure stays on this machine.</p>
    </section>
  );
}

function Warnings({ warnings }: Pick<UsageReport, 'warnings'>) {
  if (warnings.length === 0) return null;
  return (
    <ul class="warnings" aria-label="What makes these figures less than they seem">
      {warnings.map((warning) => (
        <li key={warning}>
          <Sentence text={warning} />
        </li>
      ))}
    </ul>
  );
}
