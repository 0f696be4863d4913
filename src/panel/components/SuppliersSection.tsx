import type { UsageReport } from '../../usage/report/usageReport.ts';
import { Nothing, Section } from './Section.tsx';
import { SupplierShares } from './SupplierShares.tsx';

/** On whom this machine's work depends: who is asked, and who made what answers. */
export function SuppliersSection({ suppliers }: Pick<UsageReport, 'suppliers'>) {
  return (
    <Section id="suppliers" title="Suppliers">
      {suppliers.providers.length === 0 ? (
        <Nothing>No provider was asked.</Nothing>
      ) : (
        <>
          <SupplierShares title="Providers" suppliers={suppliers.providers} of="requests" />
          <SupplierShares title="Makers of the models" suppliers={suppliers.makers} of="requests" />
        </>
      )}
    </Section>
  );
}
