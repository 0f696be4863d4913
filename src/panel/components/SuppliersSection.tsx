import type { UsageReport } from '../../usage/report/usageReport.ts';
import { count, percent, plain, spent } from '../figures.ts';
import { Nothing, Section } from './Section.tsx';
import { ShareBar } from './ShareBar.tsx';

type Supplier = UsageReport['suppliers']['providers'][number];

/** On whom this machine's work depends: who is asked, and who made what answers. */
export function SuppliersSection({ suppliers }: Pick<UsageReport, 'suppliers'>) {
  return (
    <Section id="suppliers" title="Suppliers">
      {suppliers.providers.length === 0 ? (
        <Nothing>No provider was asked.</Nothing>
      ) : (
        <>
          <Shares title="Providers" suppliers={suppliers.providers} />
          <Shares title="Makers of the models" suppliers={suppliers.makers} />
        </>
      )}
    </Section>
  );
}

function Shares({ title, suppliers }: { readonly title: string; readonly suppliers: readonly Supplier[] }) {
  return (
    <table class="plain shares">
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col" class="number">
            Of requests
          </th>
          <th scope="col" class="number">
            Of spend
          </th>
          <th scope="col" class="number">
            Spent
          </th>
          <th scope="col" class="number">
            Failed
          </th>
        </tr>
      </thead>
      <tbody>
        {suppliers.map((supplier) => (
          <tr key={supplier.id ?? ''}>
            <th scope="row">
              {supplier.id === undefined ? 'not known' : plain(supplier.id)}
              <ShareBar share={supplier.requestShare ?? 0} />
            </th>
            <td class="number">{shareWords(supplier.requestShare)}</td>
            <td class="number">{shareWords(supplier.costShare)}</td>
            <td class="number">{spent(supplier)}</td>
            <td class="number">{count(supplier.failed)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function shareWords(share: number | undefined): string {
  return share === undefined ? '–' : percent(share);
}
