import type { UsageExportFormat } from '../../contract/messages.ts';
import type { UsageRange } from '../../contract/usageRange.ts';
import type { UsageReport } from '../../usage/report/usageReport.ts';
import { moment, plain, sentence, utcDate } from '../figures.ts';
import { RangePicker } from './RangePicker.tsx';
import { Report, type ReportActions, type ReportExtent } from './Report.tsx';

/** What there is to show: the report stays on the screen while another one is on its way, or failed to come. */
export interface PanelState {
  readonly range: UsageRange;
  readonly isLoading: boolean;
  readonly report?: UsageReport;
  /** Why there is no newer report. */
  readonly failure?: string;
  /** The last thing that was said to screen readers. */
  readonly said: string;
}

interface PanelProps extends Required<ReportActions> {
  readonly state: PanelState;
  readonly extent: ReportExtent;
  readonly onRange: (range: UsageRange) => void;
  readonly onRefresh: () => void;
  readonly onExport: (format: UsageExportFormat) => void;
}

const exports: readonly (readonly [UsageExportFormat, string])[] = [
  ['csv', 'CSV'],
  ['json', 'JSON'],
  ['focus', 'FOCUS'],
];

/** The usage panel of the editor. */
export function Panel({ state, extent, onRange, onRefresh, onExport, onExplain, onOpenPolicy }: PanelProps) {
  const { range, report, failure, isLoading } = state;
  return (
    <main aria-busy={isLoading || extent === 'first look'}>
      <header>
        <div class="title">
          <h1>Usage</h1>
          {report !== undefined && <About report={report} />}
        </div>
        <div class="tools">
          <RangePicker range={range} shown={shownDays(report)} onRange={onRange} />
          <div class="buttons">
            <button type="button" onClick={onRefresh}>
              Refresh
            </button>
            <fieldset class="exports">
              <legend class="hidden">Export these days</legend>
              <span aria-hidden="true">Export</span>
              {exports.map(([format, name]) => (
                <button type="button" key={format} aria-label={`Export as ${name}`} onClick={() => onExport(format)}>
                  {name}
                </button>
              ))}
            </fieldset>
          </div>
        </div>
      </header>
      <div class="progress" />
      <p class="hidden" role="status">
        {state.said}
      </p>
      {failure !== undefined && (
        <div class="failure" role="alert">
          <p>{sentence(failure)}</p>
          <button type="button" onClick={onRefresh}>
            Try Again
          </button>
        </div>
      )}
      {report === undefined ? (
        failure === undefined && <p class="nothing loading">Adding up …</p>
      ) : (
        <Report report={report} extent={extent} onExplain={onExplain} onOpenPolicy={onOpenPolicy} />
      )}
    </main>
  );
}

function About({ report }: { readonly report: UsageReport }) {
  const { policy, since, until, madeAt } = report;
  const [from, to] = [utcDate(since), utcDate(until - 1)];
  return (
    <p class="note">
      {from === to ? from : `${from} to ${to}`} (UTC), all of this machine.{' '}
      {policy === undefined ? 'No policy is in force here.' : `Routes and floors of ${plain(policy.name)}'s policy.`} As
      of {moment(madeAt)}.
    </p>
  );
}

function shownDays(report: UsageReport | undefined): { readonly from: string; readonly to: string } {
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
  return report === undefined ? { from: '', to: '' } : { from: day(report.since), to: day(report.until - 1) };
}
