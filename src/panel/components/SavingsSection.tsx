import type { Saving } from '../../usage/report/usageReport.ts';
import { percent, plain, usd } from '../figures.ts';
import { Nothing, Section } from './Section.tsx';

const baselineNames: Readonly<Record<Saving['against'], string>> = {
  'all-large': 'All on a large model',
  'all-mid': 'All on a middle model',
};

/** What the same tokens would have cost on one model alone. */
export function SavingsSection({ savings }: { readonly savings: readonly Saving[] }) {
  return (
    <Section
      id="savings"
      title="Against one model for everything"
      note="Estimates: the same tokens at another model's list price. Another model takes other tokens, and may fail more or less."
    >
      {savings.length === 0 && <Nothing>There is nothing to compare yet.</Nothing>}
      <ul class="savings">
        {savings.map(({ against, target, baselineNanoUsd: baseline, actualNanoUsd: actual, priceAsOf }) => (
          <li key={against}>
            <p>
              {baselineNames[against] ?? plain(against)}, <code>{plain(target)}</code>: about{' '}
              <strong>{usd(baseline)}</strong>; as routed {usd(actual)}.{' '}
              <strong>{differenceWords(baseline, actual)}</strong>{' '}
              <span class="scope">Estimate; prices of {plain(priceAsOf)}.</span>
            </p>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function differenceWords(baseline: number, actual: number): string {
  const share = baseline > 0 ? ` (${percent(Math.abs(baseline - actual) / baseline)})` : '';
  if (baseline === actual) return 'No difference.';
  return `${usd(Math.abs(baseline - actual))} ${baseline > actual ? 'less' : 'more'}${share}.`;
}
