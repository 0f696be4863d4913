import { Scroller } from '../../../panel/components/Scroller.tsx';
import { Nothing, Section } from '../../../panel/components/Section.tsx';
import { SupplierShares } from '../../../panel/components/SupplierShares.tsx';
import { count, percent, plain } from '../../../panel/figures.ts';
import { workNames } from '../../../panel/heatCell.ts';
import { suppliersOf } from '../../../usage/report/figures.ts';
import type { SupplierShare } from '../../../usage/supplierUse.ts';
import { type SinglePoint, singlePoints } from '../../figures/singlePoints.ts';
import { asAttempts, readTaskCells } from '../../figures/taskFigures.ts';
import type { PageRequest } from '../usagePages.ts';
import { makerOfTarget } from '../world.ts';

/** On whom the work depends. */
export async function suppliersPage({ world, view }: PageRequest) {
  const cells = await readTaskCells(world.source, view);
  const told = cells.filter(({ target }) => target !== undefined);
  const { providers, makers } = suppliersOf(asAttempts(told), world.report.makerOf);
  return (
    <div class="sections">
      <SinglePoints points={singlePoints(cells, world.overlay, (target) => makerOfTarget(world, target))} />
      <Shares id="providers" title="Providers" suppliers={providers} />
      <Shares id="makers" title="Makers of the models" suppliers={makers} />
      <p class="told wide">By the model that a task was first routed to, whoever served it in the end.</p>
    </div>
  );
}

function SinglePoints({ points }: { readonly points: readonly SinglePoint[] }) {
  return (
    <Section
      id="single-points"
      title="Single points of failure"
      note="Classes of work of which 95% or more went to one provider, or to models of one maker."
      wide
    >
      {points.length === 0 ? (
        <Nothing>No class of work with 20 tasks or more hangs on one supplier.</Nothing>
      ) : (
        <Scroller label="Single points of failure">
          <table class="plain">
            <caption class="hidden">Classes of work that hang on one supplier</caption>
            <thead>
              <tr>
                <th scope="col">Class of work</th>
                <th scope="col">Hangs on</th>
                <th scope="col" class="number">
                  Of its tasks
                </th>
                <th scope="col">When it fails</th>
              </tr>
            </thead>
            <tbody>
              {points.map(({ class: ofClass, work, of, id, tasks, share, hasOther }) => (
                <tr key={`${ofClass} ${work} ${of}`}>
                  <th scope="row">
                    {plain(ofClass)} <span class="scope">{workNames[work]}</span>
                  </th>
                  <td>
                    the {of} <code>{plain(id)}</code>
                  </td>
                  <td class="number">
                    {percent(share)} of {count(tasks)}
                  </td>
                  <td>{otherWords(of, hasOther)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
    </Section>
  );
}

function otherWords(of: SinglePoint['of'], hasOther: boolean | undefined): string {
  if (hasOther === undefined) return 'no policy is given out here that says';
  return hasOther ? `the policy names another ${of}` : `the policy names no other ${of}: this work stops`;
}

interface SharesProps {
  readonly id: string;
  readonly title: string;
  readonly suppliers: readonly SupplierShare[];
}

function Shares({ id, title, suppliers }: SharesProps) {
  return (
    <Section id={id} title={title}>
      {suppliers.length === 0 ? (
        <Nothing>Nothing here that can be told by supplier.</Nothing>
      ) : (
        <SupplierShares title={title} suppliers={suppliers} of="tasks" isTitled />
      )}
    </Section>
  );
}
