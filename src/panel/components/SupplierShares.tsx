import type { SupplierShare } from '../../usage/supplierUse.ts';
import { count, percent, plain, spent } from '../figures.ts';
import { ShareBar } from './ShareBar.tsx';

interface SupplierSharesProps {
  readonly title: string;
  readonly suppliers: readonly SupplierShare[];
  /** What their share is of. */
  readonly of: 'requests' | 'tasks';
  /** Where a heading above says the title already. */
  readonly isTitled?: boolean;
}

/** What each supplier had of the work and of the spend. How often it failed is known of requests alone. */
export function SupplierShares({ title, suppliers, of, isTitled = false }: SupplierSharesProps) {
  const hasFailed = of === 'requests';
  return (
    <table class="plain shares">
      <caption class={isTitled ? 'hidden' : undefined}>{title}</caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col" class="number">
            Of {of}
          </th>
          <th scope="col" class="number">
            Of spend
          </th>
          <th scope="col" class="number">
            Spent
          </th>
          {hasFailed && (
            <th scope="col" class="number">
              Failed
            </th>
          )}
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
            {hasFailed && <td class="number">{count(supplier.failed)}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function shareWords(share: number | undefined): string {
  return share === undefined ? '–' : percent(share);
}
