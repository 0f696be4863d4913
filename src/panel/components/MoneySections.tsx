import type { BillingShare, Saving, TokenUse } from '../../usage/report/usageReport.ts';
import { amount, count, percent, plain, usd } from '../figures.ts';
import { Nothing, Section, ShareBar } from './Section.tsx';

const tokenNames = {
  input: 'Read',
  cacheRead: 'Read from the cache',
  cacheWrite: 'Written to the cache',
  output: 'Written',
  reasoning: 'Thought, of what was written',
} as const satisfies Partial<Record<keyof TokenUse, string>>;

/** Tokens by kind, and how much of what was read had been read before. */
export function TokensSection({ tokens }: { readonly tokens: TokenUse }) {
  const kinds = Object.keys(tokenNames) as (keyof typeof tokenNames)[];
  return (
    <Section title="Tokens">
      <p>
        {tokens.cacheHitShare === undefined
          ? 'Nothing was read.'
          : `${percent(tokens.cacheHitShare)} of what was read came from a cache.`}
      </p>
      {tokens.cacheHitShare !== undefined && <ShareBar share={tokens.cacheHitShare} />}
      <table class="plain">
        <caption class="hidden">Tokens by kind</caption>
        <tbody>
          {kinds.map((kind) => (
            <tr key={kind}>
              <th scope="row">{tokenNames[kind]}</th>
              <td class="number" title={count(tokens[kind])}>
                {amount(tokens[kind])}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

const baselineNames: Readonly<Record<Saving['against'], string>> = {
  'all-large': 'All on a large model',
  'all-mid': 'All on a middle model',
};

/** What the same tokens would have cost on one model alone. */
export function SavingsSection({ savings }: { readonly savings: readonly Saving[] }) {
  return (
    <Section
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

const billingNames: Readonly<Record<BillingShare['billing'], string>> = {
  metered: 'Metered: each token is paid',
  pool: 'Pool: paid in advance',
  seat: 'Seat: a price a person',
};

/** The same work at list price and as it is billed. */
export function BillingSection({ billing }: { readonly billing: readonly BillingShare[] }) {
  return (
    <Section title="At list price and as billed">
      {billing.length === 0 ? (
        <Nothing>Nothing was billed.</Nothing>
      ) : (
        <table class="plain">
          <caption class="hidden">List price and billed amount by kind of billing</caption>
          <thead>
            <tr>
              <th scope="col">Billing</th>
              <th scope="col" class="number">
                Requests
              </th>
              <th scope="col" class="number">
                List price
              </th>
              <th scope="col" class="number">
                Billed
              </th>
            </tr>
          </thead>
          <tbody>
            {billing.map(({ billing: kind, requests, listNanoUsd, billedNanoUsd }) => (
              <tr key={kind}>
                <th scope="row">{billingNames[kind] ?? plain(kind)}</th>
                <td class="number">{count(requests)}</td>
                <td class="number">{usd(listNanoUsd)}</td>
                <td class="number">{usd(billedNanoUsd)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}
