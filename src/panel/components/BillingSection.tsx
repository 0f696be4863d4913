import type { BillingShare } from '../../usage/report/usageReport.ts';
import { count, plain, usd } from '../figures.ts';
import { Nothing, Section } from './Section.tsx';

const billingNames: Readonly<Record<BillingShare['billing'], string>> = {
  metered: 'Metered: each token is paid',
  pool: 'Pool: paid in advance',
  seat: 'Seat: a price a person',
};

/** The same work at list price and as it is billed. */
export function BillingSection({ billing }: { readonly billing: readonly BillingShare[] }) {
  return (
    <Section id="billing" title="At list price and as billed">
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
