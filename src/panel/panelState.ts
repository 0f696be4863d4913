import type { PanelUpdate } from '../contract/panel.ts';
import type { UsageRange } from '../contract/usageRange.ts';
import type { UsageReport } from '../usage/report/usageReport.ts';
import type { PanelState } from './components/Panel.tsx';
import { counted, spent } from './figures.ts';

/** What the panel shows after the extension told it something. An answer to a range that was left is no answer. */
export function afterUpdate(state: PanelState, update: PanelUpdate): PanelState {
  if (update.type === 'said') return { ...state, said: update.message };
  if (!isSame(update.range, state.range)) return state;
  switch (update.type) {
    case 'loading':
      return { ...state, isLoading: true };
    case 'failed':
      return { ...state, isLoading: false, failure: update.message };
    case 'report': {
      const { failure: _, ...rest } = state;
      // Reports come by themselves as well, after each request: only one that was waited for is spoken of.
      return { ...rest, isLoading: false, report: update.report, said: state.isLoading ? summary(update.report) : '' };
    }
    default:
      return update satisfies never;
  }
}

function summary({ totals }: UsageReport): string {
  return `${counted(totals.requests, 'request')}, ${spent(totals)} spent, ${counted(totals.successes, 'task')} succeeded.`;
}

function isSame(one: UsageRange, other: UsageRange): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
